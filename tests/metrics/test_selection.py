from __future__ import annotations

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.metrics import classification
from sightline.metrics.selection import beyond, loss_interval, score, score_interval, score_rows
from sightline.metrics.uncertainty import Interval, interval_of

COSTS = np.array([[0.0, 1.0], [10.0, 0.0]])


def noisy(truth: np.ndarray, p: float, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(len(truth)) < p, truth, 1 - truth)


def test_without_costs_the_score_is_balanced_accuracy() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], [40, 10, 3])
    predicted = rng.integers(-1, 3, 53)
    matrix = classification.confusion(truth, predicted, 4, undecided=True)
    rows = score_rows(truth, predicted, 4)
    assert score(rows) == pytest.approx(float(classification.balanced_accuracy(matrix)))
    mine, other = score_interval(rows), interval_of(classification.balanced_accuracy, truth, predicted, 4)
    assert mine.low == pytest.approx(other.low, abs=0.03)
    assert mine.high == pytest.approx(other.high, abs=0.03)


def test_with_costs_the_score_is_minus_their_mean() -> None:
    rows = score_rows([0, 0, 1, 1], [0, 1, 0, -1], 2, COSTS, 0.5)
    assert rows.value.tolist() == [0, -1, -10, -0.5]
    assert rows.scale == 5.5
    assert score(rows) == pytest.approx(-11.5 / 4)
    assert score_rows([0, 1], [0, -1], 2, COSTS).value.tolist() == [0, -10]  # no price given: the dearest
    interval = score_interval(rows)
    assert interval.low < interval.value < interval.high


def test_a_large_loss_is_beyond_the_interval_and_mirrors_when_swapped() -> None:
    rng = np.random.default_rng(1)
    truth = np.arange(400) % 2
    good, bad = score_rows(truth, noisy(truth, 0.95, rng), 2), score_rows(truth, noisy(truth, 0.7, rng), 2)
    loss, gain = loss_interval(bad, good), loss_interval(good, bad)
    assert loss.value == pytest.approx(score(good) - score(bad))
    assert loss.low > 0
    assert beyond(loss)
    assert beyond(gain)
    assert gain.value == pytest.approx(-loss.value)
    assert not beyond(Interval(0.1, -0.1, 0.3))


def test_pairing_sees_a_difference_that_two_intervals_hide() -> None:
    truth = np.arange(300) % 2
    wrong = np.arange(300) % 7 == 0
    also = wrong | (np.arange(300) % 30 == 1)
    reference = score_rows(truth, np.where(wrong, 1 - truth, truth), 2)
    candidate = score_rows(truth, np.where(also, 1 - truth, truth), 2)
    assert score_interval(candidate).high > score_interval(reference).low
    assert beyond(loss_interval(candidate, reference))


def test_equal_on_n_rows_is_equal_within_3_over_n() -> None:
    for n in (100, 1000):
        truth = np.arange(n) % 2
        same = score_rows(truth, truth, 2)
        loss = loss_interval(same, same)
        assert loss.value == 0
        assert loss.high == pytest.approx(3 / n, rel=0.3)
        assert loss.low == pytest.approx(-3 / n, rel=0.3)


def test_groups_that_differ_together_widen_the_loss() -> None:
    truth, group = np.arange(400) % 2, np.repeat(np.arange(20), 20)
    candidate = score_rows(truth, np.where(group % 5 == 0, 1 - truth, truth), 2)
    reference = score_rows(truth, truth, 2)
    alone, grouped = loss_interval(candidate, reference), loss_interval(candidate, reference, group)
    assert grouped.high - grouped.low > 3 * (alone.high - alone.low)


def test_what_cannot_be_compared_is_refused() -> None:
    one, other = score_rows([0, 1], [0, 1], 2), score_rows([1, 1], [0, 1], 2)
    with pytest.raises(InputError, match="different rows"):
        loss_interval(one, other)
    with pytest.raises(InputError, match="2 decisions for 1 labels"):
        score_rows([0], [0, 1], 2)
