"""The reference works of a profile: reading a picture, every component at its defaults, and a few kernels.

Components are found in `components.known`, so that a new one is a new work. Pictures and vectors are drawn from a seed:
the same work on every machine. Nothing here needs scikit-learn; what it would have to fit is stood for by a kernel.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from sightline.arrays import Matrix, Picture, generator
from sightline.components import build, known
from sightline.contracts import (
    Classifier,
    Component,
    GlobalDescriptor,
    LocalDescriptor,
    LocalFeatures,
    Projection,
    Summary,
)
from sightline.evaluation.drawn import drawn_jpegs
from sightline.inputs.raster import decode
from sightline.inputs.source import read_bytes
from sightline.preparation.preparation import Preparation

Once: TypeAlias = Callable[[], object]

READ_SIZES: Mapping[str, int] = {"read 256x192": 256 * 192, "read 1024x768": 1024 * 768}
"""Works of reading and decoding a JPEG -> its pixels."""

PREPARE = "prepare 1024x768"
INTERPRETER = "interpreter"
LINEAR = "linear decisions"
KERNEL = "RBF decisions"
TREES = "tree walk"
NETWORK = "network layers"

STANDS_FOR: Mapping[str, str] = {
    "LinearSVM": LINEAR,
    "LogisticRegression": LINEAR,
    "Ridge": LINEAR,
    "KernelRidge": KERNEL,
    "KernelSVM": KERNEL,
    "ExtraTrees": TREES,
    "RandomForest": TREES,
    "Embedding": NETWORK,
    "Distilled": NETWORK,
    "FineTuned": NETWORK,
    "SelfTrained": NETWORK,
    "Trained": NETWORK,
}
"""Component -> the kernel that does what it does to answer, where fitting it needs a training library or long, or where
it is nothing without what it is given."""

KINDS = (GlobalDescriptor, LocalDescriptor, Summary, Projection, Classifier)
PICTURES = 6
"""Drawn pictures that summaries are fitted on: 3,000 to 4,000 local vectors, a second for all of them."""
ROWS, WIDTH = 300, 4096
"""Drawn vectors that projections and classifiers are fitted on: what a usual candidate gives for 300 pictures."""


def work_of(component: Component) -> str:
    """The name of the work that stands for a component in a profile."""
    name = type(component).__name__
    return STANDS_FOR.get(name, name)


def reading_work(pixels: float) -> str:
    """The name of the reading work whose picture is nearest in size, by ratio."""
    return min(READ_SIZES, key=lambda name: abs(np.log(READ_SIZES[name] / max(pixels, 1.0))))


def names() -> tuple[str, ...]:
    """The names of all works, in the order of `works`."""
    return (*kernels(), *(name for name, _ in _components()))


def kernels() -> tuple[str, ...]:
    """The names of the works that are no component."""
    return (*READ_SIZES, PREPARE, *_KERNELS)


def works(folder: Path) -> Iterator[tuple[str, Once]]:
    """(name, the work); each is set up when its turn comes.

    Args:
        folder: where drawn JPEG files are put.
    """
    for name in READ_SIZES:
        path = folder / f"{name}.jpg"
        path.write_bytes(drawn_jpegs(name.split()[1], count=1)[0])
        yield name, functools.partial(_read, path)
    large = decode(drawn_jpegs(PREPARE.split()[1], count=1)[0])
    yield PREPARE, functools.partial(Preparation().apply, large)
    for name, make in _KERNELS.items():
        yield name, make(generator(0, name))
    drawn = _Drawn()
    for name, kind in _components():
        yield name, _once(kind(), drawn)


def _components() -> list[tuple[str, type[Component]]]:
    return [(name, kind) for name, kind in known().items() if issubclass(kind, KINDS) and name not in STANDS_FOR]


def _read(path: Path) -> Picture:
    return decode(read_bytes(path))


class _Drawn:
    """What components are given, drawn when first asked for."""

    @functools.cached_property
    def pictures(self) -> list[Picture]:
        return [decode(data) for data in drawn_jpegs("256x192", PICTURES)]

    @functools.cached_property
    def features(self) -> list[LocalFeatures]:
        dense: Any = build("DenseSIFT()")
        return [dense.describe(picture) for picture in self.pictures]

    @functools.cached_property
    def vectors(self) -> Matrix:
        # Not negative: histograms are, and some components take nothing else.
        return generator(0, "vectors").random((ROWS, WIDTH), np.float32)


def _once(component: Component, drawn: _Drawn) -> Once:
    """What the component does for one picture, once fitted on what is drawn."""
    match component:
        case GlobalDescriptor() | LocalDescriptor():
            return functools.partial(component.describe, drawn.pictures[0])
        case Summary():
            return functools.partial(component.fit(drawn.features).encode, drawn.features[0])
        case Projection():
            return functools.partial(component.fit(drawn.vectors).project, drawn.vectors[:1])
        case Classifier():
            return functools.partial(component.fit(drawn.vectors, np.arange(ROWS) % 3).predict_proba, drawn.vectors[:1])
    raise TypeError(f"{type(component).__name__} is no kind of component that a work is known for")


def _product(kind: npt.DTypeLike, draw: np.random.Generator) -> Once:
    left, right = (draw.random((384, 384)).astype(kind) for _ in range(2))
    return lambda: left @ right


def _copy(draw: np.random.Generator) -> Once:
    origin = draw.random(2_000_000)  # 16 MB: more than the caches near a core
    copy = np.empty_like(origin)
    return lambda: np.copyto(copy, origin)


def _interpret(draw: np.random.Generator) -> Once:
    numbers = draw.integers(0, 1 << 30, 2000).tolist()
    return lambda: {str(number): number % 7 for number in numbers if number % 3}


def _decide_linearly(draw: np.random.Generator) -> Once:
    row, mean = draw.random((2, 1, 4096), np.float32)
    weights = draw.random((4096, 10), np.float32)

    def once() -> object:
        scores = np.exp((row - mean) / (mean + 1) @ weights * 1e-3)
        return scores / scores.sum()

    return once


def _decide_by_kernel(draw: np.random.Generator) -> Once:
    row, centers = draw.random((1, 512), np.float32), draw.random((2000, 512), np.float32)
    weights, squares = draw.random((2000, 10), np.float32), np.einsum("ij,ij->i", centers, centers)

    def once() -> object:
        distances = (row * row).sum() + squares - 2 * (row @ centers.T)
        return np.exp(-1e-2 * distances) @ weights

    return once


def _walk_trees(draw: np.random.Generator) -> Once:
    trees, nodes, depth = 300, 120_000, 14
    row, roots = draw.random(1024, np.float32), draw.integers(0, nodes, trees)
    features, thresholds = draw.integers(0, 1024, nodes), draw.random(nodes, np.float32)
    children, shares = draw.integers(0, nodes, 2 * nodes), draw.random((nodes, 10), np.float32)

    def once() -> object:
        at, total = roots, np.zeros(10)
        for _ in range(depth):
            at = children[2 * at + (row[features[at]] > thresholds[at])]
        for node in at:
            total += shares[node]
        return total / trees

    return once


def _pass_layers(draw: np.random.Generator) -> Once:
    """As a small network's: pixels times channels, each sum rectified, the map a quarter as large after every layer."""
    widths = (32, 64, 128, 256, 512)
    weights = [draw.random((9 * w, 2 * w), np.float32) / (9 * w) for w in widths]
    pixels = [draw.random((12544 // 4**level, 9 * w), np.float32) for level, w in enumerate(widths)]

    def once() -> object:
        return [np.maximum(one @ layer, 0) for one, layer in zip(pixels, weights, strict=True)]

    return once


_KERNELS: Mapping[str, Callable[[np.random.Generator], Once]] = {
    "float32 product": functools.partial(_product, np.float32),
    "float64 product": functools.partial(_product, np.float64),
    "memory copy": _copy,
    INTERPRETER: _interpret,
    LINEAR: _decide_linearly,
    KERNEL: _decide_by_kernel,
    TREES: _walk_trees,
    NETWORK: _pass_layers,
}
