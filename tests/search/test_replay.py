from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sightline as sl
from sightline.errors import InputError
from sightline.search.delivering.plan import Plan

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


def test_other_pictures_are_refused(planned: Path, split_mats: Path) -> None:
    with pytest.raises(InputError, match="other pictures, labels, groups or parts"):
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
