from __future__ import annotations

import numpy as np
import pytest

from sightline.deep.training.shown.sampling import balanced, shuffled, slots_of, spread, told_apart
from sightline.errors import InputError

Y = np.repeat([0, 1, 2], [70, 25, 5])


def test_shuffled_shows_all_once_in_another_order() -> None:
    order = shuffled(9, 1)
    assert sorted(order(0)) == sorted(order(1)) == list(range(9))
    assert order(0).tolist() != order(1).tolist()
    assert order(0).tolist() == shuffled(9, 1)(0).tolist() != shuffled(9, 2)(0).tolist()


@pytest.mark.parametrize(("ratio", "counts"), [(0.0, [70, 25, 5]), (1.0, [34, 33, 33])])
def test_classes_come_as_often_as_the_ratio_says(ratio: float, counts: list[int]) -> None:
    order = balanced(Y, ratio, 0)
    for epoch in range(3):
        assert sorted(np.bincount(Y[order(epoch) % len(Y)]).tolist(), reverse=True) == counts


def test_nobody_comes_twice_before_all_others_of_the_class_have_come() -> None:
    order = balanced(Y, 1.0, 3)
    shown = np.concatenate([order(epoch) for epoch in range(6)]) % len(Y)
    for code, count in enumerate([70, 25, 5]):
        often = np.bincount(shown[Y[shown] == code], minlength=100)[np.flatnonzero(code == Y)]
        assert len(often) == count and often.max() - often.min() <= 1


def test_some_are_drawn_from_everywhere_and_from_every_class() -> None:
    assert spread(Y, 100, 0).tolist() == spread(Y, 500, 3).tolist() == list(range(100))
    found = spread(Y, 30, 0)
    assert np.bincount(Y[found]).tolist() in ([13, 12, 5], [12, 13, 5])
    assert (np.diff(found) > 0).all() and found.tolist() == spread(Y, 30, 0).tolist() != spread(Y, 30, 1).tolist()
    of_one = spread(np.zeros(1000, np.int64), 100, 0)
    assert len(of_one) == 100 and 30 < np.sum(of_one < 500) < 70


def test_what_comes_again_is_told_from_what_came_before() -> None:
    shown = balanced(Y, 1.0, 3)(2)
    assert len(np.unique(shown)) == len(Y)
    for row in range(len(Y)):
        times = shown[shown % len(Y) == row] // len(Y)
        assert times.tolist() == list(range(len(times)))
    once = np.random.default_rng(0).permutation(9)
    assert np.array_equal(told_apart(once), once)


def test_an_epoch_is_the_same_whenever_it_is_asked_for() -> None:
    order = balanced(Y, 0.5, 0)
    fifth = order(5)
    order(0)
    assert np.array_equal(order(5), fifth)


def test_slots_add_up_and_absent_classes_have_none() -> None:
    for ratio in (0.0, 0.3, 0.7, 1.0):
        slots = slots_of(np.array([7, 0, 1, 92]), ratio)
        assert slots.sum() == 100 and slots[1] == 0 and slots[2] >= 1


@pytest.mark.parametrize("ratio", [-0.1, 1.1])
def test_a_ratio_out_of_range_is_refused(ratio: float) -> None:
    with pytest.raises(InputError, match="allowed: 0"):
        balanced(Y, ratio, 0)
