"""Bringing columns to mean 0 and standard deviation 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix
from sightline.classical.chunks import CHUNK


def mean_and_scale(X: Matrix, standardize: bool) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(d,) mean and standard deviation, 1 where a column is constant; 0 and 1 without `standardize`.

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
    return mean.astype(np.float32), np.where(constant | (scale == 0), 1.0, scale).astype(np.float32)


def standardized(X: Matrix, mean: Array, scale: Array) -> Matrix:
    """(X - mean) / scale, float32, a new array."""
    result: Matrix = X - mean
    result /= scale
    return result
