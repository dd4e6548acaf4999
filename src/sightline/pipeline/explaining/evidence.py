"""Evidence for a class in nats of log odds: what explanations add up, and what a change takes away of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sightline.arrays import Array, Matrix, Probabilities
from sightline.pipeline.explaining.sources import Sources

TOGETHER = 512
"""Vectors answered at a time."""


def evidence(probabilities: Probabilities, number: int) -> Array:
    """(n,) float64: ln(p / sum of the others) of class `number` in each row of (n, k).

    Forests and nearest neighbors answer 0, whose logarithm would drown all else: half of the least of these values that
    is not 0 stands for it. The others are summed and not 1 - p, which has lost its digits where p is nearly 1.
    """
    own = probabilities[:, number].astype(np.float64)
    others = np.delete(probabilities, number, axis=1).sum(axis=1, dtype=np.float64)
    both = np.stack([own, others])
    if (positive := both[both > 0]).size < both.size:
        both = np.maximum(both, positive.min(initial=1.0) / 2)
    odds: Array = np.log(both[0]) - np.log(both[1])
    return odds


def lost(before: Probabilities, after: Probabilities, number: int) -> Array:
    """(n,) float64: the evidence for class `number` that (1, k) has and each row of (n, k) has not."""
    found = evidence(np.concatenate([before, after]), number)
    difference: Array = found[0] - found[1:]
    return difference


def lost_by(sources: Sources, changed: Mapping[str, Matrix], number: int) -> Array:
    """(n,) float64: the evidence for class `number` that is lost with other vectors (n, d) at some sources."""
    return lost(sources.answer({}), sources.answer(changed), number)


def gained(sources: Sources, place: str, moves: Matrix, number: int) -> Array:
    """(m,) the evidence for class `number` that each of (m, d) moves of the vector at a source's place brings.

    By a central difference, as the gradient there says of moves that are small.
    """
    (vector,) = (source.vector for source in sources.found if source.place == place)
    both = np.concatenate([vector + moves, vector - moves])
    parts = range(0, len(both), TOGETHER)
    answers = [sources.answer({place: both[start : start + TOGETHER]}) for start in parts]
    forth, back = np.split(evidence(np.concatenate(answers), number), 2)
    gains: Array = (forth - back) / 2
    return gains
