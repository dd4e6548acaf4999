"""One against one: the duels of every pair of classes of an RBF support vector machine, trained side by side.

libsvm trains the k (k - 1) / 2 pairs of classes one after another on one core. Each is a problem of its own, so that
here they run on all cores, with the same solutions to libsvm's tolerance. Where the kernel of a pair fits into memory
it is made by matrix products beforehand: on 20,000 rows of 256 values in 10 classes that overlap, the 45 pairs
together then take 25 s of one core instead of 42 s.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.classifiers.margins import Numbers
from sightline.classical.classifiers.points import Points
from sightline.classical.classifiers.rows import Weights
from sightline.classical.classifiers.trainers import support_vectors
from sightline.parallel import available_cores, ordered_map

CACHE_MB = 400
"""Kernel columns that libsvm keeps, where the whole kernel is too large."""
AT_ONCE = 4
"""Pairs trained at the same time, at most: each may hold a kernel."""
KERNEL_BYTES = 800_000_000
"""All kernels held at once: those of 4 pairs with up to 5,000 rows each, or of one with 10,000."""
BLOCK = 512
"""Rows of a kernel made at once."""
VECTORS = 1024
"""Support vectors that rows are compared with at once: 10,000 rows take 2.4 s of one core for 15,000 vectors of 256."""


class Duels(NamedTuple):
    """All p = k (k - 1) / 2 pairs of classes a < b; a positive decision is for a.

    Attributes:
        vectors: (s, d) float32, the support vectors of any pair.
        duals: (s, p) float64, their weights in each pair.
        intercepts: (p,) float64.
        trained_with: library -> version.
    """

    vectors: Matrix
    duals: Numbers
    intercepts: Numbers
    trained_with: dict[str, str]


class _Duel(NamedTuple):
    """One pair: rows of the training matrix (s,), their weights (s,), the intercept, library -> version."""

    rows: Indices
    duals: Numbers
    intercept: float
    trained_with: dict[str, str]


def train_duels(Z: Matrix, codes: Indices, k: int, weights: Weights, C: float, gamma: float) -> Duels:
    """Train every pair of k classes on rows Z (n, d); a class whose rows all weigh 0 loses every duel."""
    pairs = list(itertools.combinations(range(k), 2))
    members = [np.flatnonzero((codes == code) & (weights > 0)) for code in range(k)]
    most_rows = int((KERNEL_BYTES / 8 / max(min(len(pairs), AT_ONCE), 1)) ** 0.5)

    def train(pair: tuple[int, int]) -> _Duel:
        first, second = members[pair[0]], members[pair[1]]
        if not len(first) or not len(second):
            return _Duel(first[:0], np.zeros(0), float(len(first) > 0) - float(len(second) > 0), {})
        return _train_pair(Z, first, second, weights, C, gamma, most_rows)

    found = list(ordered_map(train, pairs, min(available_cores(), AT_ONCE)))
    return _assemble(Z, found)


def _assemble(Z: Matrix, found: list[_Duel]) -> Duels:
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *(duel.rows for duel in found)]))
    if not len(used):
        used = np.zeros(1, np.int64)  # one class alone: a table of vectors is never empty
    duals = np.zeros((len(used), len(found)))
    trained_with: dict[str, str] = {}
    for pair, duel in enumerate(found):
        duals[np.searchsorted(used, duel.rows), pair] = duel.duals
        trained_with |= duel.trained_with
    intercepts = np.array([duel.intercept for duel in found], np.float64)
    return Duels(np.ascontiguousarray(Z[used]), duals, intercepts, trained_with)


def _train_pair(
    Z: Matrix, first: Indices, second: Indices, weights: Weights, C: float, gamma: float, most_rows: int
) -> _Duel:
    rows = np.concatenate([first, second])
    labels = np.repeat([0, 1], [len(first), len(second)])
    precomputed = len(rows) <= most_rows
    trainer = support_vectors(precomputed)
    kernel = {"kernel": "precomputed"} if precomputed else {"kernel": "rbf", "gamma": gamma}
    svc = trainer.estimator(C=C, cache_size=CACHE_MB, **kernel)
    svc.fit(rbf_kernel(Z[rows], gamma) if precomputed else Z[rows], labels, sample_weight=weights[rows])
    # Of two classes, scikit-learn turns the signs around, so that positive is the second.
    return _Duel(
        rows[svc.support_], -svc.dual_coef_[0].astype(np.float64), -float(svc.intercept_[0]), trainer.versions()
    )


def rbf_kernel(Z: Matrix, gamma: float) -> Numbers:
    """exp(-gamma |a - b|^2) of all pairs of rows, (n, n).

    Distances are float64, their exponential is float32, as libsvm keeps it too.
    """
    rows = Z.astype(np.float64)
    rows -= rows.mean(axis=0)  # small numbers cancel less
    rows *= np.sqrt(2 * gamma)
    halves = np.einsum("ij,ij->i", rows, rows) / 2
    kernel = np.empty((len(rows), len(rows)))
    for start in range(0, len(rows), BLOCK):
        here, until = slice(start, start + BLOCK), min(start + BLOCK, len(rows))
        exponents = rows[here] @ rows[:until].T
        exponents -= halves[:until]
        exponents -= halves[here, None]
        kernel[here, :until] = np.exp(np.minimum(exponents, 0, out=exponents).astype(np.float32))
        kernel[:start, here] = kernel[here, :start].T
    np.fill_diagonal(kernel, 1)
    return kernel


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
