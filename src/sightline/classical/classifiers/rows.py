"""What every classifier does with the rows it is given: check them, number the labels, weigh."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix, as_matrix
from sightline.errors import ComponentError, InputError

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
