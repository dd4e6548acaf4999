"""One against one: the duels of every pair of classes of an RBF support vector machine, trained side by side.

Each of the k (k - 1) / 2 pairs is a problem of its own; they run on all cores.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.classifiers.dual import solve_dual
from sightline.classical.classifiers.margins import Numbers
from sightline.classical.classifiers.points import Points
from sightline.classical.classifiers.rows import Weights
from sightline.parallel import available_cores, ordered_map

AT_ONCE = 4
"""Pairs trained at the same time, at most: each holds a part of its kernel."""
VECTORS = 1024
"""Support vectors that rows are compared with at once: 10,000 rows take 2.4 s of one core for 15,000 vectors of 256."""


class Duels(NamedTuple):
    """All p = k (k - 1) / 2 pairs of classes a < b; a positive decision is for a.

    Attributes:
        vectors: (s, d) float32, the support vectors of any pair.
        duals: (s, p) float64, their weights in each pair.
        intercepts: (p,) float64.
    """

    vectors: Matrix
    duals: Numbers
    intercepts: Numbers


class _Duel(NamedTuple):
    """One pair: rows of the training matrix (s,), their weights (s,), the intercept."""

    rows: Indices
    duals: Numbers
    intercept: float


def train_duels(Z: Matrix, codes: Indices, k: int, weights: Weights, C: float, gamma: float) -> Duels:
    """Train every pair of k classes on rows Z (n, d); a class whose rows all weigh 0 loses every duel."""
    pairs = list(itertools.combinations(range(k), 2))
    members = [np.flatnonzero((codes == code) & (weights > 0)) for code in range(k)]

    def train(pair: tuple[int, int]) -> _Duel:
        first, second = members[pair[0]], members[pair[1]]
        if not len(first) or not len(second):
            return _Duel(first[:0], np.zeros(0), float(len(first) > 0) - float(len(second) > 0))
        return _train_pair(Z, first, second, C * weights, gamma)

    found = list(ordered_map(train, pairs, min(available_cores(), AT_ONCE)))
    return _assemble(Z, found)


def _assemble(Z: Matrix, found: list[_Duel]) -> Duels:
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *(duel.rows for duel in found)]))
    if not len(used):
        used = np.zeros(1, np.int64)  # one class alone: a table of vectors is never empty
    duals = np.zeros((len(used), len(found)))
    for pair, duel in enumerate(found):
        duals[np.searchsorted(used, duel.rows), pair] = duel.duals
    intercepts = np.array([duel.intercept for duel in found], np.float64)
    return Duels(np.ascontiguousarray(Z[used]), duals, intercepts)


def _train_pair(Z: Matrix, first: Indices, second: Indices, bounds: Weights, gamma: float) -> _Duel:
    rows = np.concatenate([first, second])
    duals, intercept = solve_dual(Z[rows], np.arange(len(rows)) < len(first), bounds[rows], gamma)
    used = np.flatnonzero(duals)
    order = np.argsort(rows[used])
    return _Duel(rows[used[order]], duals[used[order]], intercept)


def decide(Z: Matrix, support: Points, duals: Array, intercepts: Array, gamma: float) -> Numbers:
    """(n, d) rows to (n, p) decision values, a block of support vectors at a time: it stays in the core's cache."""
    rows = Z.astype(np.float64)
    halves = gamma * np.einsum("ij,ij->i", rows, rows)[:, None]
    rows *= 2 * gamma
    decisions: Numbers = np.tile(np.asarray(intercepts, np.float64), (len(rows), 1))
    for start in range(0, len(duals), VECTORS):
        here = slice(start, start + VECTORS)
        exponents = rows @ support.values[here].T
        exponents -= halves
        exponents -= gamma * support.squares[here]
        decisions += np.exp(np.minimum(exponents, 0, out=exponents), out=exponents) @ duals[here]
    return decisions
