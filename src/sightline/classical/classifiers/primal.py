"""Training linear classifiers in the primal: L-BFGS on float32 rows, all classes at once, two products a round."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.classifiers.linear import LinearClassifier, spread
from sightline.classical.classifiers.margins import Numbers, calibrate
from sightline.classical.classifiers.rows import training_rows
from sightline.classical.fitting import fitting
from sightline.classical.scaling import LEAST_SCALE, check_unscaled, mean_and_scale, standardized
from sightline.errors import ComponentError
from sightline.parallel import nothing

Loss = Callable[[Matrix, Array, Array], tuple[Array, Array]]
"""Decisions, wanted and costs of some rows, (rows, t) each -> their losses, of any shape, and the slopes (rows, t)."""
ROUNDS = 300
GAIN = 1e-6
"""Relative gain of a round below which training stops: decisions are then within 0.01 of the optimum's."""
BLOCK = 256
"""Rows multiplied at once: with 2,000 columns 2 MB, what a core's cache holds."""


class PrimalClassifier(LinearClassifier):
    """A linear classifier that weighs a loss by C against an L2 penalty, on rows that may be standardized first."""

    C: float
    standardize: bool
    calibration_folds: int
    class_weight: str | None
    seed: int

    @abc.abstractmethod
    def _trained(self, Z: Matrix, codes: Indices, k: int, weights: Array) -> tuple[Numbers, Numbers]:
        """Weights (d, t) and intercepts (t,) of standardized rows; t is k, of two classes 1."""

    @abc.abstractmethod
    def _plain_scale(self, k: int) -> float:
        """What margins are multiplied with before softmax where nothing is held out to tell."""

    @fitting()
    def fit(self, X: Matrix, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from (n, d) float32 and n labels.

        Raises:
            InputError: NaN or infinity, or lengths that differ.
            ComponentError: a parameter out of range.
        """
        if not 0 < self.C < np.inf:
            raise ComponentError(f"{type(self).__name__} was given C={self.C}; allowed: above 0, finite")
        rows = training_rows(X, y, sample_weight, self.class_weight)
        check_unscaled(rows.X, self.standardize)
        mean, scale = mean_and_scale(rows.X, self.standardize, LEAST_SCALE)
        Z, k = standardized(rows.X, mean, scale), len(rows.classes)

        def held_out(train: Indices) -> Callable[[Indices], Numbers]:
            weights, intercepts = self._trained(Z[train], rows.codes[train], k, rows.weights[train])
            return lambda held: spread(Z[held].astype(np.float64) @ weights + intercepts, k)

        self.scale_, self.bias_ = calibrate(rows, self.calibration_folds, self.seed, self._plain_scale(k), held_out)
        weights, intercepts = self._trained(Z, rows.codes, k, rows.weights)
        self.classes_ = rows.classes
        self._fold(weights, intercepts, mean, scale)
        return self


def minimize_loss(
    Z: Matrix,
    wanted: Array,
    costs: Matrix,
    loss: Loss,
    penalize_intercept: bool,
    gain: float = GAIN,
    check: Callable[[], None] = nothing,
) -> tuple[Numbers, Numbers]:
    """Weights (d, t) and intercepts (t,) of least 0.5 |w|^2 + sum over rows and columns of `loss`.

    Z is (n, d) float32, wanted (n, t) what the loss compares with, costs (n, 1) the weights of the rows. `check` is
    called before each round; it raises to stop.
    """
    from scipy.optimize import minimize

    d, t = Z.shape[1], wanted.shape[1]
    pull = np.ones((d + 1, 1))
    pull[-1] = float(penalize_intercept)

    def objective(flat: Numbers) -> tuple[float, Numbers]:
        check()
        table = flat.reshape(d + 1, t)
        error, slope = _errors(Z, wanted, costs, loss, table.astype(np.float32))
        return float(0.5 * (pull * table * table).sum() + error), (pull * table + slope).ravel()

    options = {"maxiter": ROUNDS, "maxfun": 2 * ROUNDS, "ftol": gain, "gtol": 1e-4, "maxcor": 20}
    start = np.zeros((d + 1) * t)
    best = minimize(objective, start, jac=True, method="L-BFGS-B", options=options).x.reshape(d + 1, t)
    return best[:-1], best[-1]


def _errors(Z: Matrix, wanted: Array, costs: Matrix, loss: Loss, table: Matrix) -> tuple[float, Numbers]:
    """The summed loss and its slope (d + 1, t), in one pass over Z: a block is used twice while cached."""
    error, slope = 0.0, np.zeros(table.shape)
    for start in range(0, len(Z), BLOCK):
        block, goal, cost = (array[start : start + BLOCK] for array in (Z, wanted, costs))
        values, pull = loss(block @ table[:-1] + table[-1], goal, cost)
        error += float(values.sum(dtype=np.float64))
        slope[:-1] += (np.ascontiguousarray(pull.T) @ block).T
        slope[-1] += pull.sum(axis=0, dtype=np.float64)
    return error, slope
