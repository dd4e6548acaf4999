from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sightline.preparation.preparation import Preparation
from sightline.search.improving import reduced
from sightline.search.trying.attempt import Remembered, attempt
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.limits import Limits
from sightline.search.trying.scorer import Scorer
from sightline.search.trying.trial import Trial
from sightline.task import Costs, Task
from tests.search.comparisons import COLOR, compared

N = 240


def among_costs(cost: float | None) -> Comparison:
    """A comparison whose task has mistakes of this cost."""
    among = compared(N)
    costs = Costs() if cost is None else Costs({"ok": {"bad": cost}, "bad": {"ok": cost}})
    task = Task(classes=among.data.task.classes, costs=costs)
    return dataclasses.replace(among, scorer=Scorer.of(task, False, 0))


def wrong_in(among: Comparison, trial: Trial, count: int) -> Trial:
    """The trial with answers that are wrong for so many pictures."""
    truth = among.folds.truth.copy()
    truth[:count] ^= 1
    raw = (np.eye(2, dtype=np.float32)[truth] * 0.8 + 0.1).astype(np.float32)
    if trial.record is None:
        raise AssertionError("the trial was not tried to the end")
    record = dataclasses.replace(trial.record, raw=raw, probabilities=raw)
    return among.scored(dataclasses.replace(trial, record=record))


@pytest.mark.parametrize("cost", [None, 0.001, 1.0, 100.0])
@pytest.mark.parametrize(("wrong", "status"), [(1, "tried"), (2, "skipped")])
def test_half_a_point_is_allowed_whatever_a_mistake_costs(
    cost: float | None, wrong: int, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    among = among_costs(cost)
    best = dataclasses.replace(attempt(among, COLOR, Preparation(), N), seconds=0.0)
    best, worse = wrong_in(among, best, 0), wrong_in(among, best, wrong)
    monkeypatch.setattr(reduced, "reduction", lambda *_: 2)
    monkeypatch.setattr(reduced, "attempt", lambda *_: worse)
    found = reduced.try_reduced(among, [best], 0, Limits())
    assert found is not None and found.status == status
    if status == "skipped":
        assert ("points" in found.why) == (cost is None)
        assert "reduced decoding loses 0.833 of cost" in found.why or cost != 100.0


def test_what_was_answered_before_needs_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reduced, "reduction", lambda *_: 2)
    best = dataclasses.replace(attempt(compared(N), COLOR, Preparation(), N), seconds=1e6)
    assert reduced.try_reduced(compared(N), [best], 0, Limits()) is None
    monkeypatch.setattr(reduced, "remembered", lambda *_: Remembered(best, 1.0, 0))
    assert reduced.try_reduced(compared(N), [best], 0, Limits()) is best
