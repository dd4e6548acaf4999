"""Ridge regression of many targets by closed form, with the exact answers that leaving a row out would give.

Of the centered rows Z (n, d) the smaller side is solved: (Z'Z + alpha) w = Z'y, or (ZZ' + alpha) u = y with w = Z'u.
Products are float32 in blocks, summed in float64, or all float64 where that takes no time; everything after them is
float64.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.classifiers.margins import Numbers
from sightline.parallel import ordered_map

TILE = 1024
"""Columns of a product that one thread works on: the library's own threads wait for each other, ours do not."""
SMALL = 1e9
"""Multiplications up to which products are float64: a fraction of a second, for an alpha of a millionth of the rows."""
BLOCK = 4096
"""Rows or columns that are multiplied in float32 before their products are summed in float64."""


class Solution(NamedTuple):
    """For one alpha: weights (d, t), and what is answered to the rows to leave out by all other rows, (m, t)."""

    weights: Numbers
    answers: Numbers


@dataclasses.dataclass(frozen=True)
class CenteredRows:
    """Rows (x - mean) / scale, each multiplied with the root of its weight; made when they are asked for.

    Attributes:
        X: (n, d) float32 as they come.
        mean: (d,) float32, their weighted mean.
        scale: (d,) float32.
        roots: (n, 1) float64.
        dtype: of what is given, float32 or float64.
    """

    X: Matrix
    mean: Matrix
    scale: Matrix
    roots: Numbers
    dtype: npt.DTypeLike

    def rows(self, which: slice | Indices) -> Array:
        """Some rows, (b, d)."""
        return self._made(self.X[which], self.mean, self.scale, self.roots[which])

    def columns(self, which: slice) -> Array:
        """Some columns, (n, c)."""
        return self._made(self.X[:, which], self.mean[which], self.scale[which], self.roots)

    def _made(self, values: Matrix, mean: Matrix, scale: Matrix, roots: Numbers) -> Array:
        block: Array = np.subtract(values, mean, dtype=self.dtype)
        block /= scale
        block *= roots.astype(self.dtype)
        return block

    def turned_times(self, right: Numbers) -> Numbers:
        """Z' times (n, t): (d, t)."""
        total = np.zeros((self.X.shape[1], right.shape[1]))
        for here in _blocks(len(self.X)):
            total += self.rows(here).T @ right[here].astype(self.dtype)
        return total


def weighted_mean(X: Matrix, weights: Array) -> Matrix:
    """(n, d) and (n,) to (d,) float32."""
    total = np.zeros(X.shape[1])
    for here in _blocks(len(X)):
        total += weights[here] @ X[here].astype(np.float64)
    mean: Matrix = (total / weights.sum()).astype(np.float32)
    return mean


class LeastSquares:
    """min over w and b of sum_i s_i |y_i - z_i w - b|^2 + alpha |w|^2, for one alpha after another.

    Memory: 20 bytes times the square of min(n, d).

    Args:
        X: (n, d) float32.
        scale: (d,) float32, what the columns are divided by.
        Y: (n, t) float64, the targets.
        weights: (n,) float64 s, above 0 in some row.
        left_out: (m,) rows of weight above 0 to answer for by all others.
    """

    def __init__(self, X: Matrix, scale: Matrix, Y: Numbers, weights: Array, left_out: Indices) -> None:
        self.mean, self.middle = weighted_mean(X, weights), weights @ Y / weights.sum()
        roots = np.sqrt(weights)[:, None]
        dtype = np.float64 if X.size * min(X.shape) < SMALL else np.float32
        self._Z = CenteredRows(X, self.mean, scale, roots, dtype)
        self._goal, self._left_out = (Y - self.middle) * roots, left_out
        self._share = (weights / weights.sum())[left_out, None]
        self._by_rows = len(X) < X.shape[1]
        if self._by_rows:
            turned = (np.ascontiguousarray(self._Z.columns(here).T) for here in _blocks(X.shape[1]))
            self._gram = lower_products(turned, len(X))
            self._right = self._goal
            self._probes = np.eye(len(X))[:, left_out]
        else:
            self._gram = lower_products((self._Z.rows(here) for here in _blocks(len(X))), X.shape[1])
            self._right = self._Z.turned_times(self._goal)
            self._probes = self._Z.rows(left_out).T.astype(np.float64)
        self._truth, self._roots = Y[left_out], roots[left_out]

    @property
    def mean_square(self) -> float:
        """The sum of squares of a column, on average: what an alpha is large or small against."""
        return float(np.trace(self._gram) / self._Z.X.shape[1])

    def least_alpha(self, alpha: float) -> float:
        """The first power of 10 above an alpha that is too small for which there is a solution."""
        power = math.floor(math.log10(alpha)) + 1
        while self.solve(10.0**power) is None:
            power += 1
        return 10.0**power

    def solve(self, alpha: float) -> Solution | None:
        """The solution, or None where alpha is too small for the products to be solved at all."""
        from scipy.linalg import cho_solve, solve_triangular
        from scipy.linalg.lapack import dpotrf

        shifted = self._gram.copy(order="F")
        np.einsum("ii->i", shifted)[:] += alpha
        factor, failed = dpotrf(shifted, lower=1, clean=0, overwrite_a=1)
        if failed:
            return None
        solved = cho_solve((factor, True), self._right, check_finite=False)
        half = solve_triangular(factor, self._probes, lower=True, check_finite=False)
        energy = np.einsum("ij,ij->j", half, half)[:, None]
        if self._by_rows:
            weights, error, leverage = self._Z.turned_times(solved), alpha * solved[self._left_out], 1 - alpha * energy
        else:
            weights, error, leverage = solved, self._goal[self._left_out] - self._probes.T @ solved, energy
        kept = np.maximum(1 - leverage - self._share, 1e-9)
        return Solution(weights, self._truth - error / self._roots / kept)


def lower_products(blocks: Iterator[Array], side: int) -> Numbers:
    """The sum over blocks (b, side) of block' block, float64 in columns; only the lower triangle is filled.

    Blocks are multiplied in their own precision, float32 or float64.
    """
    from scipy.linalg.blas import dsyrk, ssyrk

    total = np.zeros((side, side), order="F")

    def add(block: Array, start: int) -> None:
        tile, square = block[:, start : start + TILE], ssyrk if block.dtype == np.float32 else dsyrk
        total[start : start + TILE, start : start + TILE] += square(1.0, tile.T, lower=1)
        total[start + TILE :, start : start + TILE] += block[:, start + TILE :].T @ tile

    for block in blocks:
        list(ordered_map(lambda start, block=block: add(block, start), range(0, side, TILE)))  # type: ignore[misc]
    return total


def _blocks(length: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, length, BLOCK))
