from __future__ import annotations

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sightline.search.collecting.ladder import FOR_A_CLASS, GROWTH, LEAST, RARE, ladder


@given(st.lists(st.integers(0, 4), min_size=1, max_size=300), st.integers(0, 3))
def test_every_row_once_and_rungs_rise_to_all(labels: list[int], seed: int) -> None:
    rows = np.array(labels, np.int64)
    found = ladder(rows, np.ones(len(rows), bool), seed)
    assert sorted(found.order.tolist()) == list(range(len(rows)))
    assert list(found.sizes) == sorted(set(found.sizes)) and found.sizes[-1] == len(rows)
    assert np.array_equal(found.order, ladder(rows, np.ones(len(rows), bool), seed).order)


def test_small_collections_have_one_rung_and_large_ones_grow_threefold() -> None:
    def sizes(n: int, k: int) -> tuple[int, ...]:
        return ladder(np.arange(n) % k, np.ones(n, bool)).sizes

    assert sizes(GROWTH * LEAST - 1, 2) == (GROWTH * LEAST - 1,)
    assert sizes(60_000, 10) == (740, 2222, 6666, 20_000, 60_000)
    assert sizes(5_000, 100)[0] >= LEAST and sizes(50_000, 60)[0] >= 60 * FOR_A_CLASS


def test_each_rung_has_the_shares_of_the_whole() -> None:
    labels = np.repeat([0, 1, 2], [6000, 2700, 300])
    found = ladder(labels, np.ones(9000, bool), seed=1)
    for rung in range(len(found.sizes)):
        rows = found.rows(rung)
        shares = np.bincount(labels[rows]) / len(rows)
        np.testing.assert_allclose(shares, [0.667, 0.3, 0.033], atol=0.01)


def test_a_rare_class_is_there_from_the_beginning() -> None:
    labels = np.r_[np.zeros(20_000, int), np.ones(25, int)]
    found = ladder(labels, np.ones(len(labels), bool))
    assert np.sum(labels[found.rows(0)] == 1) >= RARE - 1


def test_very_many_classes_take_one_pass() -> None:
    labels = np.random.default_rng(0).integers(0, 10_000, 100_000)
    began = time.perf_counter()
    found = ladder(labels, np.arange(100_000) % 3 == 0)
    assert time.perf_counter() - began < 2  # masks for each class take ten times as long
    assert len(found.order) == 100_000


def test_a_small_validation_part_comes_early() -> None:
    labels = np.arange(10_000) % 2
    held = np.arange(10_000) < 200
    found = ladder(labels, held)
    assert held.sum() == 200 == held[found.rows(0)].sum()
