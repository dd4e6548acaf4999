"""Growing samples of a collection: each holds the one before, each class keeps its share in all of them."""

from __future__ import annotations

import dataclasses

import numpy as np

from sightline.arrays import Array, Indices, generator
from sightline.data.split import ranks

GROWTH = 3
"""How many times as many pictures the next rung has, and how many times fewer candidates climb to it."""
LEAST, MOST, FOR_A_CLASS = 600, 3_000, 40
"""Pictures of the first rung: this many for each class, within these limits."""
RARE = 20
"""Pictures of a class that the first rung holds, where there are so many and room for them."""

HELD = 1 / 3
"""Share of rows to judge by, at least, in the beginning; a validation part may be smaller."""


@dataclasses.dataclass(frozen=True)
class Ladder:
    """Which pictures candidates are compared on, rung by rung.

    K. Jamieson, A. Talwalkar: Non-stochastic best arm identification and hyperparameter optimization. AISTATS 2016.

    Attributes:
        order: (n,) int64, all rows; every beginning of it is a sample with the shares of the whole.
        sizes: how many of them each rung has, rising; the last one has all.
    """

    order: Indices
    sizes: tuple[int, ...]

    def rows(self, rung: int) -> Indices:
        """The rows of a rung, in order."""
        return self.order[: self.sizes[rung]]

    @property
    def top(self) -> int:
        """The last rung."""
        return len(self.sizes) - 1


def ladder(labels: Indices, held: Array, seed: int = 0) -> Ladder:
    """The ladder of n labelled rows.

    Args:
        labels: (n,) int64 class numbers.
        held: (n,) bool, rows that are held out at some time; where they are few, they come early.
        seed: of the order within a class.
    """
    n, k = len(labels), len(np.unique(labels))
    first = int(np.clip(FOR_A_CLASS * k, LEAST, MOST))
    sizes = [n]
    while sizes[0] // GROWTH >= first:
        sizes.insert(0, sizes[0] // GROWTH)
    return Ladder(_fair_order(labels, held, sizes[0], seed), tuple(sizes))


def _fair_order(labels: Indices, held: Array, first: int, seed: int) -> Indices:
    """Rows sorted by their rank within their class, as a share of it; the first few of a rare class come early."""
    n, hurry = len(labels), min(1.0, float(held.mean()) / HELD)
    shuffled = generator(seed, "ladder").permutation(n)
    number, size = ranks((2 * labels + held)[shuffled])
    rank = number + 0.5
    early = np.where(rank < RARE, first / n * rank / RARE, 1.0)
    place = np.minimum(rank / size, early) * np.where(held[shuffled], hurry, 1.0)
    return shuffled[np.argsort(place, kind="stable")].astype(np.int64)
