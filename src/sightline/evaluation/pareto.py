"""Which candidates can be compared, and which of them no other beats in both score and speed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol, TypeVar

from sightline.metrics.uncertainty import Interval


class Compared(Protocol):
    """What is read of a leaderboard row."""

    @property
    def score(self) -> Interval:
        """Higher is better; NaN: none."""

    @property
    def latency_ms(self) -> float | None:
        """One picture; None: not measured."""

    @property
    def status(self) -> str:
        """ "winner" for one row."""

    @property
    def pictures(self) -> int:
        """How many it was compared on; 0: not known."""


Row = TypeVar("Row", bound=Compared)


def compared_on(rows: Sequence[Compared]) -> int:
    """The pictures that the comparison rests on: those of the winner, else the most of any row with a score."""
    scored = [row for row in rows if math.isfinite(row.score.value)]
    winner = [row.pictures for row in scored if row.status == "winner"]
    return winner[0] if winner else max((row.pictures for row in scored), default=0)


def left_behind(row: Compared, pictures: int) -> bool:
    """Whether a row has a score that comes from other pictures than `pictures`, so that it cannot be compared."""
    return math.isfinite(row.score.value) and row.pictures not in (0, pictures)


def front(rows: Sequence[Row]) -> list[Row]:
    """The rows that no comparable row beats: none is both at least as good and at least as fast. Fastest first.

    Rows without score or time, and rows compared on other pictures than the rest, take no part.
    """
    on = compared_on(rows)
    timed = [row for row in rows if _timed(row) and not left_behind(row, on)]
    best, found = -math.inf, []
    for row in sorted(timed, key=lambda row: (row.latency_ms or 0.0, -row.score.value)):
        if row.score.value > best:
            best = row.score.value
            found.append(row)
    return found


def _timed(row: Compared) -> bool:
    return math.isfinite(row.score.value) and row.latency_ms is not None and row.latency_ms > 0
