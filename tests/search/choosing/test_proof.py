from __future__ import annotations

import dataclasses

import pytest

from sightline.search.choosing.proof import Proof, fine_tuned
from sightline.search.choosing.selection import ranked
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.limits import Limits
from sightline.search.trying.trial import Trial
from tests.search.choosing.test_selection import SCORER, trial

TUNED = Candidate("net fine-tuned", "FineTuned(network='net@0123456789abcdef')", "Ridge()", 900)


def tuned(wrong: int, at: int = 0, latency_ms: float = 5.0) -> Trial:
    return dataclasses.replace(trial(0, wrong, latency_ms, at=at), members=(TUNED,))


def test_beyond_the_interval_it_wins_and_says_by_how_much() -> None:
    board = ranked([trial(0, 200, 5), tuned(100)], SCORER, Limits(), 0.01)
    assert board[0].members == (TUNED,)
    assert board[0].why.startswith("the best out-of-fold score; gains 5.0 points (")
    assert board[0].why.endswith(f") over {board[1].name}, the best without fine-tuning")


def test_within_chance_it_does_not_win_and_says_why() -> None:
    # Five pictures of 2,000 better on average, and wrong on others: the interval holds 0.
    board = ranked([trial(0, 100, 5), tuned(95, at=1000)], SCORER, Limits(), 0.01)
    assert board[0].members != (TUNED,) and board[0].why == "the best out-of-fold score"
    assert board[1].why.startswith("gains 0.2 points (-")
    assert board[1].why.endswith("which is within chance; fine-tuning is chosen only beyond it")


def test_where_it_loses_it_is_told_as_anybody() -> None:
    board = ranked([trial(0, 100, 5), tuned(200)], SCORER, Limits(), 0.01)
    assert board[1].why.startswith("scores 5.0 points")


def test_one_that_is_cheaper_and_loses_little_may_still_take_its_place() -> None:
    board = ranked([trial(1, 102, 1.0), trial(0, 103, 5), tuned(90)], SCORER, Limits(), 0.02)
    assert board[0].members != (TUNED,) and "cheaper than net fine-tuned" in board[0].why


def test_among_fine_tuned_ones_alone_the_best_wins() -> None:
    board = ranked([tuned(100), tuned(200, latency_ms=1)], SCORER, Limits(), 0.0)
    assert board[0].why == "the best out-of-fold score"
    assert Proof.of([tuned(100)], SCORER) == Proof(None, {})


@pytest.mark.parametrize(("members", "is_one"), [((TUNED,), True), ((0, TUNED), True), ((0,), False)])
def test_a_mean_with_a_fine_tuned_member_is_one(members: tuple[object, ...], is_one: bool) -> None:
    plain = trial(0, 10, 1)
    found = dataclasses.replace(plain, members=tuple(plain.members[0] if one == 0 else one for one in members))  # type: ignore[misc]
    assert fine_tuned(found) is is_one
