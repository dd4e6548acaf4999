from __future__ import annotations

import math

import hypothesis.strategies as st
from hypothesis import given

from sightline.evaluation.pareto import compared_on, front, left_behind
from sightline.evaluation.report_data import LeaderboardRow
from sightline.metrics.uncertainty import Interval


def row(name: str, score: float, latency: float | None, pictures: int = 0, status: str = "tried") -> LeaderboardRow:
    interval = Interval(score, score, score)
    return LeaderboardRow(1, name, "", interval, None, latency, None, status, "", pictures)  # type: ignore[arg-type]


def names(rows: list[LeaderboardRow]) -> list[str]:
    return [one.name for one in front(rows)]


def test_the_front_goes_from_fast_to_accurate() -> None:
    rows = [row("best", 0.9, 9.0), row("beaten", 0.7, 5.0), row("fast", 0.6, 1.0), row("middle", 0.8, 4.0)]
    assert names(rows) == ["fast", "middle", "best"]


def test_equals_are_on_it_once_and_untimed_or_unscored_never() -> None:
    rows = [row("a", 0.9, 2.0), row("b", 0.9, 2.0), row("c", 0.9, 3.0), row("d", 0.99, None), row("e", math.nan, 1.0)]
    assert names(rows) == ["a"]
    assert front([]) == []


def test_only_what_was_compared_on_the_same_pictures_is_on_it() -> None:
    rows = [row("winner", 0.8, 5.0, 900, "winner"), row("lucky", 0.99, 1.0, 300), row("other", 0.7, 2.0, 900)]
    assert compared_on(rows) == 900
    assert [left_behind(one, 900) for one in rows] == [False, True, False]
    assert names(rows) == ["other", "winner"]


def test_without_a_winner_the_most_pictures_count_and_failures_do_not() -> None:
    assert compared_on([row("a", 0.5, 1.0, 30), row("b", 0.5, 1.0, 90), row("failed", math.nan, None, 500)]) == 90
    assert compared_on([]) == 0
    assert not left_behind(row("failed", math.nan, None, 10), 90)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=12))
def test_nobody_on_the_front_is_beaten_and_everybody_else_is(places: list[tuple[int, int]]) -> None:
    rows = [row(str(i), score, float(time)) for i, (score, time) in enumerate(places)]
    on = front(rows)

    def beats(a: LeaderboardRow, b: LeaderboardRow) -> bool:
        (s, t), (u, v) = (a.score.value, a.latency_ms or 0), (b.score.value, b.latency_ms or 0)
        return s >= u and t <= v and (s, t) != (u, v)

    assert not [one for one in on if any(beats(other, one) for other in rows)]
    for one in rows:
        same = [o for o in on if (o.score.value, o.latency_ms) == (one.score.value, one.latency_ms)]
        assert same or any(beats(other, one) for other in on)
