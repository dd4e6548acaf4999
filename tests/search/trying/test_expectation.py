from __future__ import annotations

import dataclasses

import pytest

import sightline as sl
from sightline.search.trying.attempt import attempt
from sightline.search.trying.candidates import Candidate
from sightline.search.trying.expectation import OVERHEAD_S, Expectation
from tests.search.comparisons import COLOR, LAYOUT, WORDS, compared

PLAIN = sl.Preparation()


def test_a_description_is_timed_once_whoever_shares_it(monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[str] = []
    monkeypatch.setattr(Expectation, "_one_s", lambda self, node, *_: timed.append(repr(node)) or 0.01)
    expectation = Expectation(compared(24))
    both = dataclasses.replace(COLOR, represent=f"{COLOR.represent} + {LAYOUT.represent}")
    for candidate in (COLOR, LAYOUT, both, both):
        expectation.trying_s(candidate, PLAIN, 24)
    assert sorted(timed) == ["ColorHistogram(bins=2)", "HOG(size_px=32)"]


@pytest.mark.parametrize("candidate", [COLOR, WORDS])
def test_what_was_described_is_not_expected_again(candidate: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Expectation, "_one_s", lambda *_: 1.0)
    among = compared(24)
    free = dataclasses.replace(candidate, fit_ns=0.0)
    assert Expectation(among).trying_s(free, PLAIN, 24) > 20
    attempt(among, candidate, PLAIN, 24)
    assert Expectation(among).trying_s(free, PLAIN, 24) == OVERHEAD_S
    assert Expectation(among).trying_s(free, PLAIN, 12) > 10 or candidate is COLOR
