from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sightline as sl
from sightline.errors import BudgetError, InputError
from sightline.evaluation.verdict import verdict
from sightline.search.choosing.correction import chosen_among, earlier_choices
from sightline.search.collecting.cross_validate import parts_of
from sightline.search.delivering.plan import Plan
from sightline.search.improving.blend import mean_of
from sightline.search.replay import replayed
from sightline.search.trying.attempt import attempt
from sightline.task import Costs
from tests.search import comparisons

ONLY = "HOG(size_px=32) > LinearSVM()"

MEMBER = {
    "name": "x",
    "represent": "HOG()",
    "classify": "Ridge()",
    "fit_ns": 1,
    "compared": 1,
    "augment": "none",
}


@pytest.fixture(scope="module")
def planned(mats: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planned") / "first"
    sl.fit(sl.read(mats), time_s=10, seed=3, only="HOG", out=folder)
    return folder


def test_a_plan_gives_the_same_model_again(planned: Path, mats: Path, tmp_path: Path) -> None:
    run = sl.fit(sl.read(mats), replay=planned / "plan.json", out=tmp_path / "elsewhere" / "again")
    assert run.model.digest == sl.load(planned / "model.sight").digest
    assert "replayed" in {finding.kind for finding in run.findings}
    assert run.seed == 3 and len(run.leaderboard) == 1


SPEED = ("latency_ms", "throughput_per_s", "peak_memory_bytes", "model_bytes")


def figures(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "evaluation.json").read_text())
    return {name: value for name, value in found.items() if name not in SPEED}


def test_figures_of_a_replay_are_those_of_the_run_it_replays(planned: Path, mats: Path, tmp_path: Path) -> None:
    run = sl.fit(sl.read(mats), replay=planned / "plan.json", out=tmp_path / "a" / "again")
    assert figures(tmp_path / "a" / "again") == figures(planned)
    assert any("chosen among" in note for note in run.evaluation.notes)
    sl.fit(sl.read(mats), replay=tmp_path / "a" / "again" / "plan.json", out=tmp_path / "b" / "once more")
    assert figures(tmp_path / "b" / "once more") == figures(planned)


def test_a_plan_that_does_not_tell_the_choice_says_that_its_figures_flatter(
    planned: Path, mats: Path, tmp_path: Path
) -> None:
    plan = json.loads((planned / "plan.json").read_text())
    del plan["replay"]["chosen"]
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    run = sl.fit(sl.read(mats), replay=tmp_path / "plan.json", out=tmp_path / "again")
    assert {"replayed", "replay-uncorrected"} <= {finding.kind for finding in run.findings}
    assert "not corrected for having chosen the winner;" in verdict(run.evaluation)[1]
    assert json.loads((tmp_path / "again" / "plan.json").read_text())["replay"]["chosen"] == []


def test_another_task_is_told_by_what_differs(planned: Path, mats: Path, tmp_path: Path) -> None:
    task = sl.Task(question="Torn?", costs=Costs({"broken": {"normal": 2.0}}))
    run = sl.fit(sl.read(mats), task, replay=planned / "plan.json")
    found = {finding.kind: finding for finding in run.findings}
    assert found["replay-differs"].message.endswith("another model: the task is another one, by its question, costs")
    assert found["replay-differs"].evidence["task"] == ["question", "costs"]
    assert "replay-uncorrected" in found  # by these costs others might have been chosen
    asked = sl.fit(sl.read(mats), sl.Task(question="Torn?"), replay=planned / "plan.json")
    assert "replay-uncorrected" not in {finding.kind for finding in asked.findings}


def test_limits_of_the_run_hold_for_its_replay(mats: Path, tmp_path: Path) -> None:
    first = sl.fit(sl.read(mats), time_s=8, only=ONLY, max_size_mb=9, out=tmp_path / "runs" / "first")
    assert first.model.task.target.size_mb == 9
    again = sl.fit(sl.read(mats), replay=tmp_path / "runs" / "first" / "plan.json")
    assert again.model.digest == first.model.digest and again.model.task.target.size_mb == 9
    with pytest.raises(BudgetError, match=r"over the limit of 0\.001 MB"):
        sl.fit(sl.read(mats), replay=tmp_path / "runs" / "first" / "plan.json", max_size_mb=0.001)


@pytest.mark.parametrize("held", ["in turn", "once"])
def test_a_weighted_mean_is_judged_as_it_was(held: str, tmp_path: Path) -> None:
    among = comparisons.compared(120, sizes=(60,))
    if held == "once":
        among = dataclasses.replace(among, folds=dataclasses.replace(among.folds, fold=among.folds.fold % 2 - 1))
    names = (comparisons.LAYOUT, comparisons.COLOR, comparisons.WORDS)
    tried = [attempt(among, one, sl.Preparation(), 120) for one in names]
    tried += [attempt(among, one, sl.Preparation(), 60) for one in names]
    records = [one.record for one in tried[:3] if one.record is not None]
    by_part = np.linspace(0, 1, 3 * len(np.unique(parts_of(records[0].fold, records[0].group)))).reshape(-1, 3)
    by_part /= by_part.sum(axis=1, keepdims=True)
    winner = mean_of(among, tried[:2], (0.25, 0.75), tried[:3], by_part)
    chosen = chosen_among(winner, [winner], [*tried, winner], among.scorer)
    assert [len(rung.decisions) for rung in chosen.rungs] == [3, 4]
    plan = Plan.of(
        winner, chosen, learned_from=120, content=among.content(), seed=0, time_s=9, digest="", rows_read=120,
        task=among.data.task, target=None,
    )  # fmt: skip
    (tmp_path / "plan.json").write_text(json.dumps({"replay": plan.to_dict()}))
    again = replayed(among, Plan.load(tmp_path / "plan.json"), sl.Preparation())
    assert again.record is not None and winner.record is not None and again.pooled is not None
    assert np.array_equal(again.record.raw, winner.record.raw) and not np.array_equal(again.record.raw, again.pooled)
    assert np.array_equal(again.record.probabilities, winner.record.probabilities)
    truth, found = winner.record.truth, chosen_among(again, [again], [again], among.scorer)
    assert np.array_equal(found.decisions, chosen.decisions)
    for one, other in zip(*(earlier_choices(some, truth, among.scorer) for some in (found, chosen)), strict=True):
        assert np.array_equal(one.rows, other.rows) and one.became == other.became
        assert all(np.array_equal(a.value, b.value) for a, b in zip(one.candidates, other.candidates, strict=True))


def test_a_choice_among_other_pictures_is_refused(planned: Path, mats: Path, tmp_path: Path) -> None:
    plan = json.loads((planned / "plan.json").read_text())
    plan["replay"]["chosen"][-1]["pictures"] = 3
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    with pytest.raises(InputError, match="the plan is damaged or of other pictures"):
        sl.fit(sl.read(mats), replay=tmp_path / "plan.json")


def test_other_pictures_are_refused(planned: Path, split_mats: Path) -> None:
    with pytest.raises(InputError, match="other pictures, labels, groups, parts or another seed"):
        sl.fit(sl.read(split_mats), replay=planned / "plan.json")


def test_a_model_that_differs_is_told(planned: Path, mats: Path, tmp_path: Path) -> None:
    plan = json.loads((planned / "plan.json").read_text())
    plan["replay"]["digest"] = "0" * 64
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    run = sl.fit(sl.read(mats), replay=tmp_path / "plan.json")
    assert "replay-differs" in {finding.kind for finding in run.findings}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"members": []}, "is no plan"),
        ({"weights": [0.5]}, "is no plan"),
        ({"decode": 3}, "is no plan"),
        ({"learned_from": 10**9}, "the plan compared on|is no plan"),
        ({"members": [{**MEMBER, "represent": "HOG("}]}, "cannot be followed"),
        ({"members": [{**MEMBER, "augment": "up"}]}, "is no plan"),
        ({"members": 7}, "is no plan"),
    ],
)
def test_what_is_no_plan_is_told_in_one_line(
    change: dict[str, Any], words: str, planned: Path, mats: Path, tmp_path: Path
) -> None:
    plan = json.loads((planned / "plan.json").read_text())
    plan["replay"] |= change
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    with pytest.raises(InputError, match=words):
        sl.fit(sl.read(mats), replay=tmp_path / "plan.json")


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        Plan.load(tmp_path / "missing.json")
    (tmp_path / "odd.json").write_bytes(b"\xff{}")
    with pytest.raises(InputError, match="is no plan"):
        Plan.load(tmp_path / "odd.json")


def test_a_plan_survives_its_file(planned: Path, tmp_path: Path) -> None:
    plan = Plan.load(planned / "plan.json")
    (tmp_path / "again.json").write_text(json.dumps({"replay": plan.to_dict()}))
    assert Plan.load(tmp_path / "again.json") == plan
