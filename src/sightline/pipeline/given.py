"""What a person hands to a model: several items, or one; what each is called in answers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from sightline.data.catalog import Catalog
from sightline.errors import InputError
from sightline.inputs.source import Item, shown

ONE = (str, bytes, bytearray, memoryview, os.PathLike)


def several(items: Iterable[Item] | Catalog, method: str) -> Iterable[Item]:
    """The items that a method of a model was given.

    Raises:
        InputError: one item alone, or nothing that holds items.
    """
    if isinstance(items, Catalog):
        return items.items
    if isinstance(items, np.ndarray) and (items.ndim < 3 or (items.ndim == 3 and items.shape[2] in (1, 3, 4))):
        raise _not_several(f"one array of shape {items.shape}", method)
    if isinstance(items, ONE):
        raise _not_several(f"one {_kind(items)}", method)
    if not hasattr(items, "__iter__"):
        raise _not_several(f"a {type(items).__name__}", method)
    return items


def alone(item: Item, method: str, instead: str) -> Item:
    """The one item that a method of a model was given; `instead` says what takes several.

    Raises:
        InputError: anything else.
    """
    if isinstance(item, (*ONE, np.ndarray)):
        return item
    raise InputError(
        f"model.{method} was given a {type(item).__name__}; allowed: one picture (a path, the bytes of a file, or an "
        f"array); for several: {instead}"
    )


def called(item: Item, number: int) -> str:
    """What an answer calls an item: its path, or what it is and its position."""
    return shown(item) if isinstance(item, (str, os.PathLike)) else f"{_kind(item)} {number}"


def _kind(item: Any) -> str:
    if isinstance(item, (str, os.PathLike)):
        return "path"
    if isinstance(item, np.ndarray):
        return "array"
    return "bytes" if isinstance(item, ONE) else "item"


def _not_several(what: str, method: str) -> InputError:
    return InputError(
        f"model.{method} was given {what}; allowed: several pictures (a list of paths, bytes or arrays) or a Catalog; "
        f"put it in a list: model.{method}([item])"
    )
