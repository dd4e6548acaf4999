"""Logistic regression: the linear classifier whose margins are log-odds by construction."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.classifiers.linear import LinearClassifier, spread, targets
from sightline.classical.classifiers.margins import Numbers, calibrate
from sightline.classical.classifiers.primal import minimize_loss
from sightline.classical.classifiers.rows import TrainingRows, training_rows
from sightline.classical.scaling import mean_and_scale, standardized
from sightline.errors import ComponentError

GAIN = 1e-8
"""Relative gain of a round below which training stops: probabilities are then within 0.002 of the optimum's."""


class LogisticRegression(LinearClassifier):
    """Multinomial logistic regression, L2 penalty; C means what it means in scikit-learn's LogisticRegression.

    All classes are trained at once in the primal by L-BFGS on float32 rows. Of two classes one weight vector is
    learned. The intercepts are not penalized. Standardization is folded into the coefficients.
    Cost: training O(n d k) a round, at most 300; predicting O(d k) a row.

    D. R. Cox: The regression analysis of binary sequences. J. Royal Statistical Society B 20, 1958.

    Args:
        C: weight of the training errors against the penalty, above 0.
        standardize: bring every column to mean 0 and standard deviation 1 first.
        calibration_folds: 2 or more refit scale and biases on log-odds of held-out rows; 0 takes them as they are.
        class_weight: "balanced" gives every class the same total weight.
        seed: of the calibration folds.

    >>> import numpy as np
    >>> LogisticRegression().fit(np.array([[0.0], [1.0]]), ["no", "yes"]).predict(np.array([[0.1], [0.8]])).tolist()
    ['no', 'yes']
    """

    limits: ClassVar = {"calibration_folds": (0, 20)}

    def __init__(
        self,
        C: float = 0.1,
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
            raise ComponentError(f"LogisticRegression was given C={self.C}; allowed: above 0")
        rows = training_rows(X, y, sample_weight, self.class_weight)
        mean, scale = mean_and_scale(rows.X, self.standardize)
        Z, k = standardized(rows.X, mean, scale), len(rows.classes)
        as_it_is = 0.5 if k == 2 else 1.0  # of two, -f and +f differ by twice the log-odds
        self.scale_, self.bias_ = calibrate(
            rows, self.calibration_folds, self.seed, as_it_is, lambda train: _held_out(Z, rows, train, self.C)
        )
        weights, intercepts = train_log_odds(Z, rows.codes, k, rows.weights, self.C)
        self.classes_ = rows.classes
        self._fold(weights, intercepts, mean, scale)
        return self


def _held_out(Z: Matrix, rows: TrainingRows, train: Indices, C: float) -> Callable[[Indices], Numbers]:
    k = len(rows.classes)
    weights, intercepts = train_log_odds(Z[train], rows.codes[train], k, rows.weights[train], C)
    return lambda held: spread(Z[held].astype(np.float64) @ weights + intercepts, k)


def train_log_odds(Z: Matrix, codes: Indices, k: int, sample_weights: Array, C: float) -> tuple[Numbers, Numbers]:
    """Weights (d, t) and intercepts (t,) of least 0.5 |w|^2 - C sum_i s_i log P(y_i); t is k, of two classes 1."""
    if k == 1:
        return np.zeros((Z.shape[1], 1)), np.zeros(1)
    wanted = targets(codes, k).astype(np.float32)
    costs = (C * sample_weights).astype(np.float32)[:, None]
    weights, intercepts = minimize_loss(Z, wanted, costs, log_loss, penalize_intercept=False, gain=GAIN)
    return weights, intercepts - intercepts.mean() if k > 2 else intercepts


def log_loss(decisions: Matrix, wanted: Array, costs: Array) -> tuple[Array, Array]:
    """-costs * log P of the wanted class, (rows, 1), and its slope by the decisions; one column is that of two."""
    if decisions.shape[1] == 1:
        decisions = np.concatenate([np.zeros_like(decisions), decisions], axis=1)
        values, slope = log_loss(decisions, np.concatenate([1 - wanted, wanted], axis=1), costs)
        return values, slope[:, 1:]
    logits = decisions - decisions.max(axis=1, keepdims=True)
    shares = np.exp(logits)
    total = shares.sum(axis=1, keepdims=True)
    values = np.log(total) - (wanted * logits).sum(axis=1, keepdims=True)
    return costs * values, costs * (shares / total - wanted)
