"""Logistic regression: the linear classifier whose margins are log-odds by construction."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.classifiers.linear import targets
from sightline.classical.classifiers.margins import Numbers
from sightline.classical.classifiers.primal import PrimalClassifier, minimize_loss
from sightline.parallel import nothing

GAIN = 1e-8
"""Relative gain of a round below which training stops: probabilities are then within 0.002 of the optimum's."""


class LogisticRegression(PrimalClassifier):
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

    limits: ClassVar = {"C": (1e-9, 1e9), "calibration_folds": (0, 20)}

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

    def _trained(self, Z: Matrix, codes: Indices, k: int, weights: Array) -> tuple[Numbers, Numbers]:
        return train_log_odds(Z, codes, k, weights, self.C)

    def _plain_scale(self, k: int) -> float:
        return 0.5 if k == 2 else 1.0  # of two, -f and +f differ by twice the log-odds


def train_log_odds(
    Z: Matrix, codes: Indices, k: int, sample_weights: Array, C: float, check: Callable[[], None] = nothing
) -> tuple[Numbers, Numbers]:
    """Weights (d, t) and intercepts (t,) of least 0.5 |w|^2 - C sum_i s_i log P(y_i); t is k, of two classes 1.

    `check` is called before each round; it raises to stop.
    """
    if k == 1:
        return np.zeros((Z.shape[1], 1)), np.zeros(1)
    wanted = targets(codes, k).astype(np.float32)
    costs = (C * sample_weights).astype(np.float32)[:, None]
    weights, intercepts = minimize_loss(Z, wanted, costs, log_loss, penalize_intercept=False, gain=GAIN, check=check)
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
