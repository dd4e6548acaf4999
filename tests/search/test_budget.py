from __future__ import annotations

import pytest

from sightline.search.budget import FINISHING, Budget, OutOfTime


def test_time_passes_by_the_clock_that_is_given() -> None:
    now = [100.0]
    budget = Budget(60, clock=lambda: now[0])
    assert budget.left() == 60
    budget.check()
    now[0] = 100 + 60 * (1 - FINISHING) + 0.1
    with pytest.raises(OutOfTime):
        budget.check()
    assert budget.left_to_search() < 0 < budget.left()
