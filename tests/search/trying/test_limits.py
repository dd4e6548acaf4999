from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import sightline as sl
from sightline.errors import InputError
from sightline.evaluation import verdict
from sightline.evaluation.speed import Speed
from sightline.preparation.preparation import Preparation
from sightline.search.trying.limits import Limits, OverLimits
from sightline.search.trying.trial import Trial
from sightline.task import Target, Task
from tests.search.comparisons import COLOR, LAYOUT

ONLY = "HOG(size_px=32) > LinearSVM()"


def speed(p50: float, memory_mb: float) -> Speed:
    return Speed({"p50": p50, "p95": p50, "p99": p50}, 100.0, round(memory_mb * 1e6), 2, 3.0, 4, "here")


def test_the_command_line_comes_before_the_replayed_run_and_that_before_the_task() -> None:
    task, planned = Task(target=Target(latency_ms=20, size_mb=3)), Task(target=Target(latency_ms=30, memory_mb=400))
    assert Limits.of(task, 100, None) == Limits(100, 3)
    assert Limits.of(task, None, 5, planned) == Limits(30, 5, 400)
    assert Limits.of(task, 100, None, planned) == Limits(100, None, 400)


def test_limits_in_force_are_those_of_the_task() -> None:
    task = Task(question="?", target=Target(where="line", latency_ms=20))
    assert Limits.of(task, 100, 2).in_force(task) == Task(question="?", target=Target("line", 100, None, 2))


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_is_none_is_refused(limit: float) -> None:
    with pytest.raises(InputError, match=r"--max-latency is .*; allowed: more than 0"):
        Limits.of(Task(), limit, None)


def test_what_was_asked_for_is_what_everything_is_judged_by(mats: Path, tmp_path: Path) -> None:
    task = Task(target=Target(latency_ms=0.001))
    run = sl.fit(sl.read(mats), task, 8, out=tmp_path / "run", only=ONLY, max_latency_ms=10_000, max_size_mb=9)
    assert run.model.task.target == Target(latency_ms=10_000, size_mb=9)
    found = verdict.limits(run.evaluation, run.model.task.to_dict())
    assert [(one.allowed, one.met) for one in found] == [("10000 ms", True), ("9 MB", True)]
    page = (tmp_path / "run" / "report.html").read_text()
    assert "10000 ms" in page and "A limit is missed" not in page
    plan = json.loads((tmp_path / "run" / "plan.json").read_text())
    assert plan["task"]["target"] == plan["replay"]["task"]["target"] == {"latency_ms": 10_000, "size_mb": 9}


def test_the_nearest_is_told_by_memory_too_where_that_was_measured() -> None:
    limits, trials = Limits(latency_ms=10, memory_mb=100), []
    for member, memory in ((COLOR, 900.0), (LAYOUT, 110.0)):
        with pytest.raises(OverLimits) as broken:
            limits.check(speed(5, memory), 4)
        trial = Trial((member,), Preparation(), latency_ms=5, status="over budget", why=f"its file: {broken.value}")
        trials.append(dataclasses.replace(trial, excess=broken.value.excess))
    assert [one.excess for one in trials] == [9.0, 1.1]
    assert "the nearest, layout, peak memory 110 MB" in limits.nothing_fits(trials)
    slow = Trial((COLOR,), Preparation(), latency_ms=10.5, status="over budget", why="latency 10.5 ms is over")
    assert "the nearest, color, latency" in limits.nothing_fits([*trials, slow])


def test_what_could_not_be_measured_is_nearest_to_nothing() -> None:
    assert OverLimits("not measured").excess == float("inf")
    with pytest.raises(OverLimits) as broken:
        Limits(size_mb=1).check(None, 3_000_000)
    assert broken.value.excess == 3


def test_every_limit_that_is_missed_is_named() -> None:
    limits = Limits(latency_ms=1, size_mb=0.001, memory_mb=100)
    with pytest.raises(OverLimits) as broken:
        limits.check(speed(5, 900), 4_000)
    slow, heavy = "latency 5 ms is over the limit of 1 ms", "peak memory 900 MB is over the limit of 100 MB"
    large = "size 0.004 MB is over the limit of 0.001 MB"
    assert str(broken.value) == f"{slow}, and {heavy}, and {large}" and broken.value.excess == 9
    trial = Trial((COLOR,), Preparation(), latency_ms=5, size_bytes=4_000)
    why = limits.expected_over(trial)
    assert why == f"{slow}, and {large}"
    told = limits.nothing_fits([dataclasses.replace(trial, status="over budget", why=why)])
    assert told.endswith(
        f"the nearest, color, {slow}, and {large}; raise these limits or restrict the search with --only"
    )
    assert limits.expected_over(dataclasses.replace(trial, size_bytes=10)) == slow
    assert limits.expected_over(dataclasses.replace(trial, latency_ms=None)) == large
    assert limits.expected_over(dataclasses.replace(trial, latency_ms=1.0, size_bytes=1_000)) is None
