from __future__ import annotations

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.metrics.calibration import bin_numbers, ece, reliability
from sightline.metrics.means import ece_interval


def test_ece_in_closed_form() -> None:
    chances = np.array([[0.8, 0.2]] * 10)
    assert ece(chances, [0] * 8 + [1] * 2) == pytest.approx(0)
    assert ece(chances, [0] * 5 + [1] * 5) == pytest.approx(0.3)
    # two bins: 0.8 said and 1.0 true, 0.6 said and 0.5 true
    mixed = np.array([[0.8, 0.2]] * 2 + [[0.6, 0.4]] * 2)
    assert ece(mixed, [0, 0, 0, 1]) == pytest.approx(0.5 * 0.2 + 0.5 * 0.1)


def test_bins_take_their_upper_edge_and_the_ends_of_the_range() -> None:
    assert bin_numbers(np.array([0.0, 0.1, 0.25, 0.2500001, 0.5, 1.0]), 4).tolist() == [0, 0, 0, 1, 1, 3]
    with pytest.raises(InputError, match="0 bins"):
        bin_numbers(np.zeros(1), 0)


def test_reliability_counts_each_picture_once_and_leaves_empty_bins_without_a_number() -> None:
    rng = np.random.default_rng(0)
    chances, truth = rng.dirichlet(np.ones(3), 200), rng.integers(0, 3, 200)
    bins = reliability(chances, truth, 10)
    assert bins.pictures.sum() == 200
    empty = bins.pictures == 0
    assert empty[:3].all()  # the top of three probabilities is at least a third
    assert np.isnan(bins.confidence[empty]).all()
    inside = (bins.confidence >= bins.edges[:-1]) & (bins.confidence <= bins.edges[1:])
    assert inside[~empty].all()
    gaps = np.abs(bins.confidence - bins.accuracy)[~empty]
    assert ece(chances, truth, 10) == pytest.approx((gaps * bins.pictures[~empty]).sum() / 200)


def test_a_float32_probability_just_above_one_falls_into_the_last_bin() -> None:
    bins = reliability(np.array([[1.0000001, 0.0]], np.float32), [0])
    assert bins.pictures[-1] == 1
    assert bins.confidence[-1] == 1


def test_the_interval_of_ece_holds_it_and_is_wider_with_groups_that_go_wrong_together() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(30), 10)
    right = (rng.random(30) < 0.7)[group]
    chances = np.tile([0.9, 0.1], (300, 1))
    truth = np.where(right, 0, 1)
    alone, grouped = ece_interval(chances, truth), ece_interval(chances, truth, group)
    assert alone.low < alone.value < alone.high
    assert alone.value == grouped.value == pytest.approx(ece(chances, truth))
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)
    # one bin: the gap is 0.9 less a proportion, whose standard error is known
    spread = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / 300)
    assert alone.high - alone.low == pytest.approx(2 * spread, rel=0.1)
