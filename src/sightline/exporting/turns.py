"""How fast two models are, measured in turns: what else the machine does meets both alike."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence

import numpy as np

from sightline.arrays import Picture
from sightline.parallel import ordered_map
from sightline.pipeline import graph as tree
from sightline.pipeline.model import Model
from sightline.threads import one_thread_each

ROUNDS = 40
"""Turns of one picture each, at least."""
SECONDS = 4.0
"""How long turns go on, at most, once there were `LEAST`."""
LEAST = 8
BATCHES = 3
"""Turns over all pictures at once, on all cores."""

Clock = Callable[[], float]


@dataclasses.dataclass(frozen=True)
class Pace:
    """What a model takes for prepared pictures, reading and preparing left out.

    Attributes:
        ms: median milliseconds for one picture on one thread.
        per_s: pictures each second with a worker on each core, the median of the turns.
    """

    ms: float
    per_s: float


def in_turns(models: Sequence[Model], pictures: Sequence[Picture], clock: Clock = time.perf_counter) -> list[Pace]:
    """The pace of each model on the same prepared pictures, a turn of each after the other (A B A B)."""
    with one_thread_each():
        alone = _turns([lambda one, m=m: _answer(m, one) for m in models], list(pictures), clock)  # type: ignore[misc]
    together = [_many(models, pictures, clock) for _ in range(BATCHES)]
    return [
        Pace(1e3 * float(np.median(times)), float(np.median([turn[number] for turn in together])))
        for number, times in enumerate(alone)
    ]


def _turns(calls: Sequence[Callable[[Picture], object]], pictures: list[Picture], clock: Clock) -> list[list[float]]:
    for call in calls:
        call(pictures[0])
    times: list[list[float]] = [[] for _ in calls]
    end = clock() + SECONDS
    for turn in range(ROUNDS):
        for call, own in zip(calls, times, strict=True):
            started = clock()
            call(pictures[turn % len(pictures)])
            own.append(clock() - started)
        if turn + 1 >= LEAST and clock() > end:
            break
    return times


def _many(models: Sequence[Model], pictures: Sequence[Picture], clock: Clock) -> list[float]:
    found = []
    for model in models:
        started = clock()
        done = sum(1 for _ in ordered_map(lambda one, model=model: _answer(model, one), pictures))  # type: ignore[misc]
        found.append(done / max(clock() - started, 1e-9))
    return found


def _answer(model: Model, picture: Picture) -> object:
    return tree.predict_proba(model.graph, [picture], len(model.classes))
