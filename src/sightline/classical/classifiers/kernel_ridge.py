"""Kernel ridge classifier: least squares with the RBF kernel, on a bounded number of centers."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, Matrix, Probabilities, generator
from sightline.classical.chunks import in_chunks
from sightline.classical.classifiers.least_squares import LeastSquares
from sightline.classical.classifiers.left_out import calibrated, rows_to_leave_out
from sightline.classical.classifiers.linear import spread, targets
from sightline.classical.classifiers.margins import Numbers, probabilities
from sightline.classical.classifiers.points import Points, points, worth_keeping
from sightline.classical.classifiers.rows import TrainingRows, training_rows
from sightline.classical.fitting import fitting
from sightline.classical.scaling import mean_and_scale, standardized
from sightline.contracts import Classifier
from sightline.errors import ComponentError
from sightline.parallel import ordered_map

MOST_BYTES = 4_000_000_000
"""Similarities of all rows to all centers, held while the answer is solved."""
JITTER = 1e-5
"""Added to the diagonal of the kernel of the centers, which is 1: far below any `alpha` of use."""
GAMMAS = (0.25, 0.5, 1.0, 2.0)
ENOUGH_TO_CHOOSE, CENTERS_TO_CHOOSE = 5_000, 2_000
"""Below, the choice would be noise; and a quarter of the centers tells the gammas apart at a tenth of the cost."""
BLOCK = 1024
"""Rows whose similarities to all centers are held at once, by each thread."""


class KernelRidge(Classifier):
    """One-against-rest least squares on -1 and +1 with the RBF kernel exp(-gamma |a - b|^2 / v).

    v is the total variance of the rows, so that gamma and alpha mean the same for every set and need little tuning.
    The solution lies in the span of `centers` rows drawn evenly from the classes; with no more rows than that it is
    exact. All classes share one factorization: with many classes, or many rows, far cheaper than a support vector
    machine and as good. Answers that every row would get from all others follow in closed form and calibrate the
    probabilities without another fit.
    Cost: training O(n c (d + c)) for c centers, memory 4 n c + 20 c^2 bytes; predicting O(c d) a row.

    R. Rifkin, G. Yeo, T. Poggio: Regularized least-squares classification. 2003.
    C. Williams, M. Seeger: Using the Nyström method to speed up kernel machines. NIPS 2000.

    Args:
        gamma: how fast similarity falls with distance, above 0; None takes 0.25, or of `ENOUGH_TO_CHOOSE` rows and more
            the one of `GAMMAS` of least error on left-out rows: the more rows, the finer may be what is learned.
        alpha: weight of the penalty, above 0.
        centers: rows that answers are made of at most; fewer where n rows times centers would exceed `MOST_BYTES`.
        standardize: bring every column to mean 0 and standard deviation 1 first.
        class_weight: "balanced" gives every class the same total weight.
        seed: of the centers and of the rows that calibrate.

    >>> import numpy as np
    >>> X = np.array([[0.0], [0.1], [0.5], [0.9], [1.0]])
    >>> KernelRidge(gamma=2.0).fit(X, [0, 0, 1, 0, 0]).predict(np.array([[0.05], [0.5]])).tolist()
    [0, 1]
    """

    learned = ("classes_", "mean_", "deviation_", "gamma_", "centers_", "duals_", "intercepts_", "scale_", "bias_")
    limits: ClassVar = {"gamma": (1e-9, 1e9), "alpha": (1e-9, 1e9), "centers": (1, 50_000)}
    _kept: Points | None = None

    def __init__(
        self,
        gamma: float | None = None,
        alpha: float = 0.03,
        centers: int = 4000,
        standardize: bool = False,
        class_weight: str | None = None,
        seed: int = 0,
    ) -> None:
        self.gamma = gamma
        self.alpha = alpha
        self.centers = centers
        self.standardize = standardize
        self.class_weight = class_weight
        self.seed = seed

    @fitting()
    def fit(self, X: Matrix, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from (n, d) float32 and n labels.

        Raises:
            InputError: NaN or infinity, or lengths that differ.
            ComponentError: a parameter out of range.
        """
        weighed = [self.alpha] if self.gamma is None else [self.alpha, self.gamma]
        if not all(0 < one < np.inf for one in weighed) or self.centers < 1:
            raise ComponentError(
                f"KernelRidge was given gamma={self.gamma}, alpha={self.alpha}, centers={self.centers}; "
                "allowed: above 0 and finite, centers 1 or more"
            )
        rows = training_rows(X, y, sample_weight, self.class_weight)
        self.mean_, self.deviation_ = mean_and_scale(rows.X, self.standardize)
        self.classes_ = rows.classes
        rows = dataclasses.replace(rows, X=standardized(rows.X, self.mean_, self.deviation_))
        gamma = self._chosen_gamma(rows) if self.gamma is None else self.gamma
        self._solve(rows, gamma, min(self.centers, MOST_BYTES // (4 * len(rows.X)) + 1))
        return self

    def _chosen_gamma(self, rows: TrainingRows) -> float:
        """Upwards from the smallest, while the error of left-out rows falls; few rows are given the smallest."""
        best, least = GAMMAS[0], np.inf
        for gamma in GAMMAS if len(rows.X) >= ENOUGH_TO_CHOOSE else ():
            error = self._solve(rows, gamma, min(self.centers, CENTERS_TO_CHOOSE))
            if error >= least:
                break
            best, least = gamma, error
        return best

    def _solve(self, rows: TrainingRows, gamma: float, centers: int) -> float:
        """Learn with so many centers; the mean squared error of answers to rows by all others."""
        from scipy.linalg import solve_triangular

        k, Z = len(rows.classes), rows.X
        self.gamma_ = np.array([gamma / (float(Z.var(axis=0, dtype=np.float64).sum()) or 1.0)])
        self.centers_ = Z[_evenly(rows, centers, self.seed)]
        goals, left_out = np.where(targets(rows.codes, k), 1.0, -1.0), rows_to_leave_out(rows, self.seed)
        factor = self._factor()
        problem = LeastSquares(
            self._coordinates(Z, factor), np.ones(len(factor), np.float32), goals, rows.weights, left_out
        )
        solution = problem.solve(self.alpha)
        if solution is None:
            least = problem.least_alpha(self.alpha)
            raise ComponentError(
                f"KernelRidge was given alpha={self.alpha:g}, too small for these rows; allowed: {least:g} and more"
            )
        self.duals_ = solve_triangular(factor, solution.weights, lower=True, trans="T", check_finite=False)
        self.intercepts_ = problem.middle - problem.mean.astype(np.float64) @ solution.weights
        self.scale_, self.bias_ = calibrated(solution.answers, rows, left_out)
        return float(rows.weights[left_out] @ np.square(solution.answers - goals[left_out]).mean(axis=1))

    def _coordinates(self, Z: Matrix, factor: Numbers) -> Matrix:
        """(n, d) rows to (n, c) float32, in which the penalty of the kernel is the squared length of the weights."""
        from scipy.linalg import solve_triangular

        vectors, narrow = points(self.centers_), factor.astype(np.float32)
        found = np.empty((len(Z), len(factor)), np.float32)

        def fill(start: int) -> None:
            block = self._similarities(Z[start : start + BLOCK], vectors).astype(np.float32)
            found[start : start + BLOCK] = solve_triangular(narrow, block.T, lower=True, check_finite=False).T

        list(ordered_map(fill, range(0, len(Z), BLOCK)))
        return found

    def _factor(self) -> Numbers:
        """The lower Cholesky factor of the kernel of the centers, (c, c) float64."""
        kernel = self._similarities(self.centers_, points(self.centers_))
        np.einsum("ii->i", kernel)[:] = 1 + JITTER
        return np.asarray(np.linalg.cholesky(kernel), np.float64)

    def _similarities(self, Z: Matrix, centers: Points) -> Numbers:
        """(n, d) rows to (n, c) float64 in [0, 1]."""
        rows = Z.astype(np.float64)
        distances = np.einsum("ij,ij->i", rows, rows)[:, None] + centers.squares
        distances -= 2 * (rows @ centers.values.T)
        np.maximum(distances, 0, out=distances)
        distances *= -self.gamma_[0]
        found: Numbers = np.exp(distances, out=distances)
        return found

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        k = len(self.classes_)
        centers = points(self.centers_, self._kept)
        if worth_keeping(self.centers_):
            self._kept = centers

        def chunk(part: Matrix) -> Numbers:
            Z = standardized(part, self.mean_, self.deviation_)
            margins = self._similarities(Z, centers) @ self.duals_ + self.intercepts_
            return probabilities(spread(margins, k), self.scale_, self.bias_)

        return in_chunks(X, len(self.mean_), k, chunk, "KernelRidge")


def _evenly(rows: TrainingRows, count: int, seed: int) -> Indices:
    """At most `count` rows, sorted; a class gives its share of the total weight, or all it has."""
    n = len(rows.codes)
    if n <= count:
        return np.arange(n, dtype=np.int64)
    # Sampling by weighted random keys (Efraimidis and Spirakis 2006), so that rare classes count as their weights say.
    keys = np.log(generator(seed, "centers").random(n)) / np.maximum(rows.weights, 1e-12)
    return np.sort(np.argsort(-keys, kind="stable")[:count]).astype(np.int64)
