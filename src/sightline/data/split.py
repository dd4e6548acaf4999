"""Folds: stratified by class, and never with one group on two sides."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sightline.arrays import Array, Indices, generator

AS_EVEN = 1e-5
"""Folds whose unevenness differs by a smaller share than this are equally good; the smaller one is taken."""


def stratified_folds(labels: Indices, groups: Indices, folds: int, seed: int = 0) -> Indices:
    """A fold number in [0, folds) for each row; all rows of a group get the same one.

    Groups are dealt one by one, largest first and ties in seeded order, each to the fold where it leaves the class
    counts most even (the greedy rule of scikit-learn's StratifiedGroupKFold; every row its own group gives stratified
    folds). A class with fewer groups than folds is missing from some folds.

    Args:
        labels: (n,) int64 class numbers, all >= 0.
        groups: (n,) int64 group numbers, any values.
        folds: number of folds, at least 2.
        seed: decides among equals.
    """
    _, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) == len(labels):
        return _deal_rows(labels, folds, seed)
    shuffled = generator(seed, "folds").permutation(len(sizes))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    return _deal_groups(labels, group_of, order, folds)[group_of]


def _deal_rows(labels: Indices, folds: int, seed: int) -> Indices:
    # Every row is a group of its own: deal each class like cards, going on where the class before stopped.
    order = generator(seed, "folds").permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(len(labels), np.int64)
    fold[order] = np.arange(len(labels)) % folds
    return fold


def _deal_groups(labels: Indices, group_of: Indices, order: Indices, folds: int) -> Indices:
    """The fold of each group. Only classes that a group holds are looked at: the time grows with rows, not classes."""
    k = int(labels.max()) + 1
    pairs, counts = np.unique(group_of * k + labels, return_counts=True)  # (group, class), in this order
    starts = np.searchsorted(pairs // k, np.arange(len(order) + 1)).tolist()
    classes, numbers = (pairs % k).tolist(), counts.tolist()
    totals = np.bincount(labels, minlength=k).tolist()
    held = [[0] * folds for _ in range(k)]
    sizes = [0] * folds
    fold = []
    for group in order.tolist():
        own = range(starts[group], starts[group + 1])
        if len(own) == 1:  # of one class: most even is where that class has least, without any arithmetic
            uneven: Sequence[float] = held[classes[own[0]]]
        else:
            uneven = _unevenness([(held[classes[i]], numbers[i], totals[classes[i]]) for i in own], folds)
        chosen = min(zip(uneven, sizes, range(folds), strict=True))[2]
        for i in own:
            held[classes[i]][chosen] += numbers[i]
            sizes[chosen] += numbers[i]
        fold.append(chosen)
    return np.asarray(fold, np.int64)[np.argsort(order)]


def _unevenness(parts: list[tuple[list[int], int, int]], folds: int) -> list[float]:
    """For each fold: how uneven the classes of a group would be if it took the group, equal where hardly different.

    Each part is one class: rows in each fold so far, rows of the group, rows in all.
    """
    uneven = [0.0] * folds
    for held, count, total in parts:
        squares, rows = sum(one * one for one in held), (sum(held) + count) ** 2
        for fold in range(folds):
            uneven[fold] += math.sqrt(folds * (squares + count * (2 * held[fold] + count)) - rows) / total
    least = min(uneven)
    return [least if one <= least * (1 + AS_EVEN) else one for one in uneven]


def number_of_folds(labels: Indices, groups: Indices, wanted: int = 5) -> int:
    """As many folds as the rarest class has groups, at least 2 and at most `wanted`."""
    _, group_of = np.unique(groups, return_inverse=True)
    k = int(labels.max()) + 1
    held = np.bincount(np.unique(group_of * k + labels) % k)
    return max(2, min(wanted, int(held[held > 0].min())))


def ranks(strata: Indices) -> tuple[Indices, Array]:
    """The place of each row among the rows of its stratum, from 0 in the order given, and how many those are.

    So that shares of classes are taken in one pass, however many classes there are.
    """
    order = np.argsort(strata, kind="stable")
    _, first, counts = np.unique(strata[order], return_index=True, return_counts=True)
    rank, size = np.empty(len(strata), np.int64), np.empty(len(strata), np.int64)
    rank[order] = np.arange(len(strata)) - np.repeat(first, counts)
    size[order] = np.repeat(counts, counts)
    return rank, size
