"""Nearest class mean: what a class looks like on average."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix, Probabilities
from sightline.classical.chunks import in_chunks
from sightline.classical.classifiers.margins import Numbers
from sightline.classical.classifiers.rows import TrainingRows, training_rows
from sightline.classical.scaling import mean_and_scale, standardized
from sightline.contracts import Classifier
from sightline.errors import ComponentError

SHARPNESS = np.geomspace(0.1, 1000, 41)
"""What squared distances may be multiplied with, as shares of the mean squared distance of a row to its class."""
FLOOR = 1e-12
BLOCK = 4096
"""Rows whose distances to all classes are held at once."""


class Prototypes(Classifier):
    """Softmax of negative squared distances to the mean of each class.

    What is least likely to be learned wrong from very few rows: d numbers a class, and how sharp the answer is, which
    is chosen by the log loss of every row with the mean of its class made without it.
    Cost: training O(n d k), predicting O(d k) a row.

    R. Tibshirani et al.: Diagnosis of multiple cancer types by shrunken centroids of gene expression. PNAS 99, 2002.
    J. Snell, K. Swersky, R. Zemel: Prototypical networks for few-shot learning. NIPS 2017.

    Args:
        shrinkage: 0 to below 1: how far the mean of a class of one row is moved to the mean of all; one of n rows is
            moved by shrinkage / (shrinkage + (1 - shrinkage) n).
        standardize: bring every column to mean 0 and standard deviation 1 first.

    >>> import numpy as np
    >>> fitted = Prototypes().fit(np.array([[0.0], [0.2], [1.0]]), ["no", "no", "yes"])
    >>> fitted.predict(np.array([[0.4], [0.7]])).tolist()
    ['no', 'yes']
    """

    learned: ClassVar = ("classes_", "mean_", "deviation_", "prototypes_", "sharpness_")
    limits: ClassVar = {"shrinkage": (0, 0.999)}
    prototypes_: npt.NDArray[np.float32]

    def __init__(self, shrinkage: float = 0.0, standardize: bool = False) -> None:
        self.shrinkage = shrinkage
        self.standardize = standardize

    def fit(self, X: Matrix, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from (n, d) float32 and n labels.

        Raises:
            InputError: NaN or infinity, or lengths that differ.
            ComponentError: a parameter out of range.
        """
        if not 0 <= self.shrinkage < 1:
            raise ComponentError(f"Prototypes was given shrinkage={self.shrinkage}; allowed: 0 to below 1")
        rows = training_rows(X, y, sample_weight)
        self.classes_ = rows.classes
        self.mean_, self.deviation_ = mean_and_scale(rows.X, self.standardize)
        Z = standardized(rows.X, self.mean_, self.deviation_)
        totals = np.bincount(rows.codes, rows.weights, len(rows.classes)).astype(np.float64)
        sums = np.zeros((len(rows.classes), Z.shape[1]))
        np.add.at(sums, rows.codes, Z * rows.weights[:, None])
        center = sums.sum(axis=0) / totals.sum()
        self.prototypes_ = self._means(sums, totals, center).astype(np.float32)
        self.sharpness_ = np.array([_sharpest(self._left_out(Z, rows, sums, totals, center), rows)])
        return self

    def _means(self, sums: Numbers, totals: Numbers, center: Numbers) -> Numbers:
        """The mean of each class, moved to the mean of all."""
        moved = self.shrinkage / (1 - self.shrinkage)
        weights = (totals + moved)[:, None]
        means: Numbers = np.where(weights > 0, sums + moved * center, center) / np.where(weights > 0, weights, 1.0)
        return means

    def _left_out(
        self, Z: Matrix, rows: TrainingRows, sums: Numbers, totals: Numbers, center: Numbers
    ) -> npt.NDArray[np.float64]:
        """(n, k) squared distances, each row to the mean of its own class made without it; NaN for the only one."""
        squared = _squared(Z, self.prototypes_)
        for start in range(0, len(Z), BLOCK):
            part = slice(start, start + BLOCK)
            codes, weights = rows.codes[part], rows.weights[part]
            rest = totals[codes] - weights
            means = self._means(sums[codes] - Z[part] * weights[:, None], rest, center)
            own = ((Z[part] - means) ** 2).sum(axis=1)
            squared[np.arange(start, start + len(codes)), codes] = np.where(rest > FLOOR * totals[codes], own, np.nan)
        return squared

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        return in_chunks(X, len(self.mean_), len(self.classes_), self._shares, "Prototypes")

    def _shares(self, X: Matrix) -> Array:
        rows = standardized(X, self.mean_, self.deviation_)
        return _softmax(-_squared(rows, self.prototypes_) * self.sharpness_[0])


def _squared(rows: Matrix, means: Array) -> npt.NDArray[np.float64]:
    """(n, k) squared distances."""
    wide, centers = rows.astype(np.float64), means.astype(np.float64)
    lengths = (wide**2).sum(axis=1)[:, None] + (centers**2).sum(axis=1)[None, :]
    squared: npt.NDArray[np.float64] = np.maximum(lengths - 2 * wide @ centers.T, 0.0)
    return squared


def _sharpest(squared: npt.NDArray[np.float64], rows: TrainingRows) -> float:
    """The factor of least log loss; 1 over the mean squared distance where no class has two rows."""
    own = squared[np.arange(len(squared)), rows.codes]
    known = np.isfinite(own)
    if not known.any():
        return 1.0 / max(float(np.nanmean(squared)) if np.isfinite(squared).any() else 1.0, FLOOR)
    scale = max(float(own[known].mean()), FLOOR)
    weights = rows.weights[known] / max(float(rows.weights[known].sum()), FLOOR)
    losses = []
    for factor in SHARPNESS / scale:
        shares = _softmax(-squared[known] * factor)[np.arange(int(known.sum())), rows.codes[known]]
        losses.append(float(-(weights * np.log(np.maximum(shares, FLOOR))).sum()))
    return float(SHARPNESS[int(np.argmin(losses))] / scale)


def _softmax(logits: Array) -> npt.NDArray[np.float64]:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    made: npt.NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
    return made
