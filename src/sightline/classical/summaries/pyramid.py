"""Spatial pyramid: any summary, of the whole picture and of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, Matrix, Vector
from sightline.classical.summaries.additive import AdditiveSummary
from sightline.classical.summaries.bovw import BagOfVisualWords
from sightline.contracts import LocalFeatures, Summary
from sightline.errors import ComponentError


class SpatialPyramid(Summary):
    """The inner summary of 1 x 1, 2 x 2, 4 x 4, ... cells, one after the other.

    The inner summary learns from whole pictures. Matches in small cells say more: level l of L has the weight 2^(l - L)
    of Lazebnik's kernel (the coarsest that of the next), as its square root on the vector. A cell without features is
    the inner summary of none. d is that of the inner summary times (1 + 4 + 16 + ...).
    Cost: that of the inner summary, whatever the number of levels, where it is a sum over vectors, as bag of visual
    words, VLAD and the Fisher vector are; else that of as many encodings as there are levels.

    S. Lazebnik, C. Schmid, J. Ponce: Beyond bags of features. CVPR 2006.

    Args:
        summary: any `Summary`; default `BagOfVisualWords()`.
        levels: 1 is the whole picture alone, 2 adds its quarters, 3 adds sixteenths; at most 5.

    >>> import numpy as np
    >>> features = LocalFeatures(np.eye(3, dtype=np.float32), np.full((3, 2), 0.2, np.float32))
    >>> SpatialPyramid(BagOfVisualWords(words=2), levels=2).fit([features]).encode(features).shape  # 2 * (1 + 4)
    (10,)
    """

    limits: ClassVar = {"levels": (1, 5)}

    def __init__(self, summary: Summary | None = None, levels: int = 2) -> None:
        self.summary = BagOfVisualWords() if summary is None else summary
        self.levels = levels

    def fit(self, features: Sequence[LocalFeatures], y: Any = None) -> Self:
        """Fit the inner summary on whole pictures.

        Raises:
            ComponentError: `levels` out of range.
        """
        if not 1 <= self.levels <= 5:
            raise ComponentError(f"SpatialPyramid was given levels={self.levels}; allowed: 1 to 5")
        self.summary.fit(features, y)
        return self

    def encode(self, features: LocalFeatures) -> Vector:
        """m vectors with positions to (d,) float32."""
        self.check_fitted()
        if isinstance(self.summary, AdditiveSummary):
            levels = _levels_by_sums(self.summary, features, self.levels)
        else:
            levels = _levels_one_by_one(self.summary, features, self.levels)
        parts = [
            np.float32(2.0 ** (0.5 * (max(level, 1) - self.levels))) * vectors.ravel()
            for level, vectors in enumerate(levels)
        ]
        return np.concatenate(parts).astype(np.float32, copy=False)


def _cells(positions: npt.NDArray[np.float32], level: int) -> Indices:
    """In which of 2^level x 2^level cells each position lies, counted row by row."""
    side = 2**level
    column, row = np.minimum((positions * side).astype(np.int64), side - 1).T
    cells: Indices = row * side + column
    return cells


def _levels_by_sums(summary: AdditiveSummary, features: LocalFeatures, levels: int) -> list[Matrix]:
    """The summary of the cells of each level, coarse to fine, (cells, d): sums of the finest, added up to coarser."""
    side = 2 ** (levels - 1)
    sums = summary.sums(features, _cells(features.positions, levels - 1), side * side)
    found = [summary.finish(sums)]
    while side > 1:
        side //= 2
        sums = sums.reshape(side, 2, side, 2, -1).sum(axis=(1, 3)).reshape(side * side, -1)
        found.append(summary.finish(sums))
    return found[::-1]


def _levels_one_by_one(summary: Summary, features: LocalFeatures, levels: int) -> list[Matrix]:
    """The same for any summary, cell by cell."""
    found = []
    for level in range(levels):
        cells = _cells(features.positions, level)
        of_cells = [cells == number for number in range(4**level)]
        parts = [LocalFeatures(features.vectors[rows], features.positions[rows]) for rows in of_cells]
        found.append(summary.transform(parts))
    return found
