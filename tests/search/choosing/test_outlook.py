from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sightline as sl
from sightline.search.choosing.outlook import expected_gain, outlook
from sightline.search.collecting.budget import Budget
from sightline.search.trying.attempt import attempt
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.trial import Trial
from tests.search.comparisons import COLOR, LAYOUT, compared

PLAIN = sl.Preparation()


def test_an_error_that_halves_with_four_times_the_pictures_falls_on() -> None:
    # 0.2 with 100, 0.1 with 400: error = 2 n^-0.5
    assert expected_gain(0.1, 0.1, 100, 400, 1600) == pytest.approx(0.05)


@given(st.floats(0, 1), st.floats(-1, 1), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_a_gain_is_no_more_than_the_error(error: float, gained: float, before: int, more: int, much: int) -> None:
    assert 0 <= expected_gain(error, gained, before, before + more, before + more + much) <= error


def test_what_was_skipped_for_time_is_told() -> None:
    why = "would take about 9 s; 2 s were left to search"
    trials = [Trial((COLOR,), PLAIN, status="skipped", why=why), Trial((LAYOUT,), PLAIN, status="failed", why="odd")]
    (finding,) = outlook(compared(), Expectation(compared()), trials)
    assert finding.kind == "more-time" and finding.evidence == {"names": ["color"]}


def test_what_was_cut_short_is_told() -> None:
    among = dataclasses.replace(compared(), budget=Budget(0.001, clock=lambda: 0.0))
    among.budget.stop()
    cut = attempt(among, COLOR, PLAIN, 36)
    assert cut.status == "skipped"
    (finding,) = outlook(among, Expectation(among), [cut])
    assert finding.kind == "more-time" and finding.evidence == {"names": ["color"]}


def test_a_lower_rung_is_of_the_same_candidate_and_not_of_its_name() -> None:
    among = compared(240, sizes=(120,))
    renamed = dataclasses.replace(LAYOUT, name=COLOR.name)
    tried = [attempt(among, renamed, PLAIN, 120), attempt(among, COLOR, PLAIN, 240)]
    (finding,) = outlook(among, Expectation(among), tried)
    own = attempt(among, COLOR, PLAIN, 120)
    assert finding == next(iter(outlook(among, Expectation(among), [own, tried[1]])))


def test_more_data_is_told_from_a_lower_rung_or_half_the_pictures() -> None:
    among = compared(240, sizes=(120,))
    low, high = (attempt(among, COLOR, PLAIN, n) for n in (120, 240))
    for tried in ([low, high], [high]):
        (finding,) = outlook(among, Expectation(among), tried)
        assert finding.kind == "more-data" and finding.evidence["pictures"] == 480
        assert "from 120 to 240 pictures" in finding.message
        assert 0 <= finding.evidence["low"] <= finding.evidence["gain"] <= finding.evidence["high"]


def test_without_time_or_pictures_nothing_is_told() -> None:
    among = compared(36)
    trial = attempt(among, COLOR, PLAIN, 36)
    assert list(outlook(among, Expectation(among), [trial])) == []
    large = dataclasses.replace(compared(240), budget=Budget(0.001, clock=lambda: 0.0))
    assert list(outlook(large, Expectation(large), [attempt(large, COLOR, PLAIN, 240, sure=True)])) == []
