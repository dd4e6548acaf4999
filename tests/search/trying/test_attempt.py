from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sightline as sl
from sightline.classical.classifiers.ridge import Ridge
from sightline.search.collecting.budget import Budget, OutOfTime
from sightline.search.trying.attempt import attempt
from sightline.search.trying.candidates import Candidate
from sightline.search.trying.comparison import Comparison
from tests.search.comparisons import COLOR, LAYOUT, WORDS, compared

PLAIN = sl.Preparation()


def fits_counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    fits: list[int] = []
    fit = Ridge.fit

    def counted(self: Ridge, X: Any, y: Any, *more: Any) -> Ridge:
        fits.append(len(X))
        return fit(self, X, y, *more)

    monkeypatch.setattr(Ridge, "fit", counted)
    return fits


def test_a_trial_speaks_of_the_pictures_of_its_rung() -> None:
    among = compared(36, sizes=(18,))
    low, high = (attempt(among, LAYOUT, PLAIN, n) for n in (18, 36))
    assert low.record is not None and high.record is not None
    assert (low.pictures, high.pictures) == (18, 36) and len(low.record) == 18
    assert np.array_equal(high.record.index[:18], low.record.index)  # the lower rung begins the higher one
    assert low.score is not None and low.latency_ms is not None and low.costs[0].vectors == 12


@pytest.mark.parametrize("candidate", [LAYOUT, WORDS], ids=lambda one: one.name)
def test_what_was_answered_before_is_not_done_again(
    candidate: Candidate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = attempt(compared(folder=tmp_path), candidate, PLAIN, 36)
    monkeypatch.setattr(Comparison, "node", lambda self, candidate: pytest.fail("described again"))
    again = attempt(compared(folder=tmp_path), candidate, PLAIN, 36)
    assert first.record is not None and again.record is not None
    assert np.array_equal(first.record.raw, again.record.raw)
    assert (first.score, first.seconds, first.costs) == (again.score, again.seconds, again.costs)


def test_after_a_kill_only_the_folds_that_are_missing_are_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = fits_counted(monkeypatch)
    whole = attempt(compared(), LAYOUT, PLAIN, 36)
    assert len(fits) == 3
    fits.clear()

    attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    # As after kill -9: the answers of one fold had been written.
    lines = (tmp_path / "journal-1.jsonl").read_text().splitlines()
    (tmp_path / "journal-1.jsonl").write_text("\n".join(lines[:1]) + "\n")
    fits.clear()
    resumed = attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    assert len(fits) == 2
    assert whole.record is not None and resumed.record is not None
    assert np.array_equal(whole.record.raw, resumed.record.raw)


def test_what_is_remembered_counts_as_time(tmp_path: Path) -> None:
    trial = attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    among = dataclasses.replace(compared(folder=tmp_path), budget=Budget(60, clock=lambda: 0.0))
    attempt(among, LAYOUT, PLAIN, 36)
    assert 0 < among.budget.spent() <= trial.seconds and among.budget.elapsed() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"candidate": dataclasses.replace(LAYOUT, classify="Ridge(standardize=False)")},
        {"candidate": dataclasses.replace(LAYOUT, augment="mirrored")},
        {"preparation": sl.Preparation(max_side_px=128)},
        {"labels": True},
    ],
    ids=str,
)
def test_another_question_has_another_answer(change: dict[str, Any]) -> None:
    among = compared()
    other = dataclasses.replace(among, seed=change.get("seed", 0))
    if "labels" in change:
        other = dataclasses.replace(other, folds=dataclasses.replace(other.folds, truth=1 - other.folds.truth))
    key = among.key(LAYOUT, PLAIN, 36)
    assert key == compared().key(dataclasses.replace(LAYOUT, name="another name"), PLAIN, 36)
    assert key != other.key(change.get("candidate", LAYOUT), change.get("preparation", PLAIN), 36)
    assert key != among.key(LAYOUT, PLAIN, 35)


def test_without_time_it_is_skipped_unless_it_is_sure() -> None:
    among = dataclasses.replace(compared(), budget=Budget(1, clock=iter(range(0, 10_000, 100)).__next__))
    trial = attempt(among, COLOR, PLAIN, 36)
    assert (trial.status, trial.record) == ("skipped", None) and "over" in trial.why
    assert attempt(among, COLOR, PLAIN, 36, sure=True).record is not None
    with pytest.raises(OutOfTime):
        among.budget.check()


@pytest.mark.parametrize("error", [MemoryError(), np.linalg.LinAlgError("singular"), ValueError("of a component")])
def test_whatever_a_candidate_raises_the_others_go_on(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Ridge, "fit", fails)
    trial = attempt(compared(), LAYOUT, PLAIN, 36)
    assert trial.status == "failed" and trial.record is None
    assert type(error).__name__ in trial.why and str(error) in trial.why
