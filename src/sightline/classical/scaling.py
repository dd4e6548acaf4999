"""Bringing columns to mean 0 and standard deviation 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix
from sightline.classical.chunks import CHUNK
from sightline.errors import InputError

LEAST_SCALE = 1e-30
"""A standard deviation up to this is none where what was learned is divided by it: that would leave float32."""
MOST_UNSCALED = 1e15
"""Values up to this have squares, and sums of squares, well within float32."""


def mean_and_scale(
    X: Matrix, standardize: bool, least: float = 0.0
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(d,) mean and standard deviation, 1 where that is at most `least` or a column constant; 0 and 1 if not to do.

    Both are summed in float64 over chunks of rows, without a float64 copy of X.
    """
    d = X.shape[1]
    if not standardize:
        return np.zeros(d, np.float32), np.ones(d, np.float32)
    mean = X.mean(axis=0, dtype=np.float64)
    squares = np.zeros(d)
    for start in range(0, len(X), CHUNK):
        centered = X[start : start + CHUNK] - mean
        squares += np.einsum("ij,ij->j", centered, centered)
    scale = np.sqrt(squares / len(X))
    constant = scale <= 1e-6 * np.abs(mean)  # what float32 rounding alone makes of a constant column
    return mean.astype(np.float32), np.where(constant | (scale <= least), 1.0, scale).astype(np.float32)


def standardized(X: Matrix, mean: Array, scale: Array) -> Matrix:
    """(X - mean) / scale, float32, a new array."""
    result: Matrix = X - mean
    result /= scale
    return result


def check_unscaled(X: Matrix, standardize: bool) -> None:
    """Refuse rows that are learned from as they come, and whose squares float32 cannot hold.

    Raises:
        InputError: without `standardize`, a value beyond `MOST_UNSCALED`.
    """
    most = 0.0 if standardize else max(float(X.max()), -float(X.min()))
    if most > MOST_UNSCALED:
        raise InputError(f"X holds values up to {most:.3g}; allowed without standardize: up to {MOST_UNSCALED:g}")
