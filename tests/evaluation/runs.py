"""Run folders from invented numbers."""

from __future__ import annotations

import json
from pathlib import Path

from sightline.evaluation.answers import Answers
from sightline.evaluation.report_data import ReportData
from sightline.evaluation.result import Evaluation


def answers_of(e: Evaluation, offset: int = 0) -> Answers:
    """One answer for each count of the confusion table; pictures are numbered from `offset` on, by truth."""
    cells = [(i, j) for i, row in enumerate(e.confusion) for j, amount in enumerate(row) for _ in range(amount)]
    return Answers(
        tuple(f"{offset + i:016x}" for i in range(len(cells))),
        tuple(e.classes[i] for i, _ in cells),
        tuple(e.classes[j] for _, j in cells),
        (-1,) * len(cells),
    )


def write_run(folder: Path, data: ReportData, answers: Answers | None = None, **plan: object) -> Path:
    """What fit leaves behind, as far as a comparison reads it."""
    folder.mkdir(parents=True)
    (folder / "evaluation.json").write_text(json.dumps(data.evaluation.to_dict()))
    (folder / "findings.json").write_text(json.dumps([finding.to_dict() for finding in data.findings]))
    made = {
        "task": dict(data.task),
        "seed": 0,
        "time_s": 120,
        "candidates": [{"status": "tried", "pipeline": "x"}, {"status": "winner", "pipeline": data.model_spec}],
        "data": {"origin": data.title, "training": 1437, "test": 360},
        "preparation": {"max_side_px": 256},
        **plan,
    }
    (folder / "plan.json").write_text(json.dumps(made))
    if answers is not None:
        answers.save(folder / "answers.csv")
    return folder
