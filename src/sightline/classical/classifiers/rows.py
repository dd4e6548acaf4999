"""What every classifier does with the rows it is given: check them, number the labels, weigh, standardize."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix, Probabilities, as_matrix
from sightline.errors import ComponentError, InputError

CHUNK = 512
"""Rows that are predicted at once: their float64 copy stays small whatever n is."""
Weights = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class TrainingRows:
    """What `fit` was given, checked.

    Attributes:
        X: (n, d) float32.
        classes: (k,) the labels, sorted.
        codes: (n,) int64, the position of each row's label in `classes`.
        weights: (n,) float64, 1 unless given.
    """

    X: Matrix
    classes: Array
    codes: Indices
    weights: Weights


def training_rows(
    X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None, class_weight: str | None = None
) -> TrainingRows:
    """Check what `fit` was given. `class_weight="balanced"` gives every class the same total weight.

    Raises:
        InputError: NaN or infinity, no rows, not as many labels or weights as rows, a negative weight.
        ComponentError: another `class_weight`.
    """
    matrix = as_matrix(X)
    labels = np.asarray(y)
    if labels.shape != (len(matrix),) or not len(matrix):
        raise InputError(
            f"X has {len(matrix)} rows, y has shape {labels.shape}; allowed: one label for each row, 1 or more"
        )
    if labels.dtype == object:
        labels = np.asarray(labels.tolist())
    classes, codes = np.unique(labels, return_inverse=True)
    weights = _weights(sample_weight, len(matrix))
    if class_weight == "balanced":
        totals = np.bincount(codes, weights, len(classes))
        weights = weights * (weights.sum() / len(classes) / np.maximum(totals, np.finfo(float).tiny))[codes]
    elif class_weight is not None:
        raise ComponentError(f'class_weight was given as {class_weight!r}; allowed: None or "balanced"')
    return TrainingRows(matrix, classes, codes.astype(np.int64), weights)


def _weights(sample_weight: npt.ArrayLike | None, n: int) -> Weights:
    if sample_weight is None:
        return np.ones(n)
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError(
            f"sample_weight has shape {weights.shape}; allowed: one finite weight of 0 or more for each of {n} rows, "
            "not all 0"
        )
    return weights


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


def in_chunks(X: npt.ArrayLike, d: int, k: int, function: Callable[[Matrix], Array], who: str) -> Probabilities:
    """`function` of chunks of rows, each (rows, d) float32 to (rows, k), as (n, k) float32.

    `function` works in float64: what is then rounded to float32 does not depend on how many rows shared a chunk.

    Raises:
        InputError: NaN or infinity, or another number of columns than in `fit`.
    """
    matrix = as_matrix(X)
    if matrix.shape[1] != d:
        raise InputError(f"{who} was fitted on rows of {d} values and given rows of {matrix.shape[1]}")
    result = np.empty((len(matrix), k), np.float32)
    for start in range(0, len(matrix), CHUNK):
        result[start : start + CHUNK] = function(matrix[start : start + CHUNK])
    return result
