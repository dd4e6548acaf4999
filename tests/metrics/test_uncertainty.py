from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from sightline.metrics import classification, resampling
from sightline.metrics.uncertainty import Interval, class_intervals, draw, interval_of

accuracy_of = partial(interval_of, classification.accuracy)


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage is a mean over many intervals; a coarser one of each will do."""
    monkeypatch.setattr(resampling, "DRAWS", 400)


def width(interval: Interval) -> float:
    return interval.high - interval.low


def test_a_perfect_result_keeps_the_width_of_the_rule_of_three() -> None:
    for n in (10, 30, 300):
        perfect = accuracy_of(np.zeros(n, int), np.zeros(n, int), 2)
        assert perfect.value == perfect.high == 1
        assert perfect.low == pytest.approx(0.05 ** (1 / n), abs=0.25 / n)  # mid-P: p**n / 2 = 0.025


def test_a_wholly_wrong_result_mirrors_a_perfect_one() -> None:
    wrong = accuracy_of(np.zeros(30, int), np.ones(30, int), 2)
    assert wrong.value == wrong.low == 0
    assert wrong.high == pytest.approx(1 - 0.05 ** (1 / 30), abs=0.01)


def test_a_large_sample_has_the_normal_width_at_the_cost_of_a_small_one() -> None:
    truth = np.arange(1_000_000) % 2
    predicted = np.where(np.arange(1_000_000) % 5 == 0, 1 - truth, truth)
    large = accuracy_of(truth, predicted, 2)
    assert large.value == 0.8
    assert width(large) == pytest.approx(2 * 1.96 * math.sqrt(0.16 / 1e6), rel=0.1)


@pytest.mark.usefixtures("few_draws")
@pytest.mark.parametrize(("n", "p"), [(30, 0.5), (30, 0.9), (100, 0.97), (300, 0.8), (1000, 0.99)])
def test_the_interval_holds_the_true_accuracy_about_95_times_in_100(n: int, p: float) -> None:
    rng = np.random.default_rng(5)
    held = 0
    for repeat in range(150):
        truth = rng.integers(0, 2, n)
        predicted = np.where(rng.random(n) < p, truth, 1 - truth)
        interval = accuracy_of(truth, predicted, 2, seed=repeat)
        held += interval.low <= p <= interval.high
    assert held >= 0.9 * 150


@pytest.mark.usefixtures("few_draws")
@pytest.mark.parametrize(("groups", "p"), [(10, 0.8), (40, 0.9)])
def test_the_interval_holds_the_true_accuracy_of_groups_that_go_wrong_together(groups: int, p: float) -> None:
    rng = np.random.default_rng(6)
    group = np.repeat(np.arange(groups), 10)
    held, naive = 0, 0
    for repeat in range(150):
        truth = rng.integers(0, 2, len(group))
        chance = rng.beta(1.5 * p, 1.5 * (1 - p), groups)[group]
        predicted = np.where(rng.random(len(group)) < chance, truth, 1 - truth)
        interval = accuracy_of(truth, predicted, 2, group, repeat)
        alone = accuracy_of(truth, predicted, 2, None, repeat)
        held += interval.low <= p <= interval.high
        naive += alone.low <= p <= alone.high
    assert held >= 0.9 * 150
    assert naive < 0.8 * 150


@pytest.mark.usefixtures("few_draws")
def test_balanced_accuracy_with_a_rare_class_is_held_too() -> None:
    rng = np.random.default_rng(7)
    truth = np.repeat([0, 1], [200, 8])
    held = 0
    for repeat in range(150):
        right = rng.random(len(truth)) < np.where(truth == 0, 0.95, 0.8)
        interval = interval_of(
            classification.balanced_accuracy, truth, np.where(right, truth, 1 - truth), 2, None, repeat
        )
        held += interval.low <= 0.875 <= interval.high
    assert held >= 0.9 * 150


def test_groups_widen_the_interval_only_as_far_as_they_go_wrong_together() -> None:
    group = np.repeat(np.arange(50), 10)
    truth = np.zeros(500, int)
    together = np.where(group % 5 == 0, 1, 0)
    singly = np.where(np.arange(500) % 5 == 0, 1, 0)
    alone = accuracy_of(truth, together, 2)
    assert width(accuracy_of(truth, together, 2, group)) > 2.5 * width(alone)
    assert width(accuracy_of(truth, singly, 2, group)) < 1.2 * width(alone)


def test_all_right_in_ten_groups_is_as_good_as_ten_right() -> None:
    group = np.repeat(np.arange(10), 50)
    perfect = accuracy_of(np.zeros(500, int), np.zeros(500, int), 2, group)
    assert perfect.low < accuracy_of(np.zeros(10, int), np.zeros(10, int), 2).low + 0.01


def test_one_group_allows_anything() -> None:
    interval = accuracy_of([0, 0, 1], [0, 0, 0], 2, ["a", "a", "a"])
    assert (interval.low, interval.high) == (0, 1)


def test_a_class_of_one_picture_never_vanishes_from_a_draw() -> None:
    draws = draw([0] * 50 + [1], [0] * 50 + [1], 3)
    assert (draws.drawn.support[:, 1] > 0).all()
    assert (draws.drawn.support[:, 2] == 0).all()
    precision, recall = class_intervals(draws)
    assert recall[1].low < 0.2 < recall[0].low  # one picture says next to nothing
    assert math.isnan(recall[2].value)
    assert math.isnan(precision[2].low)


def test_recall_and_precision_have_the_interval_of_a_proportion() -> None:
    truth = np.repeat([0, 1], [100, 300])
    predicted = np.r_[np.zeros(80, int), np.ones(20, int), np.ones(300, int)]
    precision, recall = class_intervals(draw(truth, predicted, 2))
    alone = accuracy_of(truth[:100], predicted[:100], 2)
    assert recall[0].value == 0.8
    assert recall[0].low == pytest.approx(alone.low, abs=0.01)
    assert recall[0].high == pytest.approx(alone.high, abs=0.01)
    assert precision[0].value == 1
    assert precision[0].low == pytest.approx(0.05 ** (1 / 80), abs=0.01)


@pytest.mark.parametrize(
    "metric", [classification.accuracy, classification.balanced_accuracy, classification.macro_f1, classification.mcc]
)
def test_each_metric_stays_in_its_range_around_its_value_and_repeats_with_the_seed(metric) -> None:
    rng = np.random.default_rng(0)
    for truth, predicted in (
        (rng.integers(0, 3, 25), rng.integers(0, 3, 25)),
        (np.array([0, 1, 2]), np.array([0, 1, 2])),
        (np.array([0, 0]), np.array([-1, 1])),
    ):
        one = interval_of(metric, truth, predicted, 3, seed=4)
        assert -1 <= one.low <= one.value <= one.high <= 1
        assert one.low < one.high
        assert one == interval_of(metric, truth, predicted, 3, seed=4)


def test_another_seed_is_another_interval() -> None:
    truth, predicted = np.arange(40) % 3, np.arange(40) % 4 % 3
    assert accuracy_of(truth, predicted, 3, seed=4) != accuracy_of(truth, predicted, 3, seed=5)


def test_a_lowered_interval_opens_upward_where_it_stood_at_the_top() -> None:
    assert Interval(0.8, 0.7, 0.9).lowered(0.1).to_dict() == pytest.approx({"value": 0.7, "low": 0.6, "high": 0.8})
    assert Interval(1.0, 0.9, 1.0).lowered(0.03).to_dict() == pytest.approx({"value": 0.97, "low": 0.87, "high": 1.0})
    assert Interval(0.05, 0.0, 0.1).lowered(0.1, 0.0).low == 0
    assert Interval(0.8, 0.7, 0.9).lowered(0.0) == Interval(0.8, 0.7, 0.9)


def test_what_is_no_number_is_null_in_the_file() -> None:
    interval = Interval(0.5, math.nan, math.inf)
    assert interval.to_dict() == {"value": 0.5, "low": None, "high": None}
    assert Interval.from_dict(Interval(0.5, 0.25, 1.0).to_dict()) == Interval(0.5, 0.25, 1.0)
    assert math.isnan(Interval.from_dict(interval.to_dict()).low)
