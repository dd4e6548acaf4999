from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.preparation.preparation import Preparation
from sightline.search.delivering.plan import Plan
from sightline.search.trying.chosen import Chosen, Rung
from sightline.search.trying.trial import Mixture, Trial
from sightline.task import Costs, Target, Task
from tests.search.comparisons import COLOR, LAYOUT, WORDS

TASK = Task(classes=("a", "b"), target=Target(latency_ms=5), costs=Costs({"a": {"b": 3.0}}, abstain=0.5))
CHOSEN = Chosen((Rung(np.arange(9), np.arange(18).reshape(2, 9) % 2, ()),))


def planned(**changes: Any) -> dict[str, Any]:
    weights = ((0.5, 0.0, 0.5), (0.25, 0.75, 0.0))
    mixture = Mixture((COLOR, LAYOUT, WORDS), weights)
    winner = Trial((COLOR, LAYOUT), Preparation(), pictures=9, weights=(0.25, 0.75), mixture=mixture)
    plan = Plan.of(
        winner, CHOSEN, learned_from=9, content="c", seed=3, time_s=10, digest="d", rows_read=12, task=TASK,
        target="a small box",
    )  # fmt: skip
    return {**plan.to_dict(), **changes}


def loaded(plain: dict[str, Any], folder: Path) -> Plan:
    (folder / "plan.json").write_text(json.dumps({"replay": plain}))
    return Plan.load(folder / "plan.json")


def test_everything_survives_the_file(tmp_path: Path) -> None:
    plan = loaded(planned(), tmp_path)
    assert plan == loaded(plan.to_dict(), tmp_path)
    assert (
        plan.target == "a small box" and plan.task == TASK and plan.rows_read == 12 and plan.chosen == CHOSEN.packed()
    )
    assert plan.mixture is not None and plan.mixture.members == (COLOR, LAYOUT, WORDS)


def test_a_plan_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    plain = {key: value for key, value in planned().items() if key not in ("rows_read", "task", "mixture", "chosen")}
    plan = loaded({**plain, "candidates": 7}, tmp_path)
    assert (plan.rows_read, plan.task, plan.mixture, plan.chosen) == (None, None, None, ())


@pytest.mark.parametrize(
    "change",
    [
        {"time_s": 0},
        {"time_s": float("nan")},
        {"time_s": 1e9},
        {"rows_read": 8},
        {"weights": [float("nan"), 1.0]},
        {"weights": [-1.0, 2.0]},
        {"seed": float("inf")},
        {"mixture": {"members": [], "weights": []}},
        {"mixture": {**planned()["mixture"], "weights": [[0.5, 0.5]]}},
        {"mixture": 5},
        {"chosen": [{"candidates": 1}]},
        {"members": [{**planned()["members"][0], "fit_ns": float("inf")}], "weights": [1.0]},
        {"members": [{**planned()["members"][0], "compared": 10**400}], "weights": [1.0]},
    ],
)
def test_numbers_that_no_run_has_are_no_plan(change: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no plan"):
        loaded(planned(**change), tmp_path)


@pytest.mark.parametrize("represent", ["SIFT()", "HOG() > BagOfVisualWords()", "PCA()"])
def test_a_pipeline_that_could_not_run_is_no_plan(represent: str, tmp_path: Path) -> None:
    member = {**planned()["members"][0], "represent": represent}
    with pytest.raises(InputError, match="cannot be followed by this version"):
        loaded(planned(members=[member], weights=[1.0]), tmp_path)


@pytest.mark.parametrize("task", [{"odd": 1}, {"costs": {"mistakes": 5}}, {"classes": ["a"]}])
def test_a_task_that_is_none_is_no_plan(task: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is no plan|cannot be followed"):
        loaded(planned(task=task), tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.json")
    with pytest.raises(InputError, match="is no regular file"):
        Plan.load(tmp_path / "plan.json")
