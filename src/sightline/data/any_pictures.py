"""Pictures to learn from whether or not they have a label: of class folders, a flat folder or a table."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sightline.data.folders import SPLIT_NAMES, parts_of
from sightline.data.listing import list_pictures
from sightline.data.tables import TABLE_SUFFIXES, columns_of
from sightline.errors import CatalogError


def any_pictures(source: str | os.PathLike[str], said: Callable[[str], None] | None = None) -> list[str]:
    """The paths of all pictures there but those of a test part, which nothing may learn from.

    Args:
        source: a folder of class folders (train/, validation/, test/ above them or not, by the rule of `parts_of`), a
            folder with pictures in it, or a CSV, TSV or Parquet file with the column path, and perhaps split.
        said: told, in one line, how many pictures of a test part are left out, where there are some.

    Raises:
        CatalogError: there is no such folder or table, or no picture outside the test part.
    """
    path = Path(source)
    if os.path.isdir(path):
        return _some(_in_folder(path), path, said)
    if path.suffix.lower() in TABLE_SUFFIXES:
        return _some(_in_table(path), path, said)
    state = "is no folder and no table" if os.path.exists(path) else "does not exist"
    raise CatalogError(f"{path} {state}; allowed: a folder with pictures, or a .csv or .parquet with the column path")


def _in_folder(path: Path) -> list[tuple[str, str]]:
    """Each picture, and the part that it is in."""
    parts = parts_of(path)
    return [(one, parts.get(_top_of(path, one), "")) for one in list_pictures([path])]


def _top_of(root: Path, name: str) -> str:
    """The first folder on the way from a root to a picture; the picture itself where it lies there."""
    return os.path.relpath(name, root).split(os.sep)[0]


def _in_table(path: Path) -> list[tuple[str, str]]:
    found = list_pictures([path])
    splits = columns_of(path).get("split") or [""] * len(found)
    return [(one, SPLIT_NAMES.get(split.strip().lower(), "")) for one, split in zip(found, splits, strict=True)]


def _some(found: list[tuple[str, str]], path: Path, said: Callable[[str], None] | None) -> list[str]:
    """Those outside the test part."""
    kept = [one for one, part in found if part != "test"]
    if not kept:
        raise CatalogError(f"{path} holds no pictures outside its test part; allowed: some to learn from")
    left = len(found) - len(kept)
    if left and said is not None:
        are = "1 picture of the test part is" if left == 1 else f"{left:,} pictures of the test part are"
        said(f"{are} left out: nothing may learn from what a model is judged by")
    return kept
