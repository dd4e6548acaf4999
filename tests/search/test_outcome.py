from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sightline as sl
from sightline.search.collecting.budget import Budget
from sightline.search.delivering.freeze import Freezer
from sightline.search.outcome import _late
from sightline.search.trying.race import Race
from sightline.search.trying.trial import Trial


@pytest.mark.parametrize(
    ("elapsed", "told"),
    [
        (29.0, None),
        (30.0, None),
        (30.04, None),
        (30.06, "30.1 s were needed and 30 s were given"),
        (43.2, "43.2 s were needed and 30 s were given"),
    ],
)
def test_what_took_longer_says_by_how_much_or_nothing(elapsed: float, told: str | None) -> None:
    found = [finding.message for finding in _late(Budget(30, clock=lambda: elapsed, started=0.0))]
    assert found == ([] if told is None else [told])


def scores(run: Any) -> dict[str, float]:
    return {one.name: one.score.value for one in run.leaderboard if one.score is not None}


def test_the_same_command_again_knows_all_that_was_answered(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sl.fit(sl.read(mats), time_s=20, only="HOG", out=tmp_path / "a")
    known = {name: score for name, score in scores(first).items() if "mean of" not in name}
    monkeypatch.setattr(Race, "_too_long", lambda *_: "no time")
    for name, time_s in (("b", 20), ("c", 1)):  # with as much time, and with less than it takes to begin
        again = sl.fit(sl.read(mats), time_s=time_s, only="HOG", out=tmp_path / name)
        assert known.items() <= scores(again).items()
        assert max(scores(again).values()) >= max(known.values())


@pytest.mark.parametrize(("error", "is_row"), [(KeyError("weights"), True), (OSError(28, "No space left"), False)])
def test_whatever_the_last_fit_raises_the_next_best_ships_unless_the_disk_is_full(
    error: Exception, is_row: bool, mats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze, failed = Freezer.freeze, []

    def once(self: Freezer, trial: Trial) -> Any:
        if not failed:
            failed.append(trial.name)
            raise error
        return freeze(self, trial)

    monkeypatch.setattr(Freezer, "freeze", once)
    if not is_row:
        with pytest.raises(OSError, match="No space left"):
            sl.fit(sl.read(mats), time_s=30, only="HOG")
        return
    run = sl.fit(sl.read(mats), time_s=30, only="HOG")
    (fallen,) = (trial for trial in run.leaderboard if trial.name == failed[0])
    assert fallen.status == "failed" and run.winner.name != failed[0]
    assert fallen.why.startswith("fitted on everything, it failed: KeyError ('weights') in test_outcome.py, line ")
