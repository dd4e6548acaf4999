from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sightline as sl
from sightline.classical.classifiers.ridge import Ridge
from sightline.data.store import FeatureStore
from sightline.errors import MissingExtraError
from sightline.search.collecting.budget import Budget, OutOfTime
from sightline.search.collecting.journal import NAME
from sightline.search.trying.attempt import Remembered, attempt, remembered
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.imports import FEW_ROWS
from tests.search.comparisons import COLOR, LAYOUT, WORDS, compared

PLAIN = sl.Preparation()


def fits_counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    fits: list[int] = []
    fit = Ridge.fit

    def counted(self: Ridge, X: Any, y: Any, *more: Any) -> Ridge:
        if len(X) != FEW_ROWS:  # the first of a process, which imports what it needs
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


def test_what_the_journal_has_is_told_whole_or_in_part(tmp_path: Path) -> None:
    assert remembered(compared(), LAYOUT, PLAIN, 36) == Remembered(None, 0, 3)
    trial = attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    among = compared(folder=tmp_path)
    found = remembered(among, LAYOUT, PLAIN, 36)
    assert found.trial is not None and found.trial.record is not None and trial.record is not None
    assert np.array_equal(found.trial.record.raw, trial.record.raw)
    assert 0 < found.seconds <= trial.seconds and found.missing == 0 and among.budget.charged == 0
    lines = journal(tmp_path)
    rewritten(tmp_path, lines[:2])
    found = remembered(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    assert (found.trial, found.missing) == (None, 1)
    assert found.seconds == pytest.approx(sum(line["seconds"] for line in lines[:2]))
    rewritten(tmp_path, lines[:3])  # killed before speed and size were written: a model must be made for them
    found = remembered(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    assert (found.trial, found.missing) == (None, 1)


def journal(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / NAME).read_text().splitlines()]


def rewritten(folder: Path, lines: list[dict[str, Any]]) -> None:
    (folder / NAME).write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize(
    ("where", "facts"),
    [
        (0, {}),
        (0, {"fit_s": -5}),
        (0, {"fit_s": "x"}),
        (0, {"vectors": 0}),
        (0, {"learned_s": 1e300}),
        (3, {}),
        (3, {"latency_ms": -1}),
        (3, {"size_bytes": 1e300}),
    ],
)
def test_what_cannot_have_been_measured_is_measured_again(where: int, facts: dict[str, Any], tmp_path: Path) -> None:
    first = attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    lines = journal(tmp_path)
    odd = {**lines[where]["facts"], **facts} if facts else {}
    rewritten(tmp_path, [{**line, "facts": odd} if line is lines[where] else line for line in lines])
    assert remembered(compared(folder=tmp_path), LAYOUT, PLAIN, 36).missing == 1
    again = attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    assert first.record is not None and again.record is not None and again.latency_ms is not None
    assert np.array_equal(first.record.raw, again.record.raw) and 0 < again.costs[0].seconds < 1e8
    assert remembered(compared(folder=tmp_path), LAYOUT, PLAIN, 36).trial is not None


def test_answers_of_another_shape_are_given_again(tmp_path: Path) -> None:
    first = attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    key = journal(tmp_path)[1]["key"]
    FeatureStore(tmp_path).beside("answers", 10**9).put(key, np.zeros((5, 2), np.float32))
    assert remembered(compared(folder=tmp_path), LAYOUT, PLAIN, 36).missing == 1
    again = attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    assert first.record is not None and again.record is not None
    assert np.array_equal(first.record.raw, again.record.raw)


def test_answers_that_cannot_be_scored_fail_when_tried_and_not_when_recalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)

    def fails(*_: Any) -> None:
        raise ValueError("NaN")

    monkeypatch.setattr(Comparison, "scored", fails)
    among = compared(folder=tmp_path)
    assert remembered(among, LAYOUT, PLAIN, 36).trial is None
    assert attempt(among, LAYOUT, PLAIN, 36).why == "it failed: ValueError (NaN)"


def test_what_a_fit_takes_is_not_what_disturbs_one_fold(tmp_path: Path) -> None:
    attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36)
    lines = journal(tmp_path)
    for line, seconds in zip(lines, (7.0, 0.1, 0.2), strict=False):  # the first waited for the other cores
        line["facts"]["fit_s"] = seconds
    rewritten(tmp_path, lines)
    assert attempt(compared(folder=tmp_path), LAYOUT, PLAIN, 36).costs[0].seconds == 0.2


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


ERRORS = [
    MemoryError(), np.linalg.LinAlgError("singular"), ValueError("of a component"), KeyError("fit_s"),
    TypeError("a + 1"), IndexError("3"), OSError(2, "no weights"), AttributeError("x"),
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_whatever_a_candidate_raises_the_others_go_on(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Ridge, "fit", fails)
    trial = attempt(compared(), LAYOUT, PLAIN, 36)
    assert trial.status == "failed" and trial.record is None
    assert type(error).__name__ in trial.why and str(error) in trial.why


def test_what_is_raised_for_the_user_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise MissingExtraError("install sightline[fast]")

    monkeypatch.setattr(Ridge, "fit", fails)
    with pytest.raises(MissingExtraError):
        attempt(compared(), LAYOUT, PLAIN, 36)
