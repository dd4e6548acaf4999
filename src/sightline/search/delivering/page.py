"""The contents of report.html for one fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import numpy as np

from sightline.arrays import Picture
from sightline.errors import InputError
from sightline.evaluation.page import THUMBNAIL_PX
from sightline.evaluation.report_data import MAX_MISTAKES, LeaderboardRow, Mistake, Neighbor, ReportData
from sightline.inputs.headers import read_header
from sightline.inputs.source import Item, read_bytes
from sightline.metrics.uncertainty import Interval
from sightline.pipeline.model import Model
from sightline.preparation.preparation import Preparation
from sightline.search.collecting.collect import Collected
from sightline.search.delivering.deliver import Delivered
from sightline.search.delivering.facts import data_facts
from sightline.search.delivering.mistakes import Wrong
from sightline.search.delivering.run import Run
from sightline.version import __version__

Nearest: TypeAlias = Callable[[Wrong], Sequence[Neighbor]]
"""The training pictures most like the picture of a mistake, the nearest first."""
NEIGHBORS = 3
"""Training pictures shown beside a mistake."""
NO_SCORE = Interval(math.nan, math.nan, math.nan)


def report_data(run: Run, data: Collected, delivered: Delivered, pictures: bool = True) -> ReportData:
    """Everything that the page shows; without `pictures`, none is read for it."""
    model_file = Path(run.folder or ".") / "model.sight"
    return ReportData(
        title=Path(data.training.origin).name or data.training.origin,
        question=data.task.question,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        version=__version__,
        evaluation=run.evaluation,
        leaderboard=_rows(run),
        findings=run.findings,
        data=data_facts(data),
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
        mistakes=shown_mistakes(delivered.wrong, pictures, _nearest(run.model, data, pictures)),
        interrupted=run.interrupted,
        seconds=run.seconds,
        budget_s=run.budget_s,
        pictures=pictures,
        trained_with=run.model.trained_with,
    )


def shown_mistakes(wrong: Sequence[Wrong], pictures: bool, nearest: Nearest | None) -> tuple[Mistake, ...]:
    """Wrong answers as the page shows them; those of the gallery with the training pictures nearest to them."""
    return tuple(
        Mistake(
            one.source,
            one.truth,
            one.predicted,
            one.confidence,
            _thumbnail(one.item) if pictures else None,
            () if nearest is None or number >= MAX_MISTAKES else tuple(nearest(one)),
        )
        for number, one in enumerate(wrong)
    )


def _nearest(model: Model, data: Collected, pictures: bool) -> Nearest | None:
    """The training pictures most like one, but for itself; None where the model remembers none."""
    if model.reference is None:
        return None
    items = {data.training.source(row).uri: item for row, item in enumerate(data.training.items)} if pictures else {}

    def nearest(wrong: Wrong) -> list[Neighbor]:
        try:
            found = [one for one in model.similar(wrong.item, NEIGHBORS + 1) if one.source != wrong.source]
        except InputError:
            return []
        return [
            Neighbor(
                one.source or "",
                one.label or "",
                one.similarity,
                _thumbnail(items[one.source]) if one.source in items else None,
            )
            for one in found[:NEIGHBORS]
        ]

    return nearest


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
            pictures=trial.pictures,
        )
        for rank, trial in enumerate(run.leaderboard, 1)
    )


def _thumbnail(item: Item) -> Picture | None:
    """A small version for the page; of a large JPEG no more is decoded than that takes."""
    try:
        if isinstance(item, np.ndarray):
            return Preparation(max_side_px=THUMBNAIL_PX).apply(item)
        data = item if isinstance(item, bytes) else read_bytes(item)
        header = read_header(data)
        longest = max(header.width, header.height)
        factor = next((one for one in (8, 4, 2) if longest / one >= THUMBNAIL_PX), 1)
        return Preparation(decode=factor, max_side_px=THUMBNAIL_PX).apply_bytes(data)
    except InputError:
        return None
