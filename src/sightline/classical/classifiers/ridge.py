"""Ridge classifier: least squares on -1 and +1, which finds its own regularization."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Matrix
from sightline.classical.classifiers.least_squares import LeastSquares, Solution
from sightline.classical.classifiers.left_out import calibrated, rows_to_leave_out
from sightline.classical.classifiers.linear import LinearClassifier, targets
from sightline.classical.classifiers.margins import Numbers
from sightline.classical.classifiers.rows import training_rows
from sightline.classical.fitting import fitting
from sightline.classical.scaling import LEAST_SCALE, check_unscaled, mean_and_scale
from sightline.errors import ComponentError

START, LEAST, MOST = -1, -6, 4
"""Where the search for alpha begins and ends: powers of 10, in units of a column's mean sum of squares."""


class Ridge(LinearClassifier):
    """One-against-rest least squares on targets of -1 and +1, L2 penalty; `alpha` means what it means in scikit-learn.

    One matrix of products is factored for each alpha that is tried; no round after round, so that it suits many columns
    (60,000 x 10,000). What the rows would be answered by a model that has not seen them follows in closed form: those
    answers, of `LEFT_OUT` rows at most, choose alpha and calibrate the probabilities without another fit.
    Cost: training O(n d min(n, d)) and O(min(n, d)^3) for each alpha, 4 to 6 of them; memory 20 min(n, d)^2 bytes;
    predicting O(d k) a row.

    A. E. Hoerl, R. W. Kennard: Ridge regression. Technometrics 12, 1970. D. M. Allen: The relationship between variable
    selection and data augmentation and a method for prediction. Technometrics 16, 1974 (leaving one out).

    Args:
        alpha: weight of the penalty, above 0; None takes that of least squared error on rows left out.
        standardize: bring every column to mean 0 and standard deviation 1 first.
        class_weight: "balanced" gives every class the same total weight.
        seed: of the rows that are left out.

    >>> import numpy as np
    >>> Ridge().fit(np.array([[0.0], [0.1], [0.9], [1.0]]), [0, 0, 1, 1]).predict(np.array([[0.3], [0.8]])).tolist()
    [0, 1]
    """

    learned = (*LinearClassifier.learned, "alpha_")
    limits: ClassVar = {"alpha": (1e-9, 1e12)}

    def __init__(
        self, alpha: float | None = None, standardize: bool = True, class_weight: str | None = None, seed: int = 0
    ) -> None:
        self.alpha = alpha
        self.standardize = standardize
        self.class_weight = class_weight
        self.seed = seed

    @fitting()
    def fit(self, X: Matrix, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from (n, d) float32 and n labels; `alpha_` is the penalty that was used.

        Raises:
            InputError: NaN or infinity, or lengths that differ.
            ComponentError: a parameter out of range, or `alpha` too small for columns that depend on each other.
        """
        if self.alpha is not None and not 0 < self.alpha < np.inf:
            raise ComponentError(f"Ridge was given alpha={self.alpha}; allowed: above 0 and finite, or None")
        rows = training_rows(X, y, sample_weight, self.class_weight)
        check_unscaled(rows.X, self.standardize)
        _, scale = mean_and_scale(rows.X, self.standardize, LEAST_SCALE)
        goals = np.where(targets(rows.codes, len(rows.classes)), 1.0, -1.0)
        left_out = rows_to_leave_out(rows, self.seed)
        problem = LeastSquares(rows.X, scale, goals, rows.weights, left_out)
        alpha, solution = self._solution(problem, goals[left_out], rows.weights[left_out, None])
        self.classes_, self.alpha_ = rows.classes, np.array([alpha])
        self._fold(solution.weights, problem.middle, problem.mean, scale)
        self.scale_, self.bias_ = calibrated(solution.answers, rows, left_out)
        return self

    def _solution(self, problem: LeastSquares, goals: Numbers, weights: Numbers) -> tuple[float, Solution]:
        def error(solution: Solution | None) -> float:
            return float((weights * (solution.answers - goals) ** 2).sum()) if solution else np.inf

        unit = problem.mean_square if problem.mean_square > LEAST_SCALE**2 else 1.0
        alpha = self.alpha or unit * lowest(lambda share: error(problem.solve(unit * share)))
        solution = problem.solve(alpha)
        if solution is None:
            least = problem.least_alpha(alpha)
            raise ComponentError(
                f"Ridge was given alpha={alpha:g}, too small for these rows; allowed: {least:g} and more, or None"
            )
        return alpha, solution


def lowest(error: Callable[[float], float]) -> float:
    """Where `error` of a power of 10 is lowest: downhill from `START`, then a parabola around the best."""
    seen = {START: error(10.0**START)}
    for step in (1, -1):
        at = START
        while LEAST < at < MOST:
            at += step
            seen[at] = error(10.0**at)
            if not seen[at] < seen[at - step]:
                break
        if seen[START + step] < seen[START]:  # it was downhill this way
            break
    best = min(seen, key=lambda at: seen[at])
    return float(10.0 ** (best + _vertex(seen, best)))


def _vertex(seen: dict[int, float], best: int) -> float:
    """How far from the lowest of three neighbors, within half a step, their parabola is lowest; 0 at an end."""
    if best - 1 not in seen or best + 1 not in seen:
        return 0.0
    left, middle, right = (seen[best + step] for step in (-1, 0, 1))
    bend = left - 2 * middle + right
    return 0.5 * (left - right) / bend if np.isfinite(bend) and bend > 0 else 0.0
