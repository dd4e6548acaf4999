"""Linear support vector machine: one weight vector for each class, trained in the primal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix, Probabilities
from sightline.classical.classifiers.margins import Numbers, calibrate, probabilities
from sightline.classical.classifiers.rows import (
    TrainingRows,
    in_chunks,
    mean_and_scale,
    standardized,
    training_rows,
)
from sightline.contracts import Classifier
from sightline.errors import ComponentError

MARGIN_SCALE = 3.0
"""Softmax scale without calibration; the log loss of held-out digits is flat around it."""
ROUNDS = 300
GAIN = 1e-6
"""Relative gain of a round below which training stops: decisions are then within 0.01 of the optimum's."""
BLOCK = 256
"""Rows multiplied at once: with 2,000 columns 2 MB, what a core's cache holds."""


class LinearSVM(Classifier):
    """One-against-rest linear SVM, squared hinge loss, L2 penalty; C means what it means in scikit-learn's LinearSVC.

    All classes are trained at once in the primal by L-BFGS on float32 rows: two matrix products a round, and no copy of
    X but the standardized one. With fewer rows than columns the same problem is solved in the space that the rows span.
    Standardization is folded into the coefficients. Margins become probabilities as in `margins`.

    O. Chapelle: Training a support vector machine in the primal. Neural Computation 19, 2007.

    Args:
        C: weight of the training errors against the penalty, above 0.
        standardize: bring every column to mean 0 and standard deviation 1 first.
        calibration_folds: 2 or more fit the probabilities on margins of held-out rows; 0 takes a fixed scale.
        class_weight: "balanced" gives every class the same total weight.
        seed: of the calibration folds.

    >>> import numpy as np
    >>> LinearSVM().fit(np.array([[0.0], [1.0]]), ["no", "yes"]).predict(np.array([[0.1], [0.8]])).tolist()
    ['no', 'yes']
    """

    learned = ("classes_", "coefficients_", "intercepts_", "scale_", "bias_")

    def __init__(
        self,
        C: float = 0.01,
        standardize: bool = True,
        calibration_folds: int = 0,
        class_weight: str | None = None,
        seed: int = 0,
    ) -> None:
        self.C = C
        self.standardize = standardize
        self.calibration_folds = calibration_folds
        self.class_weight = class_weight
        self.seed = seed

    def fit(self, X: Matrix, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from (n, d) float32 and n labels.

        Raises:
            InputError: NaN or infinity, or lengths that differ.
            ComponentError: a parameter out of range.
        """
        if self.C <= 0:
            raise ComponentError(f"LinearSVM was given C={self.C}; allowed: above 0")
        rows = training_rows(X, y, sample_weight, self.class_weight)
        mean, scale = mean_and_scale(rows.X, self.standardize)
        Z = standardized(rows.X, mean, scale)
        self.scale_, self.bias_ = calibrate(
            rows, self.calibration_folds, self.seed, MARGIN_SCALE, lambda train: _held_out(Z, rows, train, self.C)
        )
        weights, intercepts = train_one_against_rest(Z, rows.codes, len(rows.classes), rows.weights, self.C)
        self.classes_ = rows.classes
        self.coefficients_ = (weights / scale[:, None]).astype(np.float32)
        self.intercepts_ = intercepts - mean.astype(np.float64) @ self.coefficients_.astype(np.float64)
        return self

    def decision_function(self, X: Matrix) -> npt.NDArray[np.float32]:
        """(n, d) to (n, k) float32 margins; of two classes, the second's margin is the first's with the other sign."""
        self.check_fitted()
        return in_chunks(X, len(self.coefficients_), len(self.classes_), self._margins, "LinearSVM")

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        return in_chunks(
            X,
            len(self.coefficients_),
            len(self.classes_),
            lambda part: probabilities(self._margins(part), self.scale_, self.bias_),
            "LinearSVM",
        )

    def _margins(self, X: Matrix) -> Numbers:
        return spread(X.astype(np.float64) @ self.coefficients_ + self.intercepts_, len(self.classes_))


def spread(decisions: Numbers, k: int) -> Numbers:
    """Margins of all k classes: the columns themselves; of two, whose one column is the second's, both signs."""
    return np.concatenate([-decisions, decisions], axis=1) if k == 2 else decisions


def _held_out(Z: Matrix, rows: TrainingRows, train: Indices, C: float) -> Callable[[Indices], Numbers]:
    k = len(rows.classes)
    weights, intercepts = train_one_against_rest(Z[train], rows.codes[train], k, rows.weights[train], C)
    return lambda held: spread(Z[held].astype(np.float64) @ weights + intercepts, k)


def train_one_against_rest(
    Z: Matrix, codes: Indices, k: int, sample_weights: Array, C: float
) -> tuple[Numbers, Numbers]:
    """Weights (d, t) and intercepts (t,) of least 0.5 (|w|^2 + b^2) + C sum_i s_i max(0, 1 - y_i f(z_i))^2, for each t.

    One class t is trained against the rest for each class; the second alone of two, and none of one.
    The intercept is penalized as liblinear does it.
    """
    targets = np.arange(k)[None, :] if k != 2 else np.array([[1]])
    signs = np.where(codes[:, None] == targets, np.float32(1), np.float32(-1))
    if k == 1:
        return np.zeros((Z.shape[1], 1)), np.zeros(1)
    return _minimize(Z, signs, (C * sample_weights).astype(np.float32)[:, None])


def _minimize(Z: Matrix, signs: Matrix, costs: Matrix) -> tuple[Numbers, Numbers]:
    from scipy.optimize import minimize

    d, t = Z.shape[1], signs.shape[1]

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        table = flat.reshape(d + 1, t)
        error, slope = _errors(Z, signs, costs, table.astype(np.float32))
        return float(0.5 * flat @ flat + error), (table + slope).ravel()

    options = {"maxiter": ROUNDS, "maxfun": 2 * ROUNDS, "ftol": GAIN, "gtol": 1e-4, "maxcor": 20}
    best = minimize(loss, np.zeros((d + 1) * t), jac=True, method="L-BFGS-B", options=options).x.reshape(d + 1, t)
    return best[:-1], best[-1]


def _errors(Z: Matrix, signs: Matrix, costs: Matrix, table: Matrix) -> tuple[float, Numbers]:
    """The sum of squared hinges and its slope (d + 1, t), in one pass over Z: a block is used twice while cached."""
    error, slope = 0.0, np.zeros(table.shape)
    for start in range(0, len(Z), BLOCK):
        block, sign, cost = (array[start : start + BLOCK] for array in (Z, signs, costs))
        short = np.maximum(1 - sign * (block @ table[:-1] + table[-1]), 0)
        pull = cost * short
        error += float((pull * short).sum(dtype=np.float64))
        pull *= -2 * sign
        slope[:-1] += (np.ascontiguousarray(pull.T) @ block).T
        slope[-1] += pull.sum(axis=0, dtype=np.float64)
    return error, slope
