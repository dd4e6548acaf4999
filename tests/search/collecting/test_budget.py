from __future__ import annotations

import pytest

from sightline.search.collecting.budget import FINISHING, LEAST_FINISHING, MOST_FINISHING, Budget, OutOfTime


def test_time_passes_by_the_clock_that_is_given() -> None:
    now = [100.0]
    budget = Budget(60, clock=lambda: now[0])
    assert budget.left() == 60
    budget.check()
    now[0] = 100 + 60 * (1 - FINISHING) + 0.1
    with pytest.raises(OutOfTime):
        budget.check()
    assert budget.left_to_search() < 0 < budget.left()


def test_time_may_have_begun_before_the_budget_was_made() -> None:
    budget = Budget(60, clock=lambda: 100.0, started=70.0)
    assert (budget.elapsed(), budget.left()) == (30, 30)


def test_what_comes_after_is_kept_within_shares() -> None:
    budget = Budget(100, clock=lambda: 0.0)
    for asked, kept in ((20, 20), (1, 100 * LEAST_FINISHING), (1000, 100 * MOST_FINISHING)):
        budget.reserve(asked)
        assert budget.left_to_search() == pytest.approx(100 - kept)


def test_work_of_an_earlier_run_counts_and_is_not_on_the_wall() -> None:
    budget = Budget(100, clock=lambda: 0.0)
    budget.charge(30)
    assert (budget.left(), budget.spent(), budget.elapsed()) == (70, 30, 0)


def test_what_is_remembered_takes_no_time_from_what_comes_after_the_search() -> None:
    now = [0.0]
    budget = Budget(100, clock=lambda: now[0])
    budget.reserve(20)
    now[0] = 30.0
    budget.charge(60)  # cut off at the end of the search: what is left is what had been kept
    assert budget.left_to_search() < 0 and budget.left() == 20
    now[0] = 95.0
    assert budget.left() == 5


def test_where_more_is_remembered_than_could_have_been_searched_the_wall_counts() -> None:
    budget = Budget(100, clock=lambda: 10.0, started=0.0)
    budget.reserve(20)
    budget.charge(500)
    assert budget.left_to_search() < 0 and budget.left() == 90 and budget.charged == 500


def test_more_than_promised_is_a_tenth_and_five_seconds() -> None:
    assert Budget(100, clock=lambda: 40.0, started=0.0).left_at_most() == pytest.approx(75)


def test_a_stopped_search_has_no_time() -> None:
    budget = Budget(100, clock=lambda: 0.0)
    budget.stop()
    assert budget.left_to_search() < 0 < budget.left()
    with pytest.raises(OutOfTime):
        budget.check()
