"""Nearest neighbors: what the most similar training pictures are."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix, Probabilities
from sightline.classical.chunks import in_chunks
from sightline.classical.classifiers.distances import HISTOGRAMS, METRICS, PRODUCTS, nearest_rows
from sightline.classical.classifiers.points import Points, points, worth_keeping
from sightline.classical.classifiers.rows import training_rows
from sightline.classical.scaling import mean_and_scale, standardized
from sightline.contracts import Classifier
from sightline.errors import ComponentError, InputError, nearest

WEIGHTS = ("distance", "uniform")


class KNearestNeighbors(Classifier):
    """Votes of the k nearest training rows, by brute force.

    Shares are smoothed as if one neighbor more had voted for all classes alike, so that none is 0. Neighbors at equal
    distance (to 7 digits) are taken in the order of training. With fewer rows than `neighbors`, all vote.
    Cost: predicting O(n d) a row, as matrix products but for "manhattan", "chi2" and "intersection", which take about
    1 ns for each of the n d values; the model holds every training row.

    T. Cover, P. Hart: Nearest neighbor pattern classification. IEEE Trans. Information Theory 13, 1967.

    Args:
        neighbors: how many vote.
        metric: "euclidean", "cosine", "manhattan"; or for histograms (values of 0 or more, not standardized) "chi2",
            "hellinger", "intersection". A descriptor's own is its `metric`.
        weights: "distance" (a vote counts 1 / distance; rows at distance 0 overrule all others) or "uniform".
        standardize: bring every column to mean 0 and standard deviation 1 first.

    >>> import numpy as np
    >>> KNearestNeighbors(neighbors=1).fit(np.array([[0.0], [1.0]]), [0, 1]).predict_proba(np.array([[0.9]]))
    array([[0.25, 0.75]], dtype=float32)
    """

    learned = ("classes_", "mean_", "deviation_", "rows_", "codes_", "votes_")
    _kept: Points | None = None

    def __init__(
        self, neighbors: int = 5, metric: str = "euclidean", weights: str = "distance", standardize: bool = True
    ) -> None:
        self.neighbors = neighbors
        self.metric = metric
        self.weights = weights
        self.standardize = standardize

    def fit(self, X: Matrix, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Keep (n, d) float32 and n labels; a row's votes are multiplied by its weight.

        Raises:
            InputError: NaN or infinity, lengths that differ, or negative values with a metric for histograms.
            ComponentError: a parameter out of range.
        """
        self._check_parameters()
        rows = training_rows(X, y, sample_weight)
        self.mean_, self.deviation_ = mean_and_scale(rows.X, self.standardize)
        self.rows_ = standardized(rows.X, self.mean_, self.deviation_)
        _check_range(self.rows_, self.metric)
        self.classes_, self.codes_ = rows.classes, rows.codes.astype(np.int32)
        self.votes_ = (rows.weights / rows.weights.max()).astype(np.float32)  # only ratios count
        return self

    def _check_parameters(self) -> None:
        if self.neighbors < 1:
            raise ComponentError(f"KNearestNeighbors was given neighbors={self.neighbors}; allowed: 1 or more")
        if self.metric not in METRICS:
            raise ComponentError(f'KNearestNeighbors has no metric "{self.metric}"; {nearest(self.metric, METRICS)}')
        if self.weights not in WEIGHTS:
            raise ComponentError(f'KNearestNeighbors has no weights "{self.weights}"; {nearest(self.weights, WEIGHTS)}')
        if self.metric in HISTOGRAMS and self.standardize:
            raise ComponentError(f'metric="{self.metric}" compares values of 0 or more; add standardize=False')

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        return in_chunks(X, len(self.mean_), len(self.classes_), self._shares, "KNearestNeighbors")

    def _shares(self, X: Matrix) -> Array:
        rows = standardized(X, self.mean_, self.deviation_)
        _check_range(rows, self.metric)
        near, distance = nearest_rows(rows, self.rows_, self.neighbors, self.metric, self._points())
        votes = self.votes_[near].astype(np.float64)
        if self.weights == "distance":
            votes *= _inverse(distance)
        total = votes.sum(axis=1, keepdims=True)
        votes /= np.where(total > 0, total, 1.0)
        k = len(self.classes_)
        shares = np.zeros((len(rows), k))
        np.add.at(shares, (np.arange(len(rows))[:, None], self.codes_[near]), votes * near.shape[1])
        shares += 1.0 / k
        smoothed: Array = shares / shares.sum(axis=1, keepdims=True)
        return smoothed

    def _points(self) -> Points | None:
        """The training rows in float64, kept from answer to answer, where they are few and needed so."""
        if self.metric not in PRODUCTS or not worth_keeping(self.rows_):
            return None
        self._kept = points(self.rows_, self._kept)
        return self._kept


def _inverse(distance: Array) -> Array:
    """1 / distance; where a row has neighbors at distance 0, 1 for those and 0 for the others."""
    exact = distance == 0
    weights = 1.0 / np.where(exact, 1.0, distance)
    return np.where(exact.any(axis=1, keepdims=True), exact.astype(np.float64), weights)


def _check_range(rows: Matrix, metric: str) -> None:
    if metric in HISTOGRAMS and (rows < 0).any():
        raise InputError(f'metric="{metric}" was given negative values; allowed: histograms, with values of 0 or more')
