"""Nearest neighbors: what the most similar training pictures are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix, Probabilities
from sightline.classical.classifiers.points import Points, points, worth_keeping
from sightline.classical.classifiers.rows import in_chunks, mean_and_scale, standardized, training_rows
from sightline.contracts import Classifier
from sightline.errors import ComponentError, InputError, nearest

METRICS = ("euclidean", "manhattan", "cosine", "chi2")
WEIGHTS = ("distance", "uniform")
BLOCK = 2048
"""Training rows compared at once, which bounds the memory of the metrics that are no matrix product."""


class KNearestNeighbors(Classifier):
    """Votes of the k nearest training rows, by brute force.

    Shares are smoothed as if one neighbor more had voted for all classes alike, so that none is 0. Neighbors at equal
    distance (to 7 digits) are taken in the order of training. With fewer rows than `neighbors`, all vote.
    Cost: predicting O(n d) a row; the model holds every training row.

    T. Cover, P. Hart: Nearest neighbor pattern classification. IEEE Trans. Information Theory 13, 1967.

    Args:
        neighbors: how many vote.
        metric: "euclidean", "manhattan", "cosine", or "chi2" for histograms (values of 0 or more, not standardized).
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
            InputError: NaN or infinity, lengths that differ, or negative values with "chi2".
            ComponentError: a parameter out of range.
        """
        self._check_parameters()
        rows = training_rows(X, y, sample_weight)
        self.mean_, self.deviation_ = mean_and_scale(rows.X, self.standardize)
        self.rows_ = standardized(rows.X, self.mean_, self.deviation_)
        _check_range(self.rows_, self.metric)
        self.classes_, self.codes_ = rows.classes, rows.codes.astype(np.int32)
        self.votes_ = rows.weights.astype(np.float32)
        return self

    def _check_parameters(self) -> None:
        if self.neighbors < 1:
            raise ComponentError(f"KNearestNeighbors was given neighbors={self.neighbors}; allowed: 1 or more")
        if self.metric not in METRICS:
            raise ComponentError(f'KNearestNeighbors has no metric "{self.metric}"; {nearest(self.metric, METRICS)}')
        if self.weights not in WEIGHTS:
            raise ComponentError(f'KNearestNeighbors has no weights "{self.weights}"; {nearest(self.weights, WEIGHTS)}')
        if self.metric == "chi2" and self.standardize:
            raise ComponentError('metric="chi2" compares values of 0 or more; add standardize=False')

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        return in_chunks(X, len(self.mean_), len(self.classes_), self._shares, "KNearestNeighbors")

    def _shares(self, X: Matrix) -> Array:
        rows = standardized(X, self.mean_, self.deviation_)
        _check_range(rows, self.metric)
        near, distance = find_neighbors(rows, self._blocks(), self.neighbors, self.metric)
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

    def _blocks(self) -> Iterator[Points]:
        """The training rows in blocks; one block, kept from answer to answer, where they are few."""
        if self.metric in _PRODUCTS and worth_keeping(self.rows_):
            self._kept = points(self.rows_, self._kept)
            yield self._kept
            return
        for start in range(0, len(self.rows_), BLOCK):
            yield points(self.rows_[start : start + BLOCK])


def _inverse(distance: Array) -> Array:
    """1 / distance; where a row has neighbors at distance 0, 1 for those and 0 for the others."""
    exact = distance == 0
    weights = 1.0 / np.where(exact, 1.0, distance)
    return np.where(exact.any(axis=1, keepdims=True), exact.astype(np.float64), weights)


def _check_range(rows: Matrix, metric: str) -> None:
    if metric == "chi2" and (rows < 0).any():
        raise InputError('metric="chi2" was given negative values; allowed: histograms, with values of 0 or more')


def find_neighbors(rows: Matrix, training: Iterable[Points], count: int, metric: str) -> tuple[Indices, Array]:
    """The `count` nearest training rows of each row, nearest first: (n, count) int64 and their distances, float64.

    A distance rounded to float32 and the row's number make one integer key: no two are equal, so that the choice does
    not depend on how a selection algorithm treats ties.
    """
    near = np.ascontiguousarray(_distances(rows.astype(np.float64), training, metric), np.float32)
    count = min(count, near.shape[1])
    keys = near.view(np.uint32).astype(np.int64) << 32 | np.arange(near.shape[1])
    keys = np.sort(np.partition(keys, count - 1, axis=1)[:, :count], axis=1)
    distances = (keys >> 32).astype(np.uint32).view(np.float32).astype(np.float64)
    return keys & 0xFFFFFFFF, distances


def _distances(rows: Array, training: Iterable[Points], metric: str) -> Array:
    """(n, d) and (t, d) to (n, t), 0 or more."""
    parts = [
        _PRODUCTS[metric](rows, block)
        if metric in _PRODUCTS
        else np.stack([_SUMS[metric](row, block.source) for row in rows])
        for block in training
    ]
    return np.concatenate(parts, axis=1)


def _euclidean(a: Array, b: Points) -> Array:
    left, right = np.einsum("ij,ij->i", a, a)[:, None], b.squares
    squares = left + right - 2 * (a @ b.values.T)
    squares[squares < 1e-12 * (left + right)] = 0  # equal rows, but for what cancellation leaves
    roots: Array = np.sqrt(squares)
    return roots


def _cosine(a: Array, b: Points) -> Array:
    left, right = np.linalg.norm(a, axis=1)[:, None], np.sqrt(b.squares)
    lengths = left * right
    distances = 1 - np.divide(a @ b.values.T, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    distances[distances < 1e-12] = 0
    result: Array = distances
    return result


def _manhattan(row: Array, training: Matrix) -> Array:
    sums: Array = np.abs(row - training).sum(axis=1)
    return sums


def _chi2(row: Array, training: Matrix) -> Array:
    difference, total = row - training, row + training
    terms = np.divide(difference * difference, total, out=np.zeros_like(total), where=total > 0)
    sums: Array = terms.sum(axis=1)
    return sums


_PRODUCTS = {"euclidean": _euclidean, "cosine": _cosine}
_SUMS = {"manhattan": _manhattan, "chi2": _chi2}
