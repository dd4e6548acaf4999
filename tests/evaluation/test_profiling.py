from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.evaluation import profiling
from sightline.evaluation.profile import Profile
from sightline.evaluation.profiling import LEAST_RUNS, MOST_RUNS, WARM_UP, kept_profile, median_ms, profile_machine
from sightline.evaluation.works import Once


def quick_works(folder: Path) -> Iterator[tuple[str, Once]]:
    yield "one", lambda: None
    yield "two", lambda: None


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiling, "works", quick_works)
    monkeypatch.setattr(profiling, "names", lambda: ("one", "two"))


class Clock:
    """Stands still but for a work, which takes `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.now, self.seconds, self.calls = 0.0, seconds, 0

    def __call__(self) -> float:
        return self.now

    def work(self) -> None:
        self.calls += 1
        self.now += self.seconds


@pytest.mark.parametrize(("seconds", "runs"), [(1e-6, MOST_RUNS), (0.01, 7), (3.0, LEAST_RUNS)])
def test_runs_are_many_for_short_works_and_few_for_long_ones(seconds: float, runs: int) -> None:
    clock = Clock(seconds)
    assert median_ms(clock.work, clock) == pytest.approx(1e3 * seconds, rel=1e-6)
    assert clock.calls - WARM_UP in (runs, runs + 1)  # the sum of hundredths is not exact


def test_a_clock_that_sees_nothing_gives_no_zero() -> None:
    assert median_ms(lambda: None, lambda: 0.0) > 0


@pytest.mark.usefixtures("quick")
def test_every_work_is_timed_and_progress_is_told() -> None:
    told: list[tuple[str, int, int | None]] = []
    found = profile_machine(lambda *step: told.append(step))
    assert list(found.works) == ["one", "two"]
    assert [done for _, done, _ in told] == list(range(7)) and {total for _, _, total in told} == {6}
    assert found.cores >= 1 and set(found.versions) == {"sightline", "numpy", "opencv"}
    assert Profile.from_dict(found.to_dict()) == found


def test_a_machine_that_is_busy_for_a_moment_is_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, seconds = Clock(0.0), iter((0.03, 0.01, 0.02))

    def works(folder: Path) -> Iterator[tuple[str, Once]]:
        yield "one", clock.work

    def median(once: Once, read: Clock) -> float:
        read.seconds = next(seconds)
        return median_ms(once, read)

    monkeypatch.setattr(profiling, "works", works)
    monkeypatch.setattr(profiling, "names", lambda: ("one",))
    monkeypatch.setattr(profiling, "median_ms", median)
    assert profile_machine(clock=clock).works == {"one": pytest.approx(10)}


@pytest.mark.usefixtures("quick")
def test_it_is_kept_by_machine_and_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_profile(None)
    assert list(tmp_path.iterdir()) == []
    first = kept_profile(tmp_path)
    (path,) = tmp_path.iterdir()
    marked = dataclasses.replace(first, created="before")
    marked.save(path)
    assert kept_profile(tmp_path) == marked
    path.write_text("{")
    assert kept_profile(tmp_path).created != "before"  # what cannot be used is measured anew
    marked.save(path)
    monkeypatch.setattr(profiling, "machine", lambda: "another")
    assert kept_profile(tmp_path).machine == "another"
    monkeypatch.setattr(profiling, "versions", lambda: {"sightline": "9"})
    assert kept_profile(tmp_path).versions == {"sightline": "9"}
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.usefixtures("quick")
def test_a_folder_that_cannot_be_written_to_costs_no_run(tmp_path: Path) -> None:
    assert kept_profile(tmp_path / "gone").works
