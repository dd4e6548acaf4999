"""Spatial pyramid: any summary, of the whole picture and of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Vector
from sightline.classical.summaries.bovw import BagOfVisualWords
from sightline.contracts import LocalFeatures, Summary
from sightline.errors import ComponentError


class SpatialPyramid(Summary):
    """The inner summary of 1 x 1, 2 x 2, 4 x 4, ... cells, one after the other.

    The inner summary learns from whole pictures. Matches in small cells say more: level l of L has the weight 2^(l - L)
    of Lazebnik's kernel (the coarsest that of the next), as its square root on the vector. A cell without features is
    the inner summary of none. d is that of the inner summary times (1 + 4 + 16 + ...).

    S. Lazebnik, C. Schmid, J. Ponce: Beyond bags of features. CVPR 2006.

    Args:
        summary: any `Summary`; default `BagOfVisualWords()`.
        levels: 1 is the whole picture alone, 2 adds its quarters, 3 adds sixteenths; at most 5.
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
        parts = [
            np.float32(weight) * self.summary.encode(LocalFeatures(features.vectors[rows], features.positions[rows]))
            for weight, rows in _cells(features.positions, self.levels)
        ]
        return np.concatenate(parts).astype(np.float32)


def _cells(positions: npt.NDArray[np.float32], levels: int) -> Iterator[tuple[float, npt.NDArray[np.bool_]]]:
    """For each cell, coarse to fine and row by row: the root of its weight, and which positions lie in it."""
    for level in range(levels):
        side = 2**level
        weight = 2.0 ** (max(level, 1) - levels)
        column, row = np.minimum((positions * side).astype(np.int64), side - 1).T
        cell = row * side + column
        for number in range(side * side):
            yield weight**0.5, cell == number
