from __future__ import annotations

import numpy as np
import pytest

from sightline.metrics import rechoosing
from sightline.metrics.rechoosing import Drawn, Earlier, choose_again
from sightline.metrics.selection import ScoreRows, score, score_rows


def answered(n: int, chances: list[float], rng: np.random.Generator, k: int = 2) -> list[ScoreRows]:
    truth = np.arange(n) % k
    return [score_rows(truth, np.where(rng.random(n) < p, truth, (truth + 1) % k), k) for p in chances]


def on(rows: np.ndarray, one: ScoreRows) -> ScoreRows:
    return ScoreRows(one.truth[rows], one.value[rows], one.per_class, one.scale)


def test_whole_groups_are_drawn() -> None:
    group = np.repeat(np.arange(40), 5)
    for times in Drawn.of(group, 20, np.random.default_rng(0)).rows():
        assert times.sum() == 200 and (times.reshape(40, 5) == times.reshape(40, 5)[:, :1]).all()


def test_deviations_are_those_of_the_score_on_the_rows_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    candidates, some = answered(60, [0.6, 0.9], rng, k=3), np.arange(5, 50)
    drawn = Drawn.of(np.arange(60), 8, rng)
    scores, luck = drawn.deviations([on(some, one) for one in candidates], some)
    for c, one in enumerate(candidates):
        assert scores[c] == pytest.approx(score(on(some, one)))
        for b, times in enumerate(drawn.rows()):
            again = score(on(np.repeat(some, times[some]), one))
            assert scores[c] + luck[b, c] == pytest.approx(again)
    monkeypatch.setattr(rechoosing, "CHUNK", 100)
    np.testing.assert_allclose(drawn.deviations([on(some, one) for one in candidates], some)[1], luck)


def test_the_luck_of_the_winner_is_that_of_who_is_always_better() -> None:
    rng = np.random.default_rng(2)
    candidates = answered(200, [0.6, 0.95, 0.6], rng)
    again = choose_again(candidates, [], Drawn.of(np.arange(200), 100, rng), rng)
    np.testing.assert_array_equal(again.luck, again.each[:, 1])
    np.testing.assert_allclose(again.told, again.luck.mean())


def test_of_equals_the_luckiest_wins() -> None:
    rng = np.random.default_rng(3)
    again = choose_again(answered(300, [0.8] * 20, rng), [], Drawn.of(np.arange(300), 200, rng), rng)
    assert again.luck.mean() > 1.2 * again.each.std() and abs(again.each.mean()) < 0.2 * again.each.std()
    assert again.told.mean() == pytest.approx(again.luck.mean(), rel=0.3)


def race(rng: np.random.Generator, count: int, sizes: tuple[int, ...], kept: int) -> tuple[list, list[Earlier]]:
    """`count` equals on few rows, a part of them on more, and so on."""
    every, earlier = answered(sizes[-1], [0.8] * count, rng), []
    running = list(range(count))
    for size in sizes[:-1]:
        rows = np.arange(size)
        rung = [on(rows, every[number]) for number in running]
        best = np.argsort([-score(one) for one in rung], kind="stable")[:kept].tolist()
        earlier.append(Earlier(rows, rung, [best.index(c) if c in best else -1 for c in range(len(running))]))
        running, kept = [running[c] for c in best], kept // 2
    return [every[number] for number in running], earlier


@pytest.mark.parametrize("sizes", [(60, 180), (60, 120, 240)])
def test_rungs_flatter_as_much_as_they_do(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(4)
    truly, told = [], []
    for _ in range(60):
        last, earlier = race(rng, 16, sizes, 4)
        truly.append(max(map(score, last)) - 0.8)
        told.append(choose_again(last, earlier, Drawn.of(np.arange(sizes[-1]), 100, rng), rng).luck.mean())
    assert np.mean(truly) > 0.02
    assert np.mean(told) == pytest.approx(np.mean(truly), rel=0.25)


def test_a_rung_that_nobody_left_for_the_next_is_no_choice() -> None:
    rng = np.random.default_rng(5)
    last, (first,) = race(rng, 8, (40, 80), 4)
    nobody = Earlier(first.rows, first.candidates, [-1] * 8)
    drawn = Drawn.of(np.arange(80), 60, rng)
    without = choose_again(last, [], drawn, rng)
    np.testing.assert_array_equal(choose_again(last, [nobody], drawn, rng).luck, without.luck)
