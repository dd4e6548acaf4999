from __future__ import annotations

import threading
from typing import Any

import pytest

from sightline.classical.classifiers.ridge import Ridge
from sightline.search.collecting.budget import OutOfTime
from sightline.search.trying.imports import begin_import, wait_until_imported


def unchecked() -> None:
    """Time is left."""


def over() -> None:
    raise OutOfTime("over")


def test_a_kind_is_fitted_once_in_a_process_before_anybody_goes_on() -> None:
    fits: list[int] = []

    class Counted(Ridge):
        def fit(self, X: Any, *rest: Any) -> Counted:
            fits.append(len(X))
            return self

    for _ in range(3):
        wait_until_imported(Counted, over)  # no clock is looked at where nothing is waited for
    assert len(fits) == 1


def test_who_waits_stops_when_the_time_is_over() -> None:
    go_on = threading.Event()

    class Slow(Ridge):
        def fit(self, *_: Any) -> Slow:
            go_on.wait(60)
            return self

    with pytest.raises(OutOfTime):
        wait_until_imported(Slow, over)
    go_on.set()
    wait_until_imported(Slow, unchecked)


def test_a_kind_that_takes_no_few_rows_holds_nobody_up() -> None:
    class Refusing(Ridge):
        def fit(self, *_: Any) -> Refusing:
            raise KeyError("rows")

    wait_until_imported(Refusing, unchecked)


def test_an_import_under_way_does_not_take_the_process_down_at_its_end() -> None:
    begun, go_on = threading.Event(), threading.Event()
    daemons: list[bool] = []

    class Told(Ridge):
        def fit(self, *_: Any) -> Told:
            daemons.append(threading.current_thread().daemon)
            begun.set()
            go_on.wait(60)
            return self

    imported = begin_import(Told)
    assert begun.wait(60) and not imported.is_set() and daemons == [False]
    go_on.set()
    assert imported.wait(60)
