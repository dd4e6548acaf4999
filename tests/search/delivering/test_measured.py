from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

import sightline as sl
from sightline.errors import BudgetError, InputError
from sightline.evaluation.speed import Speed
from sightline.search.delivering import measured
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

    def measure(path: Path, *_: object) -> Speed:
        made.append(path)
        return speed(next(found))

    monkeypatch.setattr(measured, "measure", measure)
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


def test_what_cannot_be_measured_does_not_pass_a_limit(mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Speed:
        raise InputError("the process was killed")

    monkeypatch.setattr(measured, "measure", fails)
    run = sl.fit(sl.read(mats), time_s=8, only=ONLY)
    assert "speed-not-measured" in {finding.kind for finding in run.findings}
    with pytest.raises(BudgetError, match="could not be measured, and have limits: the process was killed"):
        sl.fit(sl.read(mats), time_s=8, only=ONLY, max_latency_ms=1e6)
    with pytest.raises(BudgetError, match="size"):
        sl.fit(sl.read(mats), time_s=8, only=ONLY, max_size_mb=0.001)


def test_the_same_file_is_not_measured_again_within_the_hour(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = measuring(monkeypatch, 50.0, 60.0, 70.0)

    def p50(name: str, only: str = ONLY) -> float:
        run = sl.fit(sl.read(mats), time_s=8, only=only, out=tmp_path / name)
        assert run.evaluation.latency_ms is not None
        return float(run.evaluation.latency_ms["p50"])

    assert p50("first") == p50("again") == 50 and count() == 1
    assert p50("other", "HOG(size_px=24) > LinearSVM()") == 60
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * measured.FRESH_S)
    assert p50("later") == 70


def test_a_remembered_speed_has_all_figures(mats: Path, tmp_path: Path) -> None:
    runs = [sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / name) for name in ("first", "again")]
    first, again = ({**run.evaluation.to_dict(), "notes": None} for run in runs)
    assert first == again
