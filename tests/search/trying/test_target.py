from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.errors import BudgetError, InputError
from sightline.evaluation import profiling
from sightline.evaluation.conversion import Rates
from sightline.evaluation.drawn import drawn_jpegs
from sightline.evaluation.profile import Profile
from sightline.evaluation.speed import Speed
from sightline.parallel import Progress, silent
from sightline.preparation.preparation import Preparation
from sightline.search.trying import target as target_module
from sightline.search.trying.candidates import PORTFOLIO
from sightline.search.trying.limits import Limits, OverLimits
from sightline.search.trying.target import TargetMachine
from sightline.search.trying.trial import Trial
from tests.evaluation.profiles import profile, small_model

SPEED = Speed({"p50": 10.0, "p95": 20.0, "p99": 40.0}, 100.0, 1, 2, 3.0, 4, "here")
TRIAL = Trial((PORTFOLIO[0],), Preparation(), latency_ms=10.0)
ONLY = "HOG(size_px=32) > LinearSVM()"


def machine(scale: float) -> TargetMachine:
    return TargetMachine(Rates(profile(), profile("there", scale=scale)), 64 * 48)


@pytest.fixture
def profiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine has the invented profile."""

    def kept(folder: Path | None, progress: Progress = silent) -> Profile:
        return profile()

    monkeypatch.setattr(target_module, "kept_profile", kept)


def test_a_trial_is_judged_by_what_it_takes_there() -> None:
    limits = Limits(latency_ms=20, target=machine(3.0))
    assert limits.expected_over(TRIAL) == (
        "latency 30 ms (converted to there from 10 ms on here) is over the limit of 20 ms"
    )
    assert Limits(latency_ms=20).expected_over(TRIAL) is None
    assert Limits(latency_ms=5, target=machine(0.1)).expected_over(TRIAL) is None
    assert Limits(target=machine(3.0)).expected_over(TRIAL) is None
    unmeasured = dataclasses.replace(TRIAL, latency_ms=None)
    assert Limits(latency_ms=5, target=machine(3.0)).expected_over(unmeasured) is None
    far = dataclasses.replace(TRIAL, status="over budget", why="far", latency_ms=20.0)
    near = dataclasses.replace(TRIAL, status="over budget", why="near", members=(PORTFOLIO[1],))
    assert "the nearest, HOG + nearest neighbors, near" in limits.nothing_fits([far, near])


def test_a_file_is_judged_by_what_it_takes_there(tmp_path: Path) -> None:
    small_model().save(tmp_path / "model.sight")
    speed, finding = machine(3.0).converted(SPEED, tmp_path / "model.sight", drawn_jpegs("64x48", 2))
    assert speed.converted_latency_ms is not None and speed.converted_latency_ms["p50"] == pytest.approx(30)
    assert finding.kind == "latency-converted" and finding.severity == "info"
    Limits(latency_ms=31, target=machine(3.0)).check(speed, 1_000)
    with pytest.raises(OverLimits, match=r"latency 30 ms \(converted to there from 10 ms on here\)"):
        Limits(latency_ms=29, target=machine(3.0)).check(speed, 1_000)
    with pytest.raises(OverLimits, match="size"):  # size and memory are the same everywhere
        Limits(size_mb=1e-9, target=machine(3.0)).check(speed, 1_000)


def test_this_machine_is_profiled_once_for_all_runs_beside_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def measured(*_: object) -> Profile:
        asked.append("measured")
        return profile()

    monkeypatch.setattr(profiling, "profile_machine", measured)
    for _ in range(2):
        assert TargetMachine.of(profile("there"), 1.0, tmp_path, silent).here == "here"
    assert asked == ["measured"]


@pytest.mark.usefixtures("profiled")
def test_fit_converts_before_it_crowns(mats: Path, tmp_path: Path) -> None:
    path = tmp_path / "target.json"
    profile("Old Atom", scale=3.0).save(path)
    run = sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / "run", target=path)
    found = run.evaluation
    assert found.converted_to == "Old Atom" and found.latency_ms is not None and found.converted_latency_ms is not None
    for name, here_ms in found.latency_ms.items():
        assert found.converted_latency_ms[name] == pytest.approx(3 * here_ms, rel=0.01)
    assert run.model.evaluation["converted_to"] == "Old Atom"  # the file says it too
    assert "on Old Atom (converted)" in (tmp_path / "run" / "report.html").read_text()
    plan = tmp_path / "run" / "plan.json"
    with pytest.raises(InputError, match="a plan for the machine Old Atom; give its profile with --target"):
        sl.fit(sl.read(mats), replay=plan)
    assert sl.fit(sl.read(mats), replay=plan, target=path).model.digest == run.model.digest
    profile("Older Atom", scale=1e4).save(path)
    with pytest.raises(BudgetError, match=r"converted to Older Atom from .* ms on here\) is over the limit of 500 ms"):
        sl.fit(sl.read(mats), time_s=8, only=ONLY, max_latency_ms=500, target=path)


def test_a_profile_that_cannot_be_used_is_told_before_any_work(mats: Path, tmp_path: Path) -> None:
    (tmp_path / "target.json").write_text("{}")
    with pytest.raises(InputError, match=r"target.json cannot be used: its format is None"):
        sl.fit(sl.read([np.zeros((4, 4, 3), np.uint8)] * 2, labels=["a", "b"]), target=tmp_path / "target.json")
