"""A small network learns from the best, where a limit on latency excludes the best."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Iterator, Sequence

from sightline.deep.distilled import Distilled
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.limits import Limits
from sightline.search.trying.parts import LINEAR_OF_UNITS, TAMED
from sightline.search.trying.trial import Trial

MULTIPLE, LEAST_PX, MOST_PX = 32, 64, 160
"""Sides of a student's pictures: those of the collection, within what two cores can train."""
PATIENCE = (30, 10)
"""Epochs, the better first: students gain for long, and time is short."""


def students(among: Comparison, trials: Sequence[Trial], limits: Limits) -> Iterator[Candidate]:
    """Candidates that learn from the best trial, dear ones first; none where it is quick enough, or torch is not there.

    Args:
        among: what candidates are compared with.
        trials: everything that was tried.
        limits: what a model may cost.
    """
    if limits.latency_ms is None or not all(map(importlib.util.find_spec, ("torch", "timm"))):
        return
    teacher = _teacher(among, trials, limits)
    if teacher is not None:
        for epochs in PATIENCE:
            yield _student(among, teacher.members[0], epochs)


def _teacher(among: Comparison, trials: Sequence[Trial], limits: Limits) -> Trial | None:
    """The best of those over the limits, if it is better than all within them on the same pictures.

    Who is over a limit climbs no further than to where it was seen to be, so that the highest rung with one decides.
    """
    tried = [one for one in trials if one.record is not None and one.status == "tried" and len(one.members) == 1]
    over = [one for one in tried if limits.too_slow(one)]
    most = max((one.pictures for one in over), default=0)
    best = min((one for one in tried if one.pictures == most), key=among.scorer.order, default=None)
    return best if best is not None and limits.too_slow(best) else None


def _student(among: Comparison, teacher: Candidate, epochs: int) -> Candidate:
    side = -(-among.data.side_px // MULTIPLE) * MULTIPLE
    conditions = dataclasses.asdict(among.data.task.conditions)
    learner = Distilled(
        teacher=f"{among.node(teacher)!r} > {among.classifier(teacher)!r}",
        px=int(min(MOST_PX, max(LEAST_PX, side))),
        epochs=epochs,
        **{name: value for name, value in conditions.items() if value is not None},
    )
    name = f"student of {teacher.name}, {epochs} epochs"
    return Candidate(name, f"{learner!r} > {TAMED}", LINEAR_OF_UNITS, 900, promise=(0.05, 0.05))
