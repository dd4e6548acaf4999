from __future__ import annotations

import pytest

from sightline.parallel import silent
from sightline.search.collecting.budget import Budget, OutOfTime
from sightline.search.trying.watched import TOLD, Watched
from tests.pictures import noise

PICTURES = [noise(4, seed) for seed in range(5)]


def test_looks_are_counted_and_views_are_watched_too() -> None:
    told: list[int] = []
    watched = Watched(PICTURES, lambda: None, lambda what, done, total: told.append(done))
    for _ in range(TOLD // 5 + 1):
        assert all(one is other for one, other in zip(watched, PICTURES, strict=True))
    assert told == [TOLD]
    assert watched.shape == (5,) and watched[[1, 3]][1] is PICTURES[3]


def test_who_looks_is_stopped_when_the_time_is_over() -> None:
    now = [0.0]
    budget = Budget(10, clock=lambda: now[0])
    watched = Watched(PICTURES, budget.check, silent)
    assert watched[0] is PICTURES[0]
    now[0] = 9.0
    with pytest.raises(OutOfTime):
        watched[[0, 1]][1]
