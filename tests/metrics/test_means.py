from __future__ import annotations

import math

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.metrics.means import MANY, mean_interval, scored_interval


def test_the_interval_of_a_mean_has_the_width_of_its_standard_error() -> None:
    rng = np.random.default_rng(0)
    for n in (500, MANY + 1):  # by draws, and by the normal limit
        values = rng.exponential(size=n)
        interval = mean_interval(values)
        assert interval.value == pytest.approx(values.mean())
        assert interval.high - interval.low == pytest.approx(2 * 1.96 * values.std() / math.sqrt(n), rel=0.08)


def test_groups_of_equal_rows_count_as_one_row_each() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=200)
    repeated, group = np.repeat(values, 5), np.repeat(np.arange(200), 5)
    alone, grouped = mean_interval(values), mean_interval(repeated, group)
    assert grouped.value == pytest.approx(alone.value)
    assert grouped.high - grouped.low == pytest.approx(alone.high - alone.low, rel=0.1)
    many = np.repeat(rng.normal(size=MANY + 1), 2)
    halves = mean_interval(many, np.repeat(np.arange(MANY + 1), 2))
    assert halves.high - halves.low == pytest.approx(2 * 1.96 * many.std() / math.sqrt(MANY + 1), rel=0.02)


def test_one_unit_has_no_interval() -> None:
    assert math.isnan(mean_interval([0.3]).low)
    assert math.isnan(mean_interval([0.3, 0.4], ["a", "a"]).high)
    assert mean_interval([0.3, 0.5], ["a", "a"]).value == pytest.approx(0.4)


def test_an_outcome_that_was_not_seen_keeps_a_width() -> None:
    assert mean_interval(np.zeros(50)).high == 0
    cost = mean_interval(np.zeros(50), outcomes=(0.0, 8.0))
    assert cost.low == 0
    assert cost.high == pytest.approx(8 * (1 - 0.05 ** (1 / 50)), rel=0.15)


def test_strata_weigh_the_same_whatever_their_size() -> None:
    values = np.r_[np.ones(90), np.zeros(10)]
    stratum = np.r_[np.full(90, 3), np.full(10, 7)]
    interval = scored_interval(values, stratum, (0.0, 1.0))
    assert interval.value == 0.5
    assert interval.low < 0.5 < interval.high


@pytest.mark.parametrize("values", [[], [[1.0]], [np.nan]])
def test_values_that_have_no_mean_are_refused(values) -> None:
    with pytest.raises(InputError, match="finite numbers"):
        mean_interval(values)
