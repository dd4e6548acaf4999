from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import sightline as sl
from sightline.errors import BudgetError
from sightline.evaluation.speed import Speed
from sightline.search.delivering import deliver
from sightline.search.trying.limits import Limits

ONLY = "HOG(size_px=32) > LinearSVM()"


def speed(p50: float, there: float | None = None) -> Speed:
    converted = None if there is None else {"p50": there}
    latency = {"p50": p50, "p95": p50, "p99": p50}
    return Speed(latency, 100.0, 1, 2, 3.0, 4, "here", "there" if there else None, converted)


def measuring(monkeypatch: pytest.MonkeyPatch, *p50: float) -> Callable[[], int]:
    """Measurements that find these latencies, one after the other; how many were made."""
    found = iter(p50)
    made = []

    def measured(path: Path, *_: object) -> Speed:
        made.append(path)
        return speed(next(found))

    monkeypatch.setattr(deliver, "measure", measured)
    return lambda: len(made)


def test_a_latency_close_to_its_limit_is_measured_twice_and_the_slower_counts(
    mats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = measuring(monkeypatch, 95.0, 98.0)
    run = sl.fit(sl.read(mats), time_s=8, only=ONLY, max_latency_ms=100)
    assert count() == 2 and run.evaluation.latency_ms is not None and run.evaluation.latency_ms["p50"] == 98
    measuring(monkeypatch, 95.0, 101.0)
    with pytest.raises(BudgetError, match="latency 101 ms is over the limit of 100 ms"):
        sl.fit(sl.read(mats), time_s=8, only=ONLY, max_latency_ms=100)


def test_one_measurement_is_enough_where_it_is_clear(mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = measuring(monkeypatch, 50.0)
    sl.fit(sl.read(mats), time_s=8, only=ONLY, max_latency_ms=100)
    assert count() == 1


def test_close_is_judged_where_the_limit_holds() -> None:
    assert Limits(latency_ms=100).nearly_broken(speed(90)) and not Limits(latency_ms=100).nearly_broken(speed(80))
    assert not Limits(latency_ms=100).nearly_broken(speed(101)) and not Limits().nearly_broken(speed(99))
    assert Limits(latency_ms=100).nearly_broken(speed(20, there=90))
    assert not Limits(latency_ms=100).nearly_broken(speed(90, there=20))
