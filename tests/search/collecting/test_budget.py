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


def test_a_stopped_search_has_no_time() -> None:
    budget = Budget(100, clock=lambda: 0.0)
    budget.stop()
    assert budget.left_to_search() < 0 < budget.left()
    with pytest.raises(OutOfTime):
        budget.check()
