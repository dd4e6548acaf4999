from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.classical.classifiers.ridge import Ridge
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.journal import NAME
from sightline.search.trying.attempt import attempt, remembered
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.limits import Limits
from sightline.search.trying.race import Race
from sightline.search.trying.trial import Trial
from tests.search.comparisons import COLOR, LAYOUT, WORDS, compared

PLAIN = sl.Preparation()
VARIANTS = [
    dataclasses.replace(LAYOUT, name=f"layout {a}", classify=f"Ridge(alpha={a})") for a in (0.1, 1.0, 10.0, 100.0)
]


def race(among: Comparison, limits: Limits = Limits()) -> tuple[Race, list[Trial]]:  # noqa: B008 - frozen
    trials: list[Trial] = []
    return Race(among, Expectation(among), trials, limits), trials


def test_everybody_is_tried_on_few_and_the_best_on_more() -> None:
    among = compared(54, sizes=(12, 27))
    runner, trials = race(among)
    assert runner.run([COLOR, *VARIANTS], PLAIN) == 2
    tried = {n: {one.name for one in trials if one.pictures == n} for n in (12, 27, 54)}
    assert len(tried[12]) == 5 and len(tried[27]) == 2 and len(tried[54]) == 2
    assert tried[54] == tried[27] < tried[12]
    best = sorted((one for one in trials if one.pictures == 12), key=among.scorer.order)[:2]
    assert {one.name for one in best} == tried[27]


def test_order_and_workers_change_no_record() -> None:
    found = []
    for workers in (1, 2):
        among = dataclasses.replace(compared(24), workers=workers)
        runner, trials = race(among)
        runner.run([COLOR, *VARIANTS], PLAIN)
        found.append({one.name: one.record.raw for one in trials if one.record})
    assert found[0].keys() == found[1].keys()
    assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])


def test_without_time_the_first_is_tried_and_the_others_say_why() -> None:
    among = dataclasses.replace(compared(24), budget=Budget(0.01, clock=lambda: 0.0))
    runner, trials = race(among)
    runner.run([COLOR, LAYOUT], PLAIN)
    by_name = {one.name: one for one in trials}
    assert by_name["color"].record is not None
    assert by_name["layout"].status == "skipped" and "left to search" in by_name["layout"].why


def test_what_promises_most_for_its_time_comes_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"a": 1.0, "b": 1.0, "c": 10.0, "d": 0.1}
    monkeypatch.setattr(Expectation, "trying_s", lambda self, candidate, *_: seconds[candidate.name])
    promises = {"a": (1.0, 0.01), "b": (0.02, 1.0), "c": (0.02, 1.0), "d": (0.01, 0.001)}
    named = [dataclasses.replace(COLOR, name=name, promise=promise) for name, promise in promises.items()]
    heard: list[str] = []
    among = dataclasses.replace(compared(12), workers=1, told=lambda trial: heard.append(trial.name))
    race(among)[0].rung(named, PLAIN, 0)
    assert heard == ["a", "d", "b", "c"]  # pictures of 32 px: after the first, d costs next to nothing
    heard.clear()
    large = dataclasses.replace(among.data.seen, sizes=among.data.seen.sizes * 10)
    among = dataclasses.replace(among, data=dataclasses.replace(among.data, seen=large))
    race(among)[0].rung(named, PLAIN, 0)
    assert heard == ["a", "b", "c", "d"]


def test_who_would_wait_for_what_another_describes_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Expectation, "_one_s", lambda *_: 1.0)
    runner, _ = race(compared(12))
    waiting = [dataclasses.replace(COLOR, name="again"), dataclasses.replace(LAYOUT, promise=(0.001, 0.001))]
    assert runner._most_promising(waiting, PLAIN) == 0
    runner._under_way["color"] = (COLOR, 1.0)
    assert runner._most_promising(waiting, PLAIN) == 1


def test_nobody_climbs_without_the_time() -> None:
    among = compared(54, sizes=(12,))
    runner, trials = race(dataclasses.replace(among, budget=Budget(1.0, clock=_steps(among))))
    assert runner.run([COLOR], PLAIN) == 0
    assert {one.pictures for one in trials} == {12}


def _steps(among: Comparison) -> Callable[[], float]:
    times = iter([0.0, *[0.69] * 10_000])
    return lambda: next(times)


def test_who_is_over_a_limit_does_not_climb_while_others_can() -> None:
    among = compared(54, sizes=(12,))
    runner, trials = race(among, Limits(size_mb=0.001))  # HOG + Ridge has more, color has not
    runner.run([*VARIANTS[:2], COLOR, dataclasses.replace(COLOR, name="color 2", classify="Ridge(alpha=3.0)")], PLAIN)
    assert {one.name for one in trials if one.pictures == 54} == {"color", "color 2"}


def test_every_trial_is_told() -> None:
    heard: list[str] = []
    among = dataclasses.replace(compared(24), told=lambda trial: heard.append(trial.name))
    runner, trials = race(among)
    runner.run([COLOR, LAYOUT], PLAIN)
    assert sorted(heard) == sorted(one.name for one in trials) == ["color", "layout"]


def test_versions_without_time_leave_no_row() -> None:
    among = dataclasses.replace(compared(24), budget=Budget(0.01, clock=lambda: 0.0))
    runner, trials = race(among)
    (best,) = runner.rung([COLOR], PLAIN, 0)
    runner.rung([Candidate("color, alpha=9", COLOR.represent, "Ridge(alpha=9.0)", 1e12)], PLAIN, 0, like=best)
    assert [one.name for one in trials] == ["color"]


def test_two_by_two_with_very_many_classes_takes_more_time_than_there_is() -> None:
    duels = dataclasses.replace(COLOR, name="duels", classify="KernelSVM()")
    among = compared(24)
    runner, trials = race(dataclasses.replace(among, folds=dataclasses.replace(among.folds, k=1_000)))
    runner.run([COLOR, duels], PLAIN)
    skipped = {one.name: one.why for one in trials if one.status == "skipped"}
    assert skipped.keys() == {"duels"} and "would take about" in skipped["duels"]


def test_what_memory_does_not_hold_is_left_on_the_rung_below(monkeypatch: pytest.MonkeyPatch) -> None:
    among = compared(54, sizes=(12, 54))
    wide = dataclasses.replace(LAYOUT, name="wide", represent="HOG(size_px=64)")
    monkeypatch.setattr("sightline.search.trying.memory.LEAST_BYTES", 4 * 1764 * 20)
    monkeypatch.setattr("sightline.search.trying.memory.memory_bytes", lambda: 0)
    runner, trials = race(among)
    assert runner.run([wide, dataclasses.replace(wide, name="other", classify="Ridge(alpha=3)")], PLAIN) == 0
    assert {(one.pictures, one.status) for one in trials} == {(12, "tried")}


def test_what_turns_out_too_wide_fails_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.search.trying.memory.LEAST_BYTES", 1_000)
    monkeypatch.setattr("sightline.search.trying.memory.memory_bytes", lambda: 0)
    runner, trials = race(compared(24))
    assert runner.run([LAYOUT], PLAIN) == 0
    assert trials[0].status == "failed" and "24 of 324 values for 1 folds; allowed" in trials[0].why


def no_time(folder: Path, sizes: tuple[int, ...] = (), n: int = 24) -> Comparison:
    """A run after the others in the folder, without any time to search."""
    return dataclasses.replace(compared(n, sizes, folder=folder), budget=Budget(0.01, clock=lambda: 0.0))


def test_what_was_answered_is_never_refused_for_time(tmp_path: Path) -> None:
    first, trials = race(compared(24, folder=tmp_path))
    first.run([COLOR, LAYOUT, VARIANTS[0]], PLAIN)
    heard: list[str] = []
    among = dataclasses.replace(no_time(tmp_path), told=lambda trial: heard.append(trial.name))
    runner, again = race(among)
    runner.run([WORDS, COLOR, LAYOUT, VARIANTS[0]], PLAIN)  # the first is not even what must be tried in any case
    by_name = {one.name: one for one in again}
    assert heard == ["color", "layout", "layout 0.1"]
    for before in trials:
        after = by_name[before.name]
        assert after.record is not None and before.record is not None
        assert np.array_equal(after.record.raw, before.record.raw) and after.score == before.score
    assert by_name["words"].status == "skipped"
    assert "left to search when what is remembered had been counted" in by_name["words"].why


def test_what_is_remembered_joins_before_anything_new_and_counts_as_time_once(tmp_path: Path) -> None:
    known = attempt(compared(24, folder=tmp_path), VARIANTS[2], PLAIN, 24)
    heard: list[str] = []
    among = dataclasses.replace(compared(24, folder=tmp_path), told=lambda trial: heard.append(trial.name), workers=1)
    among = dataclasses.replace(among, budget=Budget(60, clock=lambda: 0.0))
    runner, _ = race(among)
    runner.run([COLOR, *VARIANTS], PLAIN)
    assert heard[0] == known.name and len(heard) == 5
    took = remembered(among, VARIANTS[2], PLAIN, 24).seconds
    assert among.budget.charged == pytest.approx(took)
    runner.rung([VARIANTS[2]], PLAIN, 0)
    assert among.budget.charged == pytest.approx(took)


def test_folds_that_are_known_count_as_time_and_are_not_expected_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt(compared(24, folder=tmp_path), LAYOUT, PLAIN, 24)
    lines = (tmp_path / NAME).read_text().splitlines(keepends=True)
    (tmp_path / NAME).write_text("".join(lines[:2]))  # killed in the last of three folds
    asked: dict[str, int | None] = {}

    def trying_s(
        self: Expectation, candidate: Candidate, _: object, n: int, before: object, missing: int | None
    ) -> float:
        asked[candidate.name] = missing
        return 0.1

    monkeypatch.setattr(Expectation, "trying_s", trying_s)
    monkeypatch.setattr(Race, "_most_promising", lambda *_: 0)
    among = compared(24, folder=tmp_path)
    race(among)[0].run([COLOR, LAYOUT], PLAIN)
    assert asked == {"color": 3, "layout": 1} and among.budget.charged > 0


def test_what_is_known_of_more_pictures_joins_there_whoever_climbed(tmp_path: Path) -> None:
    left_behind = attempt(compared(54, (12,), folder=tmp_path), VARIANTS[3], PLAIN, 54)
    runner, trials = race(no_time(tmp_path, (12,), 54))
    assert runner.run([COLOR, *VARIANTS], PLAIN) == 1
    above = [one for one in trials if one.pictures == 54]
    assert [one.name for one in above] == [left_behind.name] and above[0].score == left_behind.score


def test_what_there_is_no_time_to_make_a_model_of_is_told_and_brings_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = compared(54, (12,), folder=tmp_path)
    for candidate, n in ((COLOR, 12), (LAYOUT, 12), (LAYOUT, 54)):
        attempt(earlier, candidate, PLAIN, n)
    monkeypatch.setattr(Expectation, "finishing_s", lambda self, trial, *_: 1e4 if trial.members[0] == LAYOUT else 1.0)
    runner, trials = race(no_time(tmp_path, (12,), 54))
    assert runner.run([COLOR, LAYOUT], PLAIN) == 0
    by_name = {one.name: one for one in trials}
    assert by_name["color"].record is not None and by_name["layout"].status == "skipped"
    assert by_name["layout"].why.startswith("is remembered, but its model would take about 10000 s to make; ")
    monkeypatch.setattr(Expectation, "finishing_s", lambda *_: 1e4)
    runner, trials = race(no_time(tmp_path, (12,), 54))
    runner.run([COLOR, LAYOUT], PLAIN)
    assert [one.name for one in trials if one.record is not None] == ["color"]  # there always is an answer


def test_after_a_kill_the_same_climb_with_the_same_answers(tmp_path: Path) -> None:
    def run(folder: Path) -> list[Trial]:
        runner, trials = race(compared(54, (12, 27), folder=folder))
        assert runner.run([COLOR, *VARIANTS], PLAIN) == 2
        return trials

    whole = run(tmp_path)
    lines = (tmp_path / NAME).read_text().splitlines(keepends=True)
    for cut in range(1, len(lines), 7):
        folder = tmp_path.parent / f"{tmp_path.name} cut at {cut}"
        shutil.copytree(tmp_path, folder)
        (folder / NAME).write_text("".join(lines[:cut]))
        again = run(folder)
        assert {(one.name, one.pictures) for one in again} == {(one.name, one.pictures) for one in whole}


def test_what_the_best_is_fitted_with_is_imported_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt(compared(24, folder=tmp_path), COLOR, PLAIN, 24)
    imported: list[type] = []
    monkeypatch.setattr("sightline.search.trying.race.begin_import", imported.append)
    race(no_time(tmp_path))[0].run([COLOR], PLAIN)
    assert imported == [Ridge]
