"""The contents of report.html for one fit."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import numpy as np

from sightline.arrays import Picture
from sightline.data.catalog import SPLITS
from sightline.errors import InputError
from sightline.evaluation.report import DataFacts, LeaderboardRow, Mistake, ReportData
from sightline.inputs.source import Item
from sightline.metrics.uncertainty import Interval
from sightline.preparation.preparation import Preparation
from sightline.search.collect import Collected
from sightline.search.deliver import Delivered
from sightline.search.run import Run
from sightline.version import __version__

NO_SCORE = Interval(math.nan, math.nan, math.nan)


def report_data(run: Run, data: Collected, delivered: Delivered) -> ReportData:
    """Everything that the page shows."""
    model_file = Path(run.folder or ".") / "model.sight"
    return ReportData(
        title=Path(data.training.origin).name or data.training.origin,
        question=data.task.question,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        version=__version__,
        evaluation=run.evaluation,
        leaderboard=_rows(run),
        findings=run.findings,
        data=_facts(data),
        task=data.task.to_dict(),
        preparation=run.model.preparation.describe(),
        model_spec=run.winner.spec,
        chosen_because=run.winner.why,
        model_file=str(model_file),
        commands=(
            ("classify pictures", f"sightline predict {model_file} PICTURE... --out predictions.csv"),
            ("judge it on other labelled pictures", f"sightline evaluate {model_file} FOLDER"),
            ("measure its speed on another machine", f"sightline bench {model_file} PICTURE..."),
        ),
        mistakes=tuple(
            Mistake(one.source, one.truth, one.predicted, one.confidence, _thumbnail(one.item))
            for one in delivered.wrong
        ),
        interrupted=run.interrupted,
        seconds=run.seconds,
        budget_s=run.budget_s,
    )


def _rows(run: Run) -> tuple[LeaderboardRow, ...]:
    return tuple(
        LeaderboardRow(
            rank=rank if trial.score else None,
            name=trial.name,
            spec=trial.spec,
            score=trial.score or NO_SCORE,
            log_loss=trial.log_loss,
            latency_ms=trial.latency_ms,
            seconds=trial.seconds,
            status=trial.status,
            why=trial.why,
        )
        for rank, trial in enumerate(run.leaderboard, 1)
    )


def _facts(data: Collected) -> DataFacts:
    training, test = data.training.counts(), {} if data.test is None else data.test.counts()
    sizes = data.seen.sizes[data.seen.sizes.min(axis=1) > 0]
    low, high = (sizes.min(axis=0), sizes.max(axis=0)) if len(sizes) else (np.zeros(2, int), np.zeros(2, int))
    held = len(data.folds)
    splits = data.training.splits
    given = splits is not None and bool((splits == SPLITS.index("validation")).any())
    split = f"{held} folds" if held > 1 else "the validation part given" if given else "one third held out"
    return DataFacts(
        n=sum(training.values()) + sum(test.values()),
        classes={name: (count, test.get(name, 0)) for name, count in training.items()},
        groups=len(np.unique(data.folds.group)) if data.grouped else None,
        broken=data.broken,
        formats=data.seen.formats,
        sizes=f"{low[1]} x {low[0]} px" if (low == high).all() else f"{low[1]} x {low[0]} to {high[1]} x {high[0]} px",
        split=f"chosen by {split}{', groups kept together' if data.grouped else ''}; "
        + ("tested on the test part given" if data.test is not None else "no test part was given"),
    )


def _thumbnail(item: Item) -> Picture | None:
    try:
        return Preparation(max_side_px=96).apply(item)
    except InputError:
        return None
