"""Linear support vector machine: one weight vector for each class, trained in the primal."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.classifiers.linear import targets
from sightline.classical.classifiers.margins import Numbers
from sightline.classical.classifiers.primal import PrimalClassifier, minimize_loss

MARGIN_SCALE = 3.0
"""Softmax scale without calibration; the log loss of held-out digits is flat around it."""


class LinearSVM(PrimalClassifier):
    """One-against-rest linear SVM, squared hinge loss, L2 penalty; C means what it means in scikit-learn's LinearSVC.

    All classes are trained at once in the primal by L-BFGS on float32 rows: two matrix products a round, and no copy of
    X but the standardized one. Standardization is folded into the coefficients. Margins become probabilities as in
    `margins`. Cost: training O(n d k) a round, predicting O(d k) a row.

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

    limits: ClassVar = {"C": (1e-9, 1e9)}

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

    def _trained(self, Z: Matrix, codes: Indices, k: int, weights: Array) -> tuple[Numbers, Numbers]:
        return train_one_against_rest(Z, codes, k, weights, self.C)

    def _plain_scale(self, k: int) -> float:
        return MARGIN_SCALE


def train_one_against_rest(
    Z: Matrix, codes: Indices, k: int, sample_weights: Array, C: float
) -> tuple[Numbers, Numbers]:
    """Weights (d, t) and intercepts (t,) of least 0.5 (|w|^2 + b^2) + C sum_i s_i max(0, 1 - y_i f(z_i))^2, for each t.

    One class t is trained against the rest for each class; the second alone of two, and none of one.
    The intercept is penalized as liblinear does it.
    """
    if k == 1:
        return np.zeros((Z.shape[1], 1)), np.zeros(1)
    signs = np.where(targets(codes, k), np.float32(1), np.float32(-1))
    costs = (C * sample_weights).astype(np.float32)[:, None]
    return minimize_loss(Z, signs, costs, squared_hinge, penalize_intercept=True)


def squared_hinge(decisions: Matrix, signs: Array, costs: Array) -> tuple[Array, Array]:
    """costs * max(0, 1 - signs * decisions)^2 and its slope by the decisions."""
    short = np.maximum(1 - signs * decisions, 0)
    pull = costs * short
    return pull * short, -2 * signs * pull
