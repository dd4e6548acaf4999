"""What is left of a run: read from the folder that fit wrote, or from a model.sight alone."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sightline.errors import InputError
from sightline.evaluation.answers import Answers
from sightline.evaluation.page import flat
from sightline.evaluation.readiness import Readiness, readiness
from sightline.evaluation.result import Evaluation
from sightline.files import read_small
from sightline.findings import Finding
from sightline.pipeline.artifact import read_file
from sightline.preparation.preparation import Preparation

MAX_BYTES = 64_000_000


@dataclasses.dataclass(frozen=True)
class MeasuredRun:
    """One side of a comparison.

    Attributes:
        path: what was given.
        evaluation: what was measured.
        task: the task definition as plain values.
        settings: what it was made with, as texts by name: pipeline, preparation, seed, time, data, task keys.
        findings: of all checks; None where they are not kept (a model.sight alone).
        answers: to each test picture; None where they are not kept.
    """

    path: str
    evaluation: Evaluation
    task: Mapping[str, Any]
    settings: Mapping[str, str]
    findings: tuple[Finding, ...] | None
    answers: Answers | None

    @property
    def readiness(self) -> Readiness:
        """Go, go with limits or no-go, by what is known."""
        return readiness(self.evaluation, self.findings or (), self.task)


def load_run(path: Path) -> MeasuredRun:
    """A run folder or a model.sight.

    Raises:
        InputError: neither, or no evaluation in it.
        ArtifactError: a model file that cannot be used.
    """
    if os.path.isdir(path):
        return _folder(path)
    if not os.path.exists(path):
        raise InputError(f"{path} does not exist; give a folder that fit wrote, or a model.sight")
    contents = read_file(path)
    if not contents.evaluation:
        raise InputError(f"{path} carries no evaluation; compare the folders that fit wrote")
    evaluation = Evaluation.from_dict(contents.evaluation).with_speed(model_bytes=path.stat().st_size)
    task = contents.task.to_dict()
    made = {"pipeline": repr(contents.graph), "preparation": contents.preparation.describe()}
    return MeasuredRun(str(path), evaluation, task, {**made, **_task(task)}, None, None)


def _folder(path: Path) -> MeasuredRun:
    if not (path / "evaluation.json").is_file():
        raise InputError(f"{path} holds no evaluation.json, so no run that came to its end; give the folder of one")
    plan = _json(path / "plan.json", dict) if (path / "plan.json").is_file() else {}
    findings = _json(path / "findings.json", list) if (path / "findings.json").is_file() else None
    answers = Answers.load(path / "answers.csv") if (path / "answers.csv").is_file() else None
    try:
        evaluation = Evaluation.from_dict(_json(path / "evaluation.json", dict))
        found = None if findings is None else tuple(map(_finding, findings))
        return MeasuredRun(str(path), evaluation, plan.get("task", {}), dict(_settings(plan)), found, answers)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"{path} was not written by fit, or was altered ({reason}); fit again") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _settings(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What plan.json says the run was made with."""
    tried = plan.get("candidates", [])
    yield from (("pipeline", str(one["pipeline"])) for one in tried if one["status"] == "winner")
    if "preparation" in plan:
        yield "preparation", Preparation.from_dict(plan["preparation"]).describe()
    data = plan.get("data", {})
    named = {"data": "origin", "pictures to learn from": "training", "pictures to test on": "test"}
    yield from ((name, str(data[key])) for name, key in named.items() if key in data)
    yield from ((name, str(plan[key])) for name, key in _PLAIN.items() if key in plan)
    yield from ((("candidates", str(len(tried))),) if tried else ())
    yield from _task(plan.get("task", {})).items()


_PLAIN = {"seed": "seed", "time allowed, s": "time_s", "sightline": "sightline"}


def _task(task: Mapping[str, Any]) -> dict[str, str]:
    return {f"task.{name}": value for name, value in flat(task)}


def _finding(plain: Mapping[str, Any]) -> Finding:
    sources: Sequence[str] = plain.get("sources", ())
    severity = plain["severity"]
    if severity not in ("info", "warning", "error"):
        raise ValueError(f"a finding of severity {severity!r}")
    return Finding(
        str(plain["kind"]), severity, str(plain["message"]), str(plain.get("remedy", "")),
        dict(plain.get("evidence", {})), tuple(map(str, sources)),
    )  # fmt: skip


def _json(path: Path, kind: type[Any]) -> Any:
    try:
        data = read_small(path, MAX_BYTES)
        if len(data) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES:,} bytes")
        plain = json.loads(data)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; give the folder that fit wrote") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON ({error}); give the folder that fit wrote") from None
    if not isinstance(plain, kind):
        raise InputError(f"{path} holds no {'table' if kind is dict else 'list'}; give the folder that fit wrote")
    return plain
