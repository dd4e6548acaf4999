from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.arrays import generator
from sightline.data.split import number_of_folds, ranks, stratified_folds

rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=80)


@given(rows, st.integers(2, 5), st.integers(0, 3))
def test_a_group_is_never_on_two_sides(pairs: list[tuple[int, int]], folds: int, seed: int) -> None:
    labels, groups = np.asarray(pairs, np.int64).T
    fold = stratified_folds(labels, groups, folds, seed)
    assert fold.shape == labels.shape
    assert ((fold >= 0) & (fold < folds)).all()
    for group in np.unique(groups):
        assert len(np.unique(fold[groups == group])) == 1


@given(st.lists(st.integers(0, 3), min_size=1, max_size=100), st.integers(2, 5), st.integers(0, 3))
def test_single_pictures_are_dealt_evenly(values: list[int], folds: int, seed: int) -> None:
    labels = np.asarray(values, np.int64)
    fold = stratified_folds(labels, np.arange(len(labels)), folds, seed)
    for label in np.unique(labels):
        counts = np.bincount(fold[labels == label], minlength=folds)
        assert counts.max() - counts.min() <= 1
    sizes = np.bincount(fold, minlength=folds)
    assert sizes.max() - sizes.min() <= 1


def test_groups_leave_classes_nearly_even() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 5)
    labels = np.repeat(rng.integers(0, 3, 60), 5)
    fold = stratified_folds(labels, groups, 5)
    for label in range(3):
        counts = np.bincount(fold[labels == label], minlength=5)
        assert counts.max() - counts.min() <= 10  # two groups of five


def by_trying_every_fold(labels: np.ndarray, groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """The rule in its plain form, all classes of all folds looked at for each group."""
    _, group_of = np.unique(groups, return_inverse=True)
    table = np.zeros((group_of.max() + 1, labels.max() + 1))
    np.add.at(table, (group_of, labels), 1)
    shuffled = generator(seed, "folds").permutation(len(table))
    held, fold = np.zeros((folds, table.shape[1])), np.empty(len(table), np.int64)
    for group in shuffled[np.argsort(-table[shuffled].sum(axis=1), kind="stable")]:
        trial = (held[None] + np.eye(folds)[:, :, None] * table[group]) / np.maximum(table.sum(axis=0), 1)
        uneven = trial.std(axis=1).mean(axis=1)
        best = np.flatnonzero(np.isclose(uneven, uneven.min()))
        fold[group] = best[np.argmin(held[best].sum(axis=1))]
        held[fold[group]] += table[group]
    return fold[group_of]


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("groups_of", [1.05, 2, 20])
def test_groups_go_where_they_leave_classes_most_even(groups_of: float, mixed: bool) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        groups = rng.integers(0, max(2, int(200 / groups_of)), 200)
        labels = rng.integers(0, 6, 200) if mixed else groups * 7919 % 6
        found = stratified_folds(labels, groups, 5, seed)
        assert np.array_equal(found, by_trying_every_fold(labels, groups, 5, seed))


@pytest.mark.parametrize("size", [1, 2])
def test_many_pictures_of_many_classes_take_neither_memory_nor_minutes(size: int) -> None:
    n, k = 60_000, 2_000
    labels = np.random.default_rng(0).integers(0, k, n)
    groups = np.arange(n) // size
    groups[:4] = 0  # one pair of copies, as most collections have it
    tracemalloc.start()
    began = time.perf_counter()
    fold = stratified_folds(labels, groups, 5)
    count = number_of_folds(labels, groups)
    took, (_, most) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 10 and most < 50e6  # a table of groups and classes is 480 MB at least
    assert np.bincount(fold).std() < 10 and count == 5


def test_ranks_count_within_a_stratum() -> None:
    rank, size = ranks(np.array([7, -1, 7, 3, 7, -1]))
    assert rank.tolist() == [0, 0, 1, 0, 2, 1]
    assert size.tolist() == [3, 2, 3, 1, 3, 2]


def test_seed_decides_and_is_all_that_decides() -> None:
    labels = np.arange(40) % 4
    one, same, other = (stratified_folds(labels, np.arange(40), 5, seed) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_number_of_folds_follows_the_rarest_class() -> None:
    labels = np.asarray([0] * 10 + [1] * 6, np.int64)
    assert number_of_folds(labels, np.arange(16)) == 5
    assert number_of_folds(labels, np.asarray([*range(10), 20, 20, 21, 21, 22, 22])) == 3
    assert number_of_folds(np.asarray([0, 0, 1]), np.arange(3)) == 2
