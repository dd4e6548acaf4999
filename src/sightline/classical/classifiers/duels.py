"""One against one: the duels of every pair of classes of an RBF support vector machine, trained side by side.

Each of the k (k - 1) / 2 pairs is a problem of its own; they run on all cores.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from sightline.arrays import Indices, Matrix
from sightline.classical.classifiers.dual import SMALL, TOLERANCE, KernelRows, solve_dual
from sightline.classical.classifiers.margins import Numbers
from sightline.classical.classifiers.points import Points
from sightline.classical.classifiers.rows import Weights
from sightline.classical.fitting import fitting
from sightline.parallel import ordered_map
from sightline.resources import available_cores

AT_ONCE = 4
"""Pairs trained at the same time, at most: each holds a part of its kernel."""
VECTORS = 1024
"""Support vectors that rows are compared with at once: 10,000 rows take 2.4 s of one core for 15,000 vectors of 256."""
MANY, LARGER = 50, 8_000
"""With more than so many classes, one call for all pairs is faster than one for each, up to so many rows (500 MB)."""
TABLE_VALUES = 4_000_000
"""Decisions held at once: with very many classes, fewer rows are answered at the same time."""


class Duels(NamedTuple):
    """All pairs of k classes a < b; a positive decision is for a.

    Attributes:
        vectors: (s, d) float32, the support vectors of any pair, sorted by class.
        counts: (k,) int64, how many of them each class has.
        duals: (s, k - 1) float64, the weight of each in the duels of its class with the others, in their order.
        intercepts: (k, k) float64, above the diagonal.
    """

    vectors: Matrix
    counts: Indices
    duals: Numbers
    intercepts: Numbers


class _Duel(NamedTuple):
    """One pair: weights of the rows of the first class and of the second, the intercept."""

    first: Numbers
    second: Numbers
    intercept: float


def train_duels(Z: Matrix, codes: Indices, k: int, weights: Weights, C: float, gamma: float) -> Duels:
    """Train every pair of k classes on rows Z (n, d); a class whose rows all weigh 0 loses every duel."""
    members = [np.flatnonzero((codes == code) & (weights > 0)) for code in range(k)]
    if all(map(len, members)) and k > 1 and len(Z) <= (SMALL if k <= MANY else LARGER):
        with fitting():
            return _all_at_once(Z, members, C * weights, gamma)
    pairs = list(itertools.combinations(range(k), 2))

    def train(pair: tuple[int, int]) -> _Duel:
        first, second = members[pair[0]], members[pair[1]]
        if not len(first) or not len(second):
            there = float(len(first) > 0) - float(len(second) > 0)
            return _Duel(np.zeros(len(first)), np.zeros(len(second)), there)
        rows = np.concatenate([first, second])
        duals, intercept = solve_dual(Z[rows], np.arange(len(rows)) < len(first), C * weights[rows], gamma)
        return _Duel(duals[: len(first)], duals[len(first) :], intercept)

    workers = min(available_cores(), AT_ONCE)
    duals = [np.zeros((len(rows), max(k - 1, 0))) for rows in members]
    intercepts = np.zeros((k, k))
    for (a, b), duel in zip(pairs, ordered_map(train, pairs, workers), strict=True):
        duals[a][:, b - 1], duals[b][:, a], intercepts[a, b] = duel
    used = [np.flatnonzero(own.any(axis=1)) for own in duals]
    vectors = np.concatenate([Z[rows[some]] for rows, some in zip(members, used, strict=True)])
    counts = np.array([len(some) for some in used], np.int64)
    weighed = np.concatenate([own[some] for own, some in zip(duals, used, strict=True)])
    if not len(vectors):  # one class alone: a table of vectors is never empty
        return Duels(np.ascontiguousarray(Z[:1]), np.eye(1, k, dtype=np.int64)[0], np.zeros((1, k - 1)), intercepts)
    return Duels(np.ascontiguousarray(vectors), counts, weighed, intercepts)


def _all_at_once(Z: Matrix, members: list[Indices], bounds: Weights, gamma: float) -> Duels:
    """All pairs by one call of libsvm, which is given the whole kernel: its form of the duals is ours."""
    from sklearn.svm import SVC

    k, rows = len(members), np.concatenate(members)
    classes = np.repeat(np.arange(k), [len(own) for own in members])
    svc = SVC(C=1.0, kernel="precomputed", tol=TOLERANCE)
    svc.fit(KernelRows(Z[rows], gamma).all(), classes, sample_weight=bounds[rows])
    sign = -1.0 if k == 2 else 1.0  # of two classes, scikit-learn turns the signs around
    intercepts = np.zeros((k, k))
    intercepts[np.triu_indices(k, 1)] = sign * svc.intercept_
    duals = np.ascontiguousarray(sign * svc.dual_coef_.T, np.float64)
    vectors, counts = Z[rows[svc.support_]], svc.n_support_.astype(np.int64)
    return Duels(np.ascontiguousarray(vectors), counts, duals, intercepts)


def decide(Z: Matrix, support: Points, duels: Duels, gamma: float) -> Numbers:
    """(n, d) rows to (n, k, k) decision values: [:, a, b] is positive where class a wins against b; antisymmetric."""
    k = len(duels.counts)
    rows = Z.astype(np.float64)
    halves = gamma * np.einsum("ij,ij->i", rows, rows)[:, None]
    rows *= 2 * gamma
    decisions = np.zeros((len(rows), k, k))
    ends = np.cumsum(duels.counts)
    for own, (start, end) in enumerate(zip(ends - duels.counts, ends, strict=True)):
        others = np.flatnonzero(np.arange(k) != own)
        # A block of support vectors at a time: it stays in the core's cache.
        for at in range(start, end, VECTORS):
            here = slice(at, min(at + VECTORS, end))
            exponents = rows @ support.values[here].T
            exponents -= halves
            exponents -= gamma * support.squares[here]
            np.exp(np.minimum(exponents, 0, out=exponents), out=exponents)
            decisions[:, own, others] += exponents @ duels.duals[here]
    above = np.triu(decisions + np.swapaxes(decisions, 1, 2) + duels.intercepts, 1)
    found: Numbers = above - np.swapaxes(above, 1, 2)
    return found


def rows_at_once(k: int) -> int:
    """How many rows' decisions fit into `TABLE_VALUES`."""
    return max(1, TABLE_VALUES // k**2)
