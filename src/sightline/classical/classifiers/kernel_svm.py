"""Support vector machine with the RBF kernel, trained by libsvm and kept as arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix, Probabilities
from sightline.classical.classifiers.margins import Numbers, calibrate, probabilities
from sightline.classical.classifiers.points import Points, points, worth_keeping
from sightline.classical.classifiers.rows import (
    TrainingRows,
    Weights,
    in_chunks,
    mean_and_scale,
    standardized,
    training_rows,
)
from sightline.contracts import Classifier
from sightline.errors import ComponentError

MARGIN_SCALE = 3.0
"""Softmax scale without calibration: the score of neighboring ranks differs by about one vote."""
CACHE_MB = 400


class KernelSVM(Classifier):
    """RBF support vector machine, one against one.

    Trained with scikit-learn's SVC, without its `probability`. The score of a class is the number of duels that it wins
    plus its summed decision values, squeezed into (-1/3, 1/3) so that they only settle ties: the argmax is that of
    `SVC(break_ties=True)`. Of two classes the score is half the decision value. Scores become probabilities as in
    `margins`.
    Cost: training O(n^2 d) to O(n^3), predicting O(support vectors * d) a row.

    C. Cortes, V. Vapnik: Support-vector networks. Machine Learning 20, 1995.

    Args:
        C: weight of the training errors, above 0.
        gamma: of exp(-gamma |a - b|^2): a number, "scale" (1 / (d * variance)) or "auto" (1 / d).
        standardize: bring every column to mean 0 and standard deviation 1 first.
        calibration_folds: 2 or more fit the probabilities on scores of held-out rows; 0 takes a fixed scale.
        class_weight: "balanced" gives every class the same total weight.
        seed: of the calibration folds.
    """

    learned = (
        "classes_", "mean_", "deviation_", "gamma_", "support_", "duals_", "intercepts_", "scale_", "bias_"
    )  # fmt: skip
    _kept: Points | None = None

    def __init__(
        self,
        C: float = 10.0,
        gamma: float | str = "scale",
        standardize: bool = True,
        calibration_folds: int = 0,
        class_weight: str | None = None,
        seed: int = 0,
    ) -> None:
        self.C = C
        self.gamma = gamma
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
            raise ComponentError(f"KernelSVM was given C={self.C}; allowed: above 0")
        rows = training_rows(X, y, sample_weight, self.class_weight)
        self.mean_, self.deviation_ = mean_and_scale(rows.X, self.standardize)
        Z = standardized(rows.X, self.mean_, self.deviation_)
        gamma = _gamma(self.gamma, Z)

        def held_out(train: Indices) -> Callable[[Indices], Numbers]:
            return _held_out(Z, rows, train, self.C, gamma)

        self.scale_, self.bias_ = calibrate(rows, self.calibration_folds, self.seed, MARGIN_SCALE, held_out)
        self.classes_, self.gamma_ = rows.classes, np.array([gamma])
        self.support_, self.duals_, self.intercepts_ = train_duels(
            Z, rows.codes, len(rows.classes), rows.weights, self.C, gamma
        )
        return self

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        k = len(self.classes_)
        vectors = points(self.support_, self._kept)
        if worth_keeping(self.support_):
            self._kept = vectors

        def chunk(part: Matrix) -> Numbers:
            Z = standardized(part, self.mean_, self.deviation_)
            decisions = duels(Z, vectors, self.duals_, self.intercepts_, float(self.gamma_[0]))
            return probabilities(class_scores(decisions, k), self.scale_, self.bias_)

        return in_chunks(X, len(self.mean_), k, chunk, "KernelSVM")


def _gamma(gamma: float | str, Z: Matrix) -> float:
    if gamma == "scale":
        variance = float(Z.var(dtype=np.float64))
        return 1.0 / (Z.shape[1] * variance) if variance > 0 else 1.0
    if gamma == "auto":
        return 1.0 / float(Z.shape[1])
    if isinstance(gamma, str) or gamma <= 0:
        raise ComponentError(f'KernelSVM was given gamma={gamma!r}; allowed: "scale", "auto" or a number above 0')
    return float(gamma)


def train_duels(
    Z: Matrix, codes: Indices, k: int, weights: Weights, C: float, gamma: float
) -> tuple[Matrix, Numbers, Numbers]:
    """Support vectors (s, d), and for each of the p = k (k - 1) / 2 pairs a < b their weights (s, p), intercepts (p,).

    A positive decision is for a. One class alone, or one whose rows all weigh 0, has nothing to be told apart from.
    """
    from sklearn.svm import SVC

    pairs = k * (k - 1) // 2
    present = np.unique(codes[weights > 0])
    if len(present) < k:
        return _without_absent(Z, codes, present, k, weights, C, gamma)
    if k == 1:
        return Z[:1], np.zeros((1, 0)), np.zeros(0)
    svc = SVC(C=C, gamma=gamma, cache_size=CACHE_MB, decision_function_shape="ovo").fit(Z, codes, sample_weight=weights)
    support = np.ascontiguousarray(Z[svc.support_])
    if k == 2:  # scikit-learn turns the signs of two classes around, so that positive is the second
        return support, -svc.dual_coef_.T.astype(np.float64), -svc.intercept_.astype(np.float64)
    return support, _spread_duals(svc, k, pairs), svc.intercept_.astype(np.float64)


def _spread_duals(svc: Any, k: int, pairs: int) -> Numbers:
    """libsvm's table (k - 1, s), where a vector of class a has one row for each other class, to (s, pairs)."""
    ends = np.cumsum(svc.n_support_)
    members = [slice(end - count, end) for end, count in zip(ends, svc.n_support_, strict=True)]
    duals = np.zeros((len(svc.support_), pairs))
    pair = 0
    for a in range(k):
        for b in range(a + 1, k):
            duals[members[a], pair] = svc.dual_coef_[b - 1, members[a]]
            duals[members[b], pair] = svc.dual_coef_[a, members[b]]
            pair += 1
    return duals


def _without_absent(
    Z: Matrix, codes: Indices, present: Indices, k: int, weights: Weights, C: float, gamma: float
) -> tuple[Matrix, Numbers, Numbers]:
    """Classes of weight 0 lose every duel."""
    rows = np.flatnonzero(weights > 0)
    small = np.searchsorted(present, codes[rows])
    support, some, offsets = train_duels(Z[rows], small, len(present), weights[rows], C, gamma)
    duals, intercepts = np.zeros((len(support), k * (k - 1) // 2)), np.zeros(k * (k - 1) // 2)
    known = 0
    for pair, (a, b) in enumerate(zip(*np.triu_indices(k, 1), strict=True)):
        if a in present and b in present:
            duals[:, pair], intercepts[pair] = some[:, known], offsets[known]
            known += 1
        else:
            intercepts[pair] = float(a in present) - float(b in present)
    return support, duals, intercepts


def duels(Z: Matrix, support: Points, duals: Array, intercepts: Array, gamma: float) -> Numbers:
    """(n, d) rows to (n, p) decision values."""
    rows = Z.astype(np.float64)
    squares = np.einsum("ij,ij->i", rows, rows)[:, None] + support.squares
    distances = squares - 2 * (rows @ support.values.T)
    kernel = np.exp(-gamma * np.maximum(distances, 0, out=distances), out=distances)
    decisions: Numbers = kernel @ duals + intercepts
    return decisions


def class_scores(decisions: Numbers, k: int) -> Numbers:
    """(n, p) decision values of the pairs to (n, k) scores: duels won, ties settled by the sum of the values."""
    if k == 2:
        return np.concatenate([decisions / 2, decisions / -2], axis=1)
    votes, sums = np.zeros((len(decisions), k)), np.zeros((len(decisions), k))
    for pair, (a, b) in enumerate(zip(*np.triu_indices(k, 1), strict=True)):
        value = decisions[:, pair]
        votes[:, a] += value >= 0
        votes[:, b] += value < 0
        sums[:, a] += value
        sums[:, b] -= value
    scores: Numbers = votes + sums / (3 * (np.abs(sums) + 1))
    return scores


def _held_out(Z: Matrix, rows: TrainingRows, train: Indices, C: float, gamma: float) -> Callable[[Indices], Numbers]:
    k = len(rows.classes)
    support, duals, intercepts = train_duels(Z[train], rows.codes[train], k, rows.weights[train], C, gamma)
    return lambda held: class_scores(duels(Z[held], points(support), duals, intercepts, gamma), k)
