"""Support vector machine with the RBF kernel, kept as arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, Matrix, Probabilities
from sightline.classical.chunks import in_chunks
from sightline.classical.classifiers.duels import Duels, decide, rows_at_once, train_duels
from sightline.classical.classifiers.margins import Numbers, calibrate, probabilities
from sightline.classical.classifiers.points import Points, points, worth_keeping
from sightline.classical.classifiers.rows import TrainingRows, training_rows
from sightline.classical.scaling import mean_and_scale, standardized
from sightline.contracts import Classifier
from sightline.errors import ComponentError

MARGIN_SCALE = 3.0
"""Softmax scale without calibration: the score of neighboring ranks differs by about one vote."""


class KernelSVM(Classifier):
    """RBF support vector machine, one against one.

    Every pair of classes is solved to the tolerance of libsvm, several pairs at the same time (`dual`).
    The score of a class is the number of duels that it wins plus its summed decision values, squeezed into (-1/3, 1/3)
    so that they only settle ties: the argmax is that of `SVC(break_ties=True)`. Of two classes the score is half the
    decision value. Scores become probabilities as in `margins`.
    Cost: training O(n^2 d) to O(n^3), predicting O(support vectors * d) a row.

    C. Cortes, V. Vapnik: Support-vector networks. Machine Learning 20, 1995.

    Args:
        C: weight of the training errors, above 0.
        gamma: of exp(-gamma |a - b|^2): a number, "scale" (1 / (d * variance)) or "auto" (1 / d).
        standardize: bring every column to mean 0 and standard deviation 1 first.
        calibration_folds: 2 or more fit the probabilities on scores of held-out rows; 0 takes a fixed scale.
        class_weight: "balanced" gives every class the same total weight.
        seed: of the calibration folds.

    >>> import numpy as np
    >>> X = np.array([[0.0], [0.1], [0.5], [0.9], [1.0]])
    >>> KernelSVM().fit(X, [0, 0, 1, 0, 0]).predict(np.array([[0.05], [0.5]])).tolist()
    [0, 1]
    """

    learned = (
        "classes_", "mean_", "deviation_", "gamma_", "support_", "counts_", "duals_", "intercepts_", "scale_", "bias_"
    )  # fmt: skip
    limits: ClassVar = {"C": (1e-9, 1e6), "gamma": (1e-9, 1e9)}
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
        if not 0 < self.C < np.inf:
            raise ComponentError(f"KernelSVM was given C={self.C}; allowed: above 0, finite")
        rows = training_rows(X, y, sample_weight, self.class_weight)
        self.mean_, self.deviation_ = mean_and_scale(rows.X, self.standardize)
        Z = standardized(rows.X, self.mean_, self.deviation_)
        gamma = _gamma(self.gamma, Z)

        def held_out(train: Indices) -> Callable[[Indices], Numbers]:
            return _held_out(Z, rows, train, self.C, gamma)

        self.scale_, self.bias_ = calibrate(rows, self.calibration_folds, self.seed, MARGIN_SCALE, held_out)
        self.classes_, self.gamma_ = rows.classes, np.array([gamma])
        self.support_, self.counts_, self.duals_, self.intercepts_ = train_duels(
            Z, rows.codes, len(rows.classes), rows.weights, self.C, gamma
        )
        return self

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        duels = Duels(self.support_, self.counts_, self.duals_, self.intercepts_)
        vectors = points(self.support_, self._kept)
        if worth_keeping(self.support_):
            self._kept = vectors

        def chunk(part: Matrix) -> Numbers:
            Z = standardized(part, self.mean_, self.deviation_)
            return probabilities(_scores(Z, vectors, duels, float(self.gamma_[0])), self.scale_, self.bias_)

        return in_chunks(X, len(self.mean_), len(self.classes_), chunk, "KernelSVM")


def _gamma(gamma: float | str, Z: Matrix) -> float:
    if gamma == "scale":
        variance = float(Z.var(dtype=np.float64))
        return 1.0 / (Z.shape[1] * variance) if variance > 0 else 1.0
    if gamma == "auto":
        return 1.0 / float(Z.shape[1])
    if isinstance(gamma, str) or not 0 < gamma < np.inf:
        raise ComponentError(f'KernelSVM was given gamma={gamma!r}; allowed: "scale", "auto" or a number above 0')
    return float(gamma)


def class_scores(decisions: Numbers) -> Numbers:
    """(n, k, k) decision values to (n, k) scores: duels won, ties settled by the sum of the values."""
    k = decisions.shape[1]
    if k == 2:
        return decisions[:, [0, 1], [1, 0]] / 2
    # A value of 0 is for the first of the two.
    won = np.triu(decisions >= 0, 1) | np.tril(decisions > 0, -1)
    sums = decisions.sum(axis=2)
    scores: Numbers = won.sum(axis=2) + sums / (3 * (np.abs(sums) + 1))
    return scores


def _scores(Z: Matrix, support: Points, duels: Duels, gamma: float) -> Numbers:
    step = rows_at_once(len(duels.counts))
    parts = [class_scores(decide(Z[at : at + step], support, duels, gamma)) for at in range(0, len(Z), step)]
    return np.concatenate(parts) if parts else np.zeros((0, len(duels.counts)))


def _held_out(Z: Matrix, rows: TrainingRows, train: Indices, C: float, gamma: float) -> Callable[[Indices], Numbers]:
    duels = train_duels(Z[train], rows.codes[train], len(rows.classes), rows.weights[train], C, gamma)
    vectors = points(duels.vectors)
    return lambda held: _scores(Z[held], vectors, duels, gamma)
