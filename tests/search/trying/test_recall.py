from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import sightline as sl
from sightline.search.collecting.budget import Budget
from sightline.search.trying import recall as module
from sightline.search.trying.attempt import attempt
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.recall import Recall, about
from tests.search.comparisons import COLOR, LAYOUT, WORDS, compared

PLAIN = sl.Preparation()


def test_what_is_recalled_is_read_once_and_in_the_order_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for candidate in (COLOR, LAYOUT):
        attempt(compared(24, folder=tmp_path), candidate, PLAIN, 24)
    among = compared(24, folder=tmp_path)
    recall = Recall(among, Expectation(among))
    found = recall.of([LAYOUT, WORDS, COLOR], PLAIN, 24)
    assert [one.name for one in found] == ["layout", "color"]
    monkeypatch.setattr(module, "remembered", lambda *_: pytest.fail("read again"))
    again = recall.of([COLOR, LAYOUT], PLAIN, 24)
    assert again[0] is found[1] and again[1] is found[0]
    assert [recall.missing(one, PLAIN, 24) for one in (COLOR, WORDS)] == [0, 3]
    assert recall.missing(COLOR, PLAIN, 12) is None


def test_a_model_that_can_be_made_within_what_is_promised_is_of_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt(compared(24, folder=tmp_path), COLOR, PLAIN, 24)
    among = dataclasses.replace(compared(24, folder=tmp_path), budget=Budget(10, clock=lambda: 9.0, started=0.0))
    for needed, late in ((6.9, False), (7.1, True)):  # of 10 s and a tenth and 5 s, 9 are over
        monkeypatch.setattr(Expectation, "finishing_s", lambda *_, s=needed: s)
        recall = Recall(among, Expectation(among))
        assert len(recall.of([COLOR], PLAIN, 24)) == (not late)
        assert (recall.too_late(COLOR, PLAIN, 24) is not None) == late
    assert recall.too_late(COLOR, PLAIN, 24) == (
        "is remembered, but its model would take about 7.1 s to make; 7.0 s were left"
    )
    assert recall.too_late(LAYOUT, PLAIN, 24) is None


@pytest.mark.parametrize(
    ("seconds", "told"), [(-1.0, "0.0"), (0.04, "0.0"), (0.15, "0.1"), (9.94, "9.9"), (12.3, "12")]
)
def test_seconds_are_told_from_none(seconds: float, told: str) -> None:
    assert about(seconds) == told
