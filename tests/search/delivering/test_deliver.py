from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.errors import BudgetError, InputError
from sightline.evaluation.report_data import ReportData
from sightline.evaluation.speed import Speed
from sightline.evaluation.verdict import ONE_THIRD, VALIDATION_PART, judged_on
from sightline.inputs.source import Item
from sightline.search.collecting import collect
from sightline.search.delivering import deliver, write
from sightline.search.delivering.deliver import Delivered
from sightline.search.delivering.run import Run
from sightline.search.trying.limits import Limits
from tests.pictures import mat

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


def test_what_cannot_be_measured_does_not_pass_a_limit(mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Speed:
        raise InputError("the process was killed")

    monkeypatch.setattr(deliver, "measure", fails)
    run = sl.fit(sl.read(mats), time_s=8, only=ONLY)
    assert "speed-not-measured" in {finding.kind for finding in run.findings}
    with pytest.raises(BudgetError, match="could not be measured, and have limits: the process was killed"):
        sl.fit(sl.read(mats), time_s=8, only=ONLY, max_latency_ms=1e6)
    with pytest.raises(BudgetError, match="size"):
        sl.fit(sl.read(mats), time_s=8, only=ONLY, max_size_mb=0.001)


@pytest.mark.parametrize(("held", "note"), [("validation", VALIDATION_PART), ("third", ONE_THIRD), ("folds", "")])
def test_how_pictures_were_held_out_is_noted(held: str, note: str, mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = sl.read(mats)
    if held == "validation":
        splits = (np.arange(len(catalog)) % 3 == 0).astype(np.int8)
        catalog = sl.Catalog(catalog.items, catalog.classes, catalog.labels, splits=splits)
    if held == "third":
        monkeypatch.setattr(collect, "MANY", 1)
    found = sl.fit(catalog, time_s=8, only=ONLY).evaluation
    assert {VALIDATION_PART, ONE_THIRD} & set(found.notes) == ({note} if note else set())
    assert ("cross-validation" in judged_on(found)) == (held == "folds")


def test_mistakes_in_memory_bear_the_numbers_of_their_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pictures: list[Item] = [mat(48, seed, broken=bool(seed % 2)) for seed in range(40)]
    labels = ["ok", "bad"] * 20
    labels[30:34] = ["bad", "ok", "bad", "ok"]  # wrong, so that some answers are
    seen: list[Delivered] = []
    reported = write.report_data

    def report_data(run: Run, data: collect.Collected, delivered: Delivered, *rest: bool) -> ReportData:
        seen.append(delivered)
        return reported(run, data, delivered, *rest)

    monkeypatch.setattr(write, "report_data", report_data)
    catalog = sl.read([b"x", b"y", *pictures], labels=["ok", "bad", *labels])
    sl.fit(catalog, time_s=8, only=ONLY, out=tmp_path / "run")
    (delivered,) = seen
    assert delivered.wrong
    for one in delivered.wrong:
        row = int(one.source.split()[1])
        assert one.item is catalog.items[row] and one.truth == catalog.classes[catalog.labels[row]]


def test_the_seed_of_a_fit_is_none_of_its_test(split_mats: Path) -> None:
    catalog = sl.read(split_mats)
    run = sl.fit(catalog, time_s=8, only="HOG(size_px=32) > LinearSVM()", seed=1)
    assert run.evaluation.accuracy == sl.evaluate(run.model, catalog.part("test")).accuracy
