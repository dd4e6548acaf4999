from __future__ import annotations

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.metrics import resampling
from sightline.metrics.choosing import Correction, bias_corrected, corrections
from sightline.metrics.rechoosing import Earlier
from sightline.metrics.selection import score, score_interval, score_rows
from sightline.metrics.uncertainty import Interval

COSTS = np.array([[0.0, 1.0], [10.0, 0.0]])


def noisy(truth: np.ndarray, p: float, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(len(truth)) < p, truth, 1 - truth)


@pytest.mark.parametrize("costs", [None, COSTS])
def test_the_best_of_thirty_equals_flatters_and_the_correction_does_not(
    costs: np.ndarray | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "DRAWS", 400)
    rng = np.random.default_rng(4)
    truth = np.arange(120) % 2
    true = 0.8 if costs is None else -0.2 * 5.5
    naive, fair, held, fooled = [], [], 0, 0
    for repeat in range(40):
        rows = [score_rows(truth, noisy(truth, 0.8, rng), 2, costs) for _ in range(30)]
        best = max(rows, key=score)
        corrected, apparent = bias_corrected(rows, seed=repeat, draws=100), score_interval(best, seed=repeat)
        naive.append(apparent.value)
        fair.append(corrected.value)
        held += corrected.low <= true <= corrected.high
        fooled += not apparent.low <= true <= apparent.high
    flattery = np.mean(naive) - true
    assert flattery > 4 * np.std(naive) / np.sqrt(40)
    assert abs(np.mean(fair) - true) < 0.25 * flattery
    assert held >= 36
    assert fooled >= 10


def staged(p: float, rng: np.random.Generator, count: int, few: int, n: int, kept: int) -> tuple[list, list[Earlier]]:
    """`count` equal candidates on few rows, the best of them on all n."""
    truth = np.arange(n) % 2
    everybody = [noisy(truth, p, rng) for _ in range(count)]
    first = [score_rows(truth[:few], one[:few], 2) for one in everybody]
    on = np.argsort([-score(one) for one in first], kind="stable")[:kept].tolist()
    became = [on.index(number) if number in on else -1 for number in range(count)]
    return [score_rows(truth, everybody[number], 2) for number in on], [Earlier(np.arange(few), first, became)]


def test_choices_made_before_are_made_again() -> None:
    rng = np.random.default_rng(5)
    naive, half, whole = [], [], []
    for repeat in range(40):
        last, earlier = staged(0.8, rng, 30, 60, 120, 3)
        naive.append(max(map(score, last)))
        half.append(bias_corrected(last, seed=repeat, draws=100).value)
        whole.append(bias_corrected(last, seed=repeat, draws=100, earlier=earlier).value)
    flattery = np.mean(naive) - 0.8
    assert flattery > 0.03
    assert abs(np.mean(whole) - 0.8) < abs(np.mean(half) - 0.8) < flattery


def test_who_is_better_by_far_is_believed_as_measured() -> None:
    rng = np.random.default_rng(7)
    truth = np.arange(200) % 2
    rows = [score_rows(truth, noisy(truth, p, rng), 2) for p in (0.6, 0.9, 0.6)]
    correction = corrections(rows)["score"]
    assert correction.by == 0 and correction.width == pytest.approx(1, abs=0.15)


def test_the_luck_of_the_best_of_equals_varies_less() -> None:
    rng = np.random.default_rng(8)
    truth = np.arange(400) % 2
    alone, many = (
        np.mean([corrections(rows, draws=200)["score"].width for rows in repeats])
        for repeats in (
            [[score_rows(truth, noisy(truth, 0.8, rng), 2) for _ in range(count)] for _ in range(5)]
            for count in (1, 30)
        )
    )
    assert alone == 1 and 0.4 < many < 0.8  # the largest of 30 normal values has a standard deviation of 0.49


def test_a_corrected_interval_stays_within_what_is_possible() -> None:
    near_the_top = Interval(0.97, 0.9, 0.99)
    assert Correction(0.0, 2.0).of(near_the_top, 0.0, 1.0) == Interval(0.97, pytest.approx(0.83), 1.0)
    assert Correction(0.9, 2.0).of(near_the_top, 0.0, 1.0).low == 0


def test_nothing_chosen_costs_nothing() -> None:
    truth = np.arange(60) % 2
    rows = [score_rows(truth, noisy(truth, 0.8, np.random.default_rng(0)), 2)]
    assert corrections(rows) == {"score": Correction()}
    assert bias_corrected(rows) == score_interval(rows[0])


def test_what_cannot_be_chosen_from_is_refused() -> None:
    one = score_rows([0, 1], [0, 1], 2)
    with pytest.raises(InputError, match="no candidates"):
        bias_corrected([])
    with pytest.raises(InputError, match="one group"):
        bias_corrected([one, one], ["a", "a"])
