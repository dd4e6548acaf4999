"""Wrong answers, the surest first: what a person should look at."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from sightline.data.catalog import Catalog
from sightline.inputs.source import Item
from sightline.pipeline.prediction import Prediction

MAX_WRONG = 24
PAIRS = 12
"""Kinds of mistake, the most frequent, of which `EACH` are kept whatever their confidence; the report shows six, and
among equals its order is another."""
EACH = 4


@dataclasses.dataclass(frozen=True)
class Wrong:
    """One wrong answer.

    Attributes:
        item: the picture.
        source: its path.
        truth: the class it is labelled with.
        predicted: the class the model says.
        confidence: how sure the model is of it.
    """

    item: Item
    source: str
    truth: str
    predicted: str
    confidence: float


def wrong_answers(catalog: Catalog, answers: Sequence[Prediction], classes: tuple[str, ...]) -> tuple[Wrong, ...]:
    """The surest wrong answers, the surest of the most frequent kinds among them.

    Row i of `answers` speaks of row i of `catalog`.
    """
    catalog = catalog.ordered_as(classes)
    wrong = [
        Wrong(
            catalog.items[row], catalog.source(row).uri, classes[catalog.labels[row]], one.label, one.confidence or 0.0
        )
        for row, one in enumerate(answers)
        if one.label is not None and catalog.labels[row] >= 0 and classes[catalog.labels[row]] != one.label
    ]
    return tuple(_worth_showing(sorted(wrong, key=lambda one: (-one.confidence, one.source))))


def _worth_showing(wrong: Sequence[Wrong]) -> Iterator[Wrong]:
    """In the order given: the first `MAX_WRONG`, and the first `EACH` of each of the most frequent `PAIRS`."""
    often = Counter((one.truth, one.predicted) for one in wrong)
    frequent = {kind for kind, _ in often.most_common(PAIRS)}
    shown: Counter[tuple[str, str]] = Counter()
    for number, one in enumerate(wrong):
        kind = (one.truth, one.predicted)
        if number < MAX_WRONG or (kind in frequent and shown[kind] < EACH):
            shown[kind] += 1
            yield one


def as_predictions(
    catalog: Catalog, index: np.ndarray, probabilities: np.ndarray, decisions: np.ndarray, classes: tuple[str, ...]
) -> list[Prediction]:
    """Held-out answers in the form of predictions."""
    return [
        Prediction(
            catalog.source(int(row)).uri,
            classes[decided] if decided >= 0 else None,
            float(one[decided] if decided >= 0 else one.max()),
            one,
        )
        for row, one, decided in zip(index, probabilities, decisions.tolist(), strict=True)
    ]
