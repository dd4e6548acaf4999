from __future__ import annotations

import json
from pathlib import Path

import pytest

from sightline.errors import ArtifactError, InputError
from sightline.evaluation.measured_run import load_run
from tests.evaluation import examples
from tests.evaluation.runs import answers_of, write_run


def refused(path: Path) -> str:
    with pytest.raises((InputError, ArtifactError)) as caught:
        load_run(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return str(caught.value)


def test_a_folder_comes_back_whole(tmp_path: Path) -> None:
    data = examples.digits()
    answers = answers_of(data.evaluation)
    run = load_run(write_run(tmp_path / "r", data, answers))
    assert run.evaluation.to_dict() == data.evaluation.to_dict()
    assert run.findings == data.findings and run.answers == answers
    assert run.settings["pipeline"] == data.model_spec
    assert run.settings["preparation"] == "whole picture, longest side at most 256 px, full decode"
    assert run.settings["task.target.latency_ms"] == "20" and run.settings["candidates"] == "2"
    assert run.readiness.level == "no-go"


def test_evaluation_alone_is_enough(tmp_path: Path) -> None:
    (tmp_path / "evaluation.json").write_text(json.dumps(examples.digits().evaluation.to_dict()))
    run = load_run(tmp_path)
    assert run.settings == {} and run.findings is None and run.answers is None


def test_what_is_no_run_is_one_line(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    assert "holds no evaluation.json" in refused(tmp_path / "empty")
    (tmp_path / "x.txt").write_text("x")
    assert "is no model file" in refused(tmp_path / "x.txt")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("evaluation.json", "{", "is no JSON"),
        ("evaluation.json", "[]", "holds no table"),
        ("evaluation.json", "{}", "the evaluation lacks 'source'"),
        ("findings.json", "{}", "holds no list"),
        ("findings.json", '[{"kind": "x"}]', "was altered (KeyError"),
        ("findings.json", '[{"kind": "x", "severity": "awful", "message": ""}]', "a finding of severity 'awful'"),
        ("findings.json", "[3]", "was altered (AttributeError"),
        ("plan.json", '{"candidates": [{}]}', "was altered (KeyError"),
        ("plan.json", '{"preparation": {"sze": 3}}', "unknown key"),
        ("plan.json", '{"task": 3}', "was altered (AttributeError"),
        ("answers.csv", "picture,label,decided,group\n1,a,b,x\n", "is no table of answers"),
    ],
)
def test_a_damaged_part_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    folder = write_run(tmp_path / "r", examples.digits())
    (folder / name).write_text(text)
    assert words in refused(folder)
