"""A small network learns from the best, where a limit on latency excludes the best."""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np

from sightline.deep.changes import Changes
from sightline.deep.distilled import Distilled
from sightline.deep.fine_tuned import FineTuned
from sightline.deep.weights.origins import has_origin
from sightline.networks.embedding import Embedding
from sightline.networks.library import find
from sightline.networks.network import Network
from sightline.pipeline.graph import leaves
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.limits import Limits
from sightline.search.trying.parts import LINEAR_OF_UNITS, TAMED
from sightline.search.trying.trial import Trial

MULTIPLE, LEAST_PX, MOST_PX = 32, 64, 160
"""Sides of a student's pictures: those of the collection, within what two cores can train."""
QUICK = 0.7
"""Share of the limit that a student's network may be expected to take: reading a picture takes some of it."""
LOOKS = 5
RATE = 5e-4
"""Of a student that begins with weights; one that is drawn learns at a higher rate."""
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
        begins = _beginning(among, teacher, limits)
        for epochs in PATIENCE:
            yield _student(among, teacher.members[0], epochs, begins)


def _teacher(among: Comparison, trials: Sequence[Trial], limits: Limits) -> Trial | None:
    """The best of those over the limits, if it is better than all within them on the same pictures.

    Who is over a limit climbs no further than to where it was seen to be, so that the highest rung with one decides.
    """
    tried = [one for one in trials if one.record is not None and one.status == "tried" and len(one.members) == 1]
    over = [one for one in tried if limits.too_slow(one)]
    most = max((one.pictures for one in over), default=0)
    best = min((one for one in tried if one.pictures == most), key=among.scorer.order, default=None)
    return best if best is not None and limits.too_slow(best) else None


def _beginning(among: Comparison, teacher: Trial, limits: Limits) -> dict[str, Any]:
    """What a student begins with, and how large its pictures are.

    A network of the teacher's whose weights are known, at the largest size that the limit leaves time for: it has seen
    a million pictures. Else a small one that is drawn.
    """
    for _, leaf in leaves(among.node(teacher.members[0])):
        if not isinstance(leaf, (Embedding, FineTuned)):
            continue
        network = find(leaf.network)  # as it was before it learned more, at the size that it was trained with
        if has_origin(network) and network.feed.free:
            allowed = QUICK * cast(float, limits.latency_ms) / (limits.slower_there(teacher) * _look_ms(network))
            px = int(network.feed.height * min(1.0, math.sqrt(allowed))) // MULTIPLE * MULTIPLE
            if px >= LEAST_PX:
                return {"network": leaf.network, "px": px, "rate": RATE}
    side = -(-among.data.side_px // MULTIPLE) * MULTIPLE
    return {"px": int(min(MOST_PX, max(LEAST_PX, side)))}


def _look_ms(network: Network) -> float:
    """What a look of a network takes; it grows with the pixels."""
    picture, times = np.zeros((network.feed.height, network.feed.width, 3), np.uint8), []
    for _ in range(LOOKS):
        started = time.perf_counter()
        network.embed(picture)
        times.append(time.perf_counter() - started)
    return 1e3 * float(np.median(times))


def _student(among: Comparison, teacher: Candidate, epochs: int, begins: dict[str, Any]) -> Candidate:
    taught = f"{among.node(teacher)!r} > {among.classifier(teacher)!r}"
    learner = Distilled(teacher=taught, epochs=epochs, changes=Changes.of(among.data.conditions), **begins)
    name = f"student of {teacher.name}, {epochs} epochs"
    return Candidate(name, f"{learner!r} > {TAMED}", LINEAR_OF_UNITS, 900, promise=(0.05, 0.05))
