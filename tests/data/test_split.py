from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sightline.data.split import number_of_folds, stratified_folds

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
