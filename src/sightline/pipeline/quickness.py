"""Time for one picture, while candidates are compared; the winner's is measured again, on its file."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sightline.arrays import Array
from sightline.inputs.source import Item
from sightline.pipeline import graph as tree
from sightline.pipeline.batches import may_travel
from sightline.pipeline.model import Model
from sightline.preparation.preparation import Preparation
from sightline.task import Task

PICTURES = 8
BATCH = 16


@dataclasses.dataclass(frozen=True)
class Quickness:
    """What a model takes on one core, warm.

    Attributes:
        latency_ms: from one picture file to its answer, median.
        describe_s: to read and describe one of many pictures.
    """

    latency_ms: float
    describe_s: float


@dataclasses.dataclass(frozen=True)
class Trip:
    """A model and the pictures that show how quick it is, here or in a process of our own.

    Attributes:
        model: what answers.
        items: up to `BATCH` pictures.
    """

    model: Model
    items: Sequence[Item]

    @classmethod
    def through(cls, model: Model, items: Sequence[Item]) -> Trip:
        """Over a few of the items, evenly spread."""
        return cls(model, spread(items, BATCH))

    def made(self) -> Quickness:
        """Measured here and now."""
        return Quickness(
            median_ms(lambda item: self.model.predict([item], workers=1), self.items),
            seconds_of_each(lambda some: self.model.embed(some, workers=1), self.items),
        )

    def may_travel(self) -> bool:
        """Whether another process can make it."""
        return may_travel(self.model.graph) and all(
            isinstance(item, (bytes, np.ndarray)) or isinstance(os.fspath(item), str) for item in self.items
        )

    @property
    def nbytes(self) -> int:
        """Of what the model learned."""
        return sum(one.nbytes for one in tree.state(self.model.graph).values())

    def packed(self) -> tuple[dict[str, Any], list[Array]]:
        """As a JSON table and arrays."""
        state = tree.state(self.model.graph)
        pictures = [np.frombuffer(item, np.uint8) if isinstance(item, bytes) else item for item in self.items]
        plain = {
            "task": self.model.task.to_dict(),
            "preparation": self.model.preparation.to_dict(),
            "graph": tree.to_dict(self.model.graph),
            "names": list(state),
            "paths": [None if isinstance(one, np.ndarray) else os.fspath(one) for one in pictures],
            "files": [isinstance(item, bytes) for item in self.items],
        }
        return plain, [*state.values(), *(one for one in pictures if isinstance(one, np.ndarray))]


def unpacked(plain: Mapping[str, Any], arrays: Sequence[Array]) -> Trip:
    """What `Trip.packed` took apart."""
    rest = iter(arrays)
    graph = tree.restore(tree.from_dict(plain["graph"]), {name: next(rest) for name in plain["names"]})
    model = Model(Task.from_dict(plain["task"]), Preparation.from_dict(plain["preparation"]), graph)
    named = zip(plain["paths"], plain["files"], strict=True)
    return Trip(model, [path or (next(rest).tobytes() if file else next(rest)) for path, file in named])


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of the items, evenly spread."""
    return [items[int(row)] for row in np.unique(np.linspace(0, len(items) - 1, most).astype(int))]


def median_ms(once: Callable[[Item], object], items: Sequence[Item]) -> float:
    """Median milliseconds of `once` on a few of the items, evenly spread, warm."""
    chosen = spread(items, PICTURES)
    once(chosen[0])
    times = []
    for item in chosen:
        clock = Clock()
        once(item)
        times.append(clock.seconds() * 1e3)
    return float(np.median(times))


def seconds_of_each(batch: Callable[[list[Item]], object], items: Sequence[Item]) -> float:
    """Seconds that `batch` takes for one of many items, warm; a batch is cheaper than as many single ones."""
    chosen = [items[int(row)] for row in np.linspace(0, len(items) - 1, BATCH).astype(int)]
    batch(chosen[:2])
    started = time.perf_counter()
    batch(chosen)
    return (time.perf_counter() - started) / len(chosen)


class Clock:
    """What passes from now on, less what other programs took of it.

    Time of the processor counts where it is less than time on the wall: a machine that is busy with something else
    would make a model slow for good, for what was measured is remembered.
    """

    def __init__(self) -> None:
        self._wall, self._used = time.perf_counter(), time.process_time()

    def seconds(self) -> float:
        """How long."""
        return min(time.perf_counter() - self._wall, time.process_time() - self._used)
