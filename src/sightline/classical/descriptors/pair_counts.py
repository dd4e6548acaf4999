"""Pairs of pixels, a step apart, counted by their levels: the symmetric co-occurrence matrix from its upper half."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array
from sightline.classical.descriptors.grey import Grey

GREATEST = 255
Cells = npt.NDArray[np.float32]
"""(u, u), upper right half: the number of pairs of each lower level (row) and higher level (column)."""


def count_pairs(image: Grey, down: int, right: int, lowest: int = 0, highest: int = GREATEST) -> Cells:
    """Count the pairs of pixels (down, right) apart, down >= 0, whose levels are all within `lowest` and `highest`.

    Row and column of a cell are the lower and the higher level of its pairs, less `lowest`. The symmetric matrix
    follows from that half, and a narrow range of levels makes whatever is summed over it cheaper.
    """
    height, width = image.shape
    first = image[: height - down, max(-right, 0) : width - max(right, 0)]
    second = image[down:, max(right, 0) : width + min(right, 0)]
    pair = [cv2.min(first, second), cv2.max(first, second)]
    size, ends = highest - lowest + 1, [float(lowest), highest + 1.0]
    return np.asarray(cv2.calcHist(pair, [0, 1], None, [size, size], ends * 2), np.float32)


def cooccurrence_matrix(image: Grey, down: int, right: int, levels: int = GREATEST + 1) -> npt.NDArray[np.int64]:
    """(levels, levels) counts of pairs (down, right) apart, counted both ways; scikit-image's with symmetric=True."""
    half = count_pairs(image, down, right, 0, levels - 1).astype(np.int64)
    whole: npt.NDArray[np.int64] = half + half.T
    return whole


@dataclasses.dataclass(frozen=True)
class Tally:
    """What the statistics of s symmetric matrices are computed from, all float64.

    Attributes:
        lowest: the first level of the marginals.
        differences: (s, u), the share of each |i - j| from 0 on.
        marginals: (s, u), the share of each level.
        moments: (s,), the sum of squared shares of the matrix (angular second moment).
        entropies: (4, s), in bits: of the matrix, of |i - j|, of i + j and of the marginals.
    """

    lowest: int
    differences: Array
    marginals: Array
    moments: Array
    entropies: Array


def tally(image: Grey, steps: Sequence[tuple[int, int]]) -> Tally:
    """Count the pairs of every step and sum up the matrices, one by one: a second one would leave the cache."""
    lowest, highest = int(image.min()), int(image.max())
    u = highest - lowest + 1
    rows, cells = np.empty((len(steps), 4 * u - 1)), np.empty((len(steps), 3))
    sum_up = _Sums(u)
    for row, cell, (down, right) in zip(rows, cells, steps, strict=True):
        half = count_pairs(image, down, right, lowest, highest)
        sum_up(half, row)
        cell[:] = _sum_up_cells(half)
    pairs, equal = rows[:, :u].sum(axis=1), rows[:, 0].copy()
    rows[:, 3 * u - 1 :] *= 0.5
    rows /= pairs[:, None]
    squares, logs, diagonal = cells.T
    # In the whole matrix, m pairs i < j are two cells of m, and m pairs i = i are one cell of 2 m.
    moments = (squares + diagonal) / (2 * pairs**2)
    joint = np.log2(2 * pairs) - (logs + equal) / pairs
    others = -np.add.reduceat(rows * np.log2(np.maximum(rows, 1e-300)), [0, u, 3 * u - 1], axis=1).T
    # At most twice that of a marginal, which rounding must not exceed: a constant picture has none at all.
    entropies = np.maximum([np.minimum(joint, 2 * others[2]), *others], 0)
    return Tally(lowest, rows[:, :u], rows[:, 3 * u - 1 :], moments, entropies)


class _Sums:
    """Sums of halves (u, u) along their diagonals (j - i), their antidiagonals (i + j), and both ways: 4 u - 1 numbers.

    In memory laid out in rows of 2 u, with zeros, reading rows that are one longer or one shorter makes columns of the
    diagonals or antidiagonals. Products, because BLAS sums four times as fast as numpy.
    """

    def __init__(self, u: int) -> None:
        self.u = u
        self.ones = np.ones(u, np.float32)
        wide = np.zeros(u * (2 * u + 1), np.float32)
        self.inner = wide[: 2 * u * u].reshape(u, 2 * u)[:, :u]
        self.diagonals = wide.reshape(u, 2 * u + 1)[:, :u]
        self.antidiagonals = wide[: u * (2 * u - 1)].reshape(u, 2 * u - 1)

    def __call__(self, half: Cells, row: Array) -> None:
        """Write the sums of `half` into `row`, (4 u - 1,) float64."""
        self.inner[:] = half
        row[: self.u] = self.ones @ self.diagonals
        row[self.u : -self.u] = self.ones @ self.antidiagonals
        row[-self.u :] = half @ self.ones
        row[-self.u :] += self.ones @ half


def _sum_up_cells(half: Cells) -> tuple[float, float, float]:
    """The sums of n^2 and n log2 n over all cells, and that of n^2 over the diagonal."""
    cells, diagonal = half.ravel(), half.diagonal()
    return float(cells @ cells), _sum_times_logs(half), float(diagonal @ diagonal)


def _sum_times_logs(half: Cells) -> float:
    """The sum of n log2 n, looked up where all cells are small, as usual: the time of a logarithm for every tenth."""
    if half.max() <= GREATEST:
        return float(cv2.sumElems(cv2.LUT(cv2.convertScaleAbs(half), _times_logs()))[0])
    counts = half[half > 1].astype(np.float64)
    return float(counts @ np.log2(counts))


@functools.lru_cache(1)
def _times_logs() -> Cells:
    """n log2 n for n of 0 to 255."""
    n = np.arange(GREATEST + 1.0)
    return np.asarray(n * np.log2(np.maximum(n, 1)), np.float32)
