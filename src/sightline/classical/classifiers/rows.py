"""What every classifier does with the rows it is given: check them, number the labels, weigh."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix, as_matrix
from sightline.errors import ComponentError, InputError

Weights = npt.NDArray[np.float64]
MISSING = ("None", "nan", "<NA>", "NaT")
"""How Python, numpy and pandas write that there is nothing."""
MOST_WEIGHT = 1e15
"""Weights up to this, times squares of standardized values, are well within float32."""


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
    """Check what `fit` was given. `class_weight="balanced"` gives every class that weighs anything the same total.

    Raises:
        InputError: NaN or infinity, no rows or columns, not as many labels or weights as rows, a label that is None or
            NaN, a negative weight.
        ComponentError: another `class_weight`.
    """
    matrix = as_matrix(X)
    labels = _labels(y)
    if labels.shape != (len(matrix),) or not len(matrix):
        raise InputError(
            f"X has {len(matrix)} rows, y has shape {labels.shape}; allowed: one label for each row, 1 or more"
        )
    if not matrix.shape[1]:
        raise InputError(f"X has shape {matrix.shape}; allowed: 1 column or more")
    classes, codes = _numbered(labels)
    weights = _weights(sample_weight, len(matrix))
    if class_weight == "balanced":
        totals = np.bincount(codes, weights, len(classes))
        share = weights.sum() / np.count_nonzero(totals)  # a class whose rows all weigh 0 has nothing to balance
        weights = weights / np.where(totals > 0, totals, 1)[codes] * share
    elif class_weight is not None:
        raise ComponentError(f'class_weight was given as {class_weight!r}; allowed: None or "balanced"')
    return TrainingRows(matrix, classes, codes, weights)


def _labels(y: npt.ArrayLike) -> Array:
    """The labels as an array, each known."""
    labels = np.asarray(y)
    if labels.dtype.kind == "f":
        missing = np.isnan(labels)
    elif labels.dtype == object or (labels.dtype.kind == "U" and isinstance(y, (list, tuple))):
        # numpy makes text of a NaN among texts
        values = labels.tolist() if labels.dtype == object else list(y)  # type: ignore[arg-type]
        missing = np.array([not isinstance(one, str) and str(one) in MISSING for one in values])
    else:
        return labels
    if missing.any():
        row = int(np.argmax(missing))
        raise InputError(f"y holds a label that is None or NaN (first in row {row}); label that row or leave it out")
    return labels


def _numbered(labels: Array) -> tuple[Array, Indices]:
    """The labels, sorted, each once, and the position of each row's among them."""
    if labels.dtype == object:
        labels = np.asarray(labels.tolist())
    try:
        classes, codes = np.unique(labels, return_inverse=True)
    except TypeError:
        raise InputError("y holds labels that cannot be sorted; allowed: integers, or text") from None
    return classes, codes.astype(np.int64)


def _weights(sample_weight: npt.ArrayLike | None, n: int) -> Weights:
    if sample_weight is None:
        return np.ones(n)
    weights = np.asarray(sample_weight, np.float64)
    fit = weights.shape == (n,) and np.isfinite(weights).all()
    if not fit or (weights < 0).any() or not weights.any():
        raise InputError(
            f"sample_weight has shape {weights.shape}; allowed: one finite weight of 0 or more for each of {n} rows, "
            "not all 0"
        )
    if (most := float(weights.max())) > MOST_WEIGHT:
        raise InputError(f"sample_weight holds {most:g}; allowed: up to {MOST_WEIGHT:g}; divide all by the largest")
    return weights
