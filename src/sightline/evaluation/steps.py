"""What a model does for one picture, step by step, each step timed on its own and named after its reference work."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sightline.arrays import Picture
from sightline.contracts import Classifier, Component, Described
from sightline.errors import InputError
from sightline.evaluation.works import INTERPRETER, PREPARE, reading_work, work_of
from sightline.inputs.raster import decode
from sightline.inputs.source import Item, read_bytes
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Blend, Chain, Node, Union
from sightline.pipeline.model import Model
from sightline.preparation.preparation import Preparation
from sightline.threads import one_thread_each

PICTURES = 12
ROUNDS = 3

Clock = Callable[[], float]


@dataclasses.dataclass(frozen=True)
class Step:
    """A part of what a model does for one picture.

    Attributes:
        work: name of the reference work that stands for it.
        ms: median milliseconds here.
    """

    work: str
    ms: float


def steps_of(model: Model, items: Sequence[Item], clock: Clock = time.perf_counter) -> tuple[Step, ...]:
    """What the model does for one picture, step by step, with median times over a few of the items, warm.

    Raises:
        InputError: none of the items can be read.
    """
    spread = np.unique(np.linspace(0, len(items) - 1, min(len(items), PICTURES)).astype(int))
    rows: list[list[Step]] = []
    for row in spread:
        with contextlib.suppress(InputError):  # one that cannot be read leaves the others alone
            rows += [_steps(model, items[int(row)], clock) for _ in range(ROUNDS + 1)][1:]
    if not rows:
        raise InputError("none of the pictures can be read to measure the steps of the model with; give others")
    return tuple(map(_middle, zip(*rows, strict=True)))


def _middle(same: tuple[Step, ...]) -> Step:
    """One step of all rounds as one; pictures of other sizes may be read by another work, the commonest stands."""
    works = Counter(step.work for step in same)
    return Step(works.most_common(1)[0][0], float(np.median([step.ms for step in same])))


def _steps(model: Model, item: Item, clock: Clock) -> list[Step]:
    watch = _Watch(clock)
    preparation = model.preparation
    read = watch.time("", lambda: item if isinstance(item, np.ndarray) else _read(item, preparation))
    watch.steps[0] = Step(reading_work(math.prod(read.shape[:2]) * preparation.decode**2), watch.steps[0].ms)
    whole = dataclasses.replace(preparation, decode=1)  # `read` is at its scale already
    with one_thread_each():
        _walk(model.graph, [watch.time(PREPARE, lambda: whole.apply(read))], len(model.classes), watch)
    known = sum(step.ms for step in watch.steps)
    watch.time(INTERPRETER, lambda: model.predict([item], workers=1))
    rest = watch.steps.pop().ms - known  # decisions, and all that is between the steps
    return [*watch.steps, Step(INTERPRETER, max(rest, 0.0))]


def _read(item: Any, preparation: Preparation) -> Picture:
    data = item if isinstance(item, bytes) else read_bytes(item)
    return decode(data, preparation.read, preparation.decode)


class _Watch:
    """Times one call after the other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.steps: list[Step] = []

    def time(self, work: str, once: Callable[[], Any]) -> Any:
        """The result of `once`, its time noted."""
        started = self._clock()
        result = once()
        self.steps.append(Step(work, (self._clock() - started) * 1e3))
        return result


def _walk(node: Node, inputs: Any, k: int, watch: _Watch) -> Any:
    """What a node makes of its inputs, each component timed on its own; of a Blend, the last member's answer."""
    if isinstance(node, Union):
        return np.hstack([_walk(branch, inputs, k, watch) for branch in node.branches])
    if isinstance(node, (Chain, Blend)):
        found = inputs
        for part in tree.children(node):
            found = _walk(part, found if isinstance(node, Chain) else inputs, k, watch)
        return found
    return watch.time(work_of(node), lambda: _made(node, inputs, k))


def _made(component: Component, inputs: Any, k: int) -> Any:
    if isinstance(component, Classifier):
        return tree.predict_proba(component, inputs, k)
    found = tree.transform(component, inputs)
    return list(found) if isinstance(found, Described) else found  # local features are made when asked for
