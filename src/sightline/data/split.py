"""Folds: stratified by class, and never with one group on two sides."""

from __future__ import annotations

import numpy as np

from sightline.arrays import Indices, generator


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
    classes = int(labels.max()) + 1 if len(labels) else 0
    _, group_of = np.unique(groups, return_inverse=True)
    table = np.zeros((int(group_of.max()) + 1 if len(labels) else 0, classes))
    np.add.at(table, (group_of, labels), 1)
    if len(table) == len(labels):
        return _deal_rows(labels, folds, seed)
    return _deal_groups(table, folds, seed)[group_of]


def _deal_rows(labels: Indices, folds: int, seed: int) -> Indices:
    # Every row is a group of its own: deal each class like cards, going on where the class before stopped.
    order = generator(seed, "folds").permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(len(labels), np.int64)
    fold[order] = np.arange(len(labels)) % folds
    return fold


def _deal_groups(table: np.ndarray, folds: int, seed: int) -> Indices:
    shuffled = generator(seed, "folds").permutation(len(table))
    order = shuffled[np.argsort(-table[shuffled].sum(axis=1), kind="stable")]
    totals = np.maximum(table.sum(axis=0), 1)
    held = np.zeros((folds, table.shape[1]))
    fold = np.empty(len(table), np.int64)
    for group in order:
        trial = (held[None] + np.eye(folds)[:, :, None] * table[group]) / totals  # (choice, fold, class)
        uneven = trial.std(axis=1).mean(axis=1)
        best = np.flatnonzero(np.isclose(uneven, uneven.min()))
        chosen = best[np.argmin(held[best].sum(axis=1))]
        held[chosen] += table[group]
        fold[group] = chosen
    return fold


def number_of_folds(labels: Indices, groups: Indices, wanted: int = 5) -> int:
    """As many folds as the rarest class has groups, at least 2 and at most `wanted`."""
    scarcest = min(len(np.unique(groups[labels == label])) for label in np.unique(labels))
    return max(2, min(wanted, scarcest))
