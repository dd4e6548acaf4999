"""What the checks work on: small items drawn here, and how a check says that it failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sightline.arrays import Array, Picture
from sightline.contracts import (
    Accepts,
    Classifier,
    Component,
    GlobalDescriptor,
    LocalDescriptor,
    LocalFeatures,
    Summary,
)
from sightline.errors import InputError, SightlineError

Check = Callable[[Any], None]
Descriptor = GlobalDescriptor | LocalDescriptor
SIZE_PX = 64
LABELS = np.repeat([0, 1, 2], 4)
NEARLY = 0.1
"""Relative length of the change that "invariant" still allows: rounding to uint8 changes a few votes, a turn most."""
CHANGES: dict[str, Callable[[Array], Array]] = {
    "rotate90": np.rot90,
    "flip": np.fliplr,
    "gain": lambda values: values * 2,
    "offset": lambda values: values + 0.4,
}
"""What `invariant_to` may name, as a change of values in [0, 0.5]."""


class CheckFailure(SightlineError, AssertionError):  # noqa: N818 (a verdict, as pytest's own Failed)
    """A component does not keep its contract; the message names the component, what was found and what must hold."""


def drawn(n: int, channels: int) -> list[Array]:
    """n pictures as (64, 64, c) float64 in [0, 0.5]: stripes of another width, turn and tint each, with noise."""
    y, x = np.mgrid[:SIZE_PX, :SIZE_PX] / SIZE_PX
    random = np.random.default_rng(0)
    pictures = []
    for number in range(n):
        waves = (5 + 3 * (number % 4)) * (x * np.cos(number) + y * np.sin(number)) * (1 + 0.3 * x)
        tint = np.roll(np.linspace(0.6, 1.0, channels), number)
        stripes = (0.5 + 0.5 * np.sin(2 * np.pi * waves))[:, :, None] * tint
        pictures.append(0.5 * np.clip(stripes + random.normal(0, 0.05, stripes.shape), 0, 1))
    return pictures


def as_picture(values: Array, depth: str) -> Picture:
    """Values in [0, 1] in the given depth."""
    if depth.startswith("float"):
        return np.ascontiguousarray(values, dtype=depth)
    return np.ascontiguousarray(np.round(values * np.iinfo(depth).max), dtype=depth)


def kind_of_picture(accepts: Accepts) -> tuple[int, str]:
    """Channels and depth to try with: those of a usual picture if they are allowed."""
    channels = 3 if 3 in accepts.channels else accepts.channels[0]
    return channels, "uint8" if "uint8" in accepts.depths else accepts.depths[0]


def items_for(component: Component) -> Any:
    """Twelve items of the kind that `component` is given."""
    if isinstance(component, (GlobalDescriptor, LocalDescriptor)):
        channels, depth = kind_of_picture(component.accepts)
        return [as_picture(values, depth) for values in drawn(12, channels)]
    if isinstance(component, Summary):
        return [drawn_features(30 + number) for number in range(12)]
    centers = np.repeat(np.eye(3, 6), 4, axis=0)
    noisy = centers + np.random.default_rng(1).normal(0, 0.2, centers.shape)
    return np.abs(noisy).astype(np.float32)  # 0 or more: what maps for histograms take, every other takes too


def fit_on(component: Any, items: Any = None, labels: Any = LABELS) -> Any:
    """A clone of `component`, fitted."""
    return component.clone().fit(items_for(component) if items is None else items, labels)


def answers_of(component: Any, items: Any) -> list[Array]:
    """What a fitted component says of each item."""
    if isinstance(component, Classifier):
        return list(component.predict_proba(items))
    answers = component.transform(items)
    if isinstance(component, LocalDescriptor):
        return [np.hstack([features.vectors, features.positions]) for features in answers]
    return list(answers)


def choose(items: Any, rows: Sequence[int]) -> Any:
    """Some of the items, in the order of `rows`."""
    return items[list(rows)] if isinstance(items, np.ndarray) else [items[row] for row in rows]


def all_equal(left: Sequence[Array], right: Sequence[Array]) -> bool:
    """Whether both hold the same arrays, to the last bit."""
    return len(left) == len(right) and all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def require(holds: bool, component: Component, message: str) -> None:
    """Raise CheckFailure with the component's name unless `holds`."""
    if not holds:
        raise CheckFailure(f"{type(component).__name__}: {message}")


def refuses(call: Callable[..., Any], *given: Any) -> bool:
    """Whether `call` raises InputError, of which ComponentError is one."""
    try:
        call(*given)
    except InputError:
        return True
    return False


def copied(items: Any) -> list[Array]:
    """Copies of all arrays that the items hold."""
    parts = [(item.vectors, item.positions) if isinstance(item, LocalFeatures) else (item,) for item in items]
    return [np.array(array) for part in parts for array in part]


def drawn_features(m: int) -> LocalFeatures:
    """m random features of 16 dimensions."""
    random = np.random.default_rng(m)
    return LocalFeatures(random.random((m, 16)).astype(np.float32), random.random((m, 2)).astype(np.float32))
