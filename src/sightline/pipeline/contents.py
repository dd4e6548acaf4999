"""What a model consists of, before it does anything."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from sightline.arrays import Array
from sightline.decision.calibrate import Calibration
from sightline.errors import InputError
from sightline.pipeline.graph import Node, shipped, trained_with
from sightline.pipeline.reference import Reference
from sightline.preparation.preparation import Preparation
from sightline.runtime.engine import REFERENCE, Engine
from sightline.task import Task

MAX_CARD_BYTES = 500_000
SHOWN_CLASSES, SHOWN_LETTERS = 4, 120
"""Classes that a model is printed with, and letters of its question and of its pipeline."""


@dataclasses.dataclass(frozen=True, repr=False)
class Contents:
    """The parts of a model file as objects.

    Attributes:
        task: the task, with its classes in the order of every probability row.
        preparation: what every picture goes through, the same as in training.
        graph: the fitted tree; of descriptors that learn as `FineTuned` does, what they ship.
        calibration: turns the graph's probabilities into calibrated ones; None leaves them.
        fingerprints: (m,) uint64, hashes of the training pictures, sorted.
        evaluation: the contents of evaluation.json, or {}.
        card: what a person should know of the model, as Markdown; "" for none.
        trained_with: libraries that learned what the graph holds, and their versions; asked of the graph unless given.
        reference: a sketch of the training pictures, to find the nearest of them; None: `similar` cannot answer.
        engine: what the networks in the graph were seen to run on; where its library is absent, the reference does.
    """

    task: Task
    preparation: Preparation
    graph: Node
    calibration: Calibration | None = None
    fingerprints: Array = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint64))
    evaluation: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    card: str = ""
    trained_with: Mapping[str, str] = dataclasses.field(default_factory=dict)
    reference: Reference | None = None
    engine: Engine = REFERENCE

    def __post_init__(self) -> None:
        if not self.task.classes:
            raise InputError("a model needs a task with its classes; use task.with_classes(...)")
        if self.reference is not None and self.reference.labels.max() >= len(self.task.classes):
            raise InputError(
                f"the reference holds class number {self.reference.labels.max()}; "
                f"allowed: below {len(self.task.classes)}, the number of classes"
            )
        if (size := len(self.card.encode())) > MAX_CARD_BYTES:
            raise InputError(f"card.md has {size:,} bytes; allowed: {MAX_CARD_BYTES:,}; shorten it")
        object.__setattr__(self, "graph", shipped(self.graph))
        if not self.trained_with:  # a loaded graph no longer knows; the manifest does
            object.__setattr__(self, "trained_with", trained_with(self.graph))

    def __repr__(self) -> str:
        """One line: the question, the classes, the pipeline, and the accuracy where it was measured."""
        classes = self.task.classes
        more = f" and {len(classes) - SHOWN_CLASSES} more" if len(classes) > SHOWN_CLASSES else ""
        names = ", ".join(shortened(repr(name), 24) for name in classes[:SHOWN_CLASSES])
        said = [
            f"{len(classes)} class{'es' if len(classes) != 1 else ''}: {names}{more}",
            shortened(repr(self.graph), SHOWN_LETTERS),
        ]
        if self.task.question:
            said.insert(0, shortened(repr(self.task.question), SHOWN_LETTERS))
        accuracy = self.evaluation.get("accuracy")
        value = accuracy.get("value") if isinstance(accuracy, Mapping) else None
        if isinstance(value, float) and math.isfinite(value):
            said.append(f"accuracy {math.floor(1000 * value + 1e-9) / 10:.1f} %")  # never rounded up to 100
        return f"{type(self).__name__}({'; '.join(said)})"


def shortened(text: str, most: int) -> str:
    """Text of at most so many letters, an ellipsis at the end of what was longer."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
