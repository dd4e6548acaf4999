"""In which order pictures are shown, and how often those of each class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sightline.arrays import Array, Indices, generator
from sightline.errors import InputError

Order = Callable[[int], Indices]
"""The number of an epoch -> what it shows, in order: as many as there are pictures, n.

Each is the number of a picture, and n more for every time that it came before in this epoch: so each time something
else can be drawn for it."""


def shuffled(n: int, seed: int) -> Order:
    """Every one of n pictures once in each epoch."""
    return lambda epoch: generator(seed, "order", epoch).permutation(n)


def balanced(y: Indices, ratio: float, seed: int) -> Order:
    """As many pictures in an epoch as there are, those of rare classes more often.

    Each class goes through its own pictures in turn, in a new order each time, and goes on in the next epoch where it
    stopped: none is left out for long, and none comes twice before all others of its class have come once.

    Args:
        y: (n,) class numbers.
        ratio: 0: as the classes come; 1: all classes equally often; between: counts to the power of 1 - ratio.
        seed: of all orders.

    Raises:
        InputError: a ratio that is not from 0 to 1.
    """
    slots = slots_of(np.bincount(y), ratio)
    members = [np.flatnonzero(y == code) for code in range(len(slots))]

    def order(epoch: int) -> Indices:
        drawn = [
            _turns(rows, code, epoch * count, count, seed)
            for code, (rows, count) in enumerate(zip(members, slots.tolist(), strict=True))
        ]
        return told_apart(generator(seed, "order", epoch).permutation(np.concatenate(drawn)))

    return order


def slots_of(counts: Array, ratio: float) -> Indices:
    """(k,) how many pictures of each class an epoch shows; together as many as there are.

    >>> slots_of(np.array([90, 10]), 1.0).tolist(), slots_of(np.array([90, 10]), 0.5).tolist()
    ([50, 50], [75, 25])
    """
    if not 0 <= ratio <= 1:
        raise InputError(f"a ratio of {ratio:g} was given; allowed: 0 (as the classes come) to 1 (all equally often)")
    wanted = np.where(counts > 0, np.maximum(counts, 1) ** (1.0 - ratio), 0.0)
    exact = counts.sum() * wanted / wanted.sum()
    slots: Indices = np.floor(exact).astype(np.int64)
    for code in np.argsort(slots - exact, kind="stable")[: int(counts.sum() - slots.sum())]:
        slots[code] += 1
    return slots


def spread(y: Indices, count: int, seed: int) -> Indices:
    """Numbers of at most `count` pictures, ascending: drawn from all, each class in turn as far as it goes.

    Args:
        y: (n,) class numbers below n, all the same where nobody knows the classes.
        count: how many, at most.
        seed: of what is drawn.

    >>> spread(np.array([0] * 8 + [1]), 2, 0).tolist()[1]
    8
    """
    drawn = generator(seed, "spread").permutation(len(y))
    turns = told_apart(y[drawn]) // len(y)
    return np.sort(drawn[np.argsort(turns, kind="stable")[:count]])


def told_apart(rows: Indices) -> Indices:
    """Numbers (n,) below n, each with n more for every time that it came before.

    >>> told_apart(np.array([1, 0, 1, 1])).tolist()
    [1, 0, 5, 9]
    """
    together = np.argsort(rows, kind="stable")
    alike = rows[together]
    times = np.empty_like(rows)
    times[together] = np.arange(len(rows)) - np.searchsorted(alike, alike)
    return rows + len(rows) * times


def _turns(rows: Indices, code: int, start: int, count: int, seed: int) -> Indices:
    """`count` of the rows of a class, from its turn number `start` on."""
    found = []
    while count:
        turn, place = divmod(start, len(rows))
        part = generator(seed, "class", code, turn).permutation(rows)[place : place + count]
        found.append(part)
        start, count = start + len(part), count - len(part)
    return np.concatenate(found) if found else rows[:0]
