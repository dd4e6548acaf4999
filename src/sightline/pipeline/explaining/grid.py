"""Cells of a picture, and heat painted from what each of them counts for.

Heat has one unit whatever it was found by: nats of log odds for each hundredth of the picture's area, so that what a
small cell adds and what a large one does can be laid over each other.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices

MOST_PX = 512
"""The longer side of a heat map: no method sees finer."""
Heat = npt.NDArray[np.float32]
"""(h, w) float32; positive speaks for the class, negative against it."""
Box = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels."""


def heat_shape(height: int, width: int) -> tuple[int, int]:
    """Height and width of the heat of a picture: its own, or shrunk to `MOST_PX` on the longer side.

    >>> heat_shape(300, 200), heat_shape(4000, 3)
    ((300, 200), (512, 1))
    """
    scale = min(1.0, MOST_PX / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


@dataclasses.dataclass(frozen=True)
class Grid:
    """A picture of h x w pixels cut into nearly square cells.

    >>> Grid.of(200, 400, 8)
    Grid(height=200, width=400, rows=4, columns=8)
    """

    height: int
    width: int
    rows: int
    columns: int

    @classmethod
    def of(cls, height: int, width: int, along: int) -> Grid:
        """With `along` cells on the longer side, fewer where it has fewer pixels."""
        longest = max(height, width)
        rows, columns = (min(side, max(1, round(along * side / longest))) for side in (height, width))
        return cls(height, width, rows, columns)

    def __len__(self) -> int:
        return self.rows * self.columns

    def boxes(self) -> Iterator[Box]:
        """The cells, row by row."""
        tops, lefts = (
            np.round(np.linspace(0, side, count + 1)).astype(int).tolist()
            for side, count in ((self.height, self.rows), (self.width, self.columns))
        )
        for top, bottom in itertools.pairwise(tops):
            for left, right in itertools.pairwise(lefts):
                yield top, left, bottom, right

    def cells(self, positions: npt.NDArray[np.float32]) -> Indices:
        """(m,) the cell of each of (m, 2) positions, x and y in [0, 1]."""
        counts = np.array([self.columns, self.rows])
        column, row = np.clip((positions * counts).astype(np.int64), 0, counts - 1).T
        found: Indices = row * self.columns + column
        return found


def painted(values: Array, shape: tuple[int, int], share: float = 1.0) -> Heat:
    """(rows, columns) nats, one for each cell, as heat of `shape`, interpolated between the cells' centers.

    Args:
        values: what each cell counts for.
        shape: height and width of the heat.
        share: of the picture's area that all cells together cover.
    """
    nats = values.astype(np.float32) * np.float32(values.size / (100 * share))
    heat = cv2.resize(nats, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(heat, np.float32).reshape(shape)
