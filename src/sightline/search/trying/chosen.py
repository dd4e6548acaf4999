"""What a winner was chosen among: what everybody decided, rung by rung, in memory and as text for a plan."""

from __future__ import annotations

import base64
import dataclasses
import math
import zlib
from collections.abc import Sequence

import numpy as np

from sightline.arrays import Array, Indices

MOST = 500_000_000
"""Decisions of one rung at most: no text grows into more than that, whatever it says."""


@dataclasses.dataclass(frozen=True, eq=False)
class Rung:
    """Those who were compared on some pictures.

    Attributes:
        rows: (m,) int64, which rows of the winner's record these are.
        decisions: (c, m) int64, class numbers, -1 for none.
        became: c places on the next rung, -1 for who was left behind; on the last rung nobody goes on.
    """

    rows: Indices
    decisions: Array
    became: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class PackedRung:
    """A rung as plain values. Differences from one to the next are mostly zeros, so that they pack well.

    Attributes:
        candidates: c.
        pictures: m.
        rows: base64 of the zlib-compressed little-endian int32 differences of (m,).
        decisions: the same of (c, m), from candidate to candidate.
        became: as it is.
    """

    candidates: int
    pictures: int
    rows: str
    decisions: str
    became: tuple[int, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Chosen:
    """The choices that led to a winner, the last one last; no rungs where that is not known."""

    rungs: tuple[Rung, ...]

    @property
    def decisions(self) -> list[Indices]:
        """(n,) each, of all candidates of the last choice, on the winner's rows."""
        return list(self.rungs[-1].decisions) if self.rungs else []

    def packed(self) -> tuple[PackedRung, ...]:
        """What a plan holds."""
        return tuple(
            PackedRung(len(one.decisions), len(one.rows), _packed(one.rows), _packed(one.decisions), one.became)
            for one in self.rungs
        )


def unpacked(rungs: Sequence[PackedRung], n: int, k: int) -> Chosen:
    """What was packed.

    Args:
        rungs: from a plan.
        n: rows of the winner's record.
        k: number of classes.

    Raises:
        ValueError: it is of other pictures or classes, or damaged.
    """
    found = []
    for number, one in enumerate(rungs):
        rows = _unpacked(one.rows, (one.pictures,))
        decisions = _unpacked(one.decisions, (one.candidates, one.pictures))
        last = number == len(rungs) - 1
        above = 0 if last else rungs[number + 1].candidates
        if not len(rows) or rows.min() < 0 or rows.max() >= n or len(one.became) != (0 if last else one.candidates):
            raise ValueError("rows of other pictures")
        if not one.candidates or decisions.min() < -1 or decisions.max() >= k:
            raise ValueError("decisions of other classes")
        if any(not -1 <= place < above for place in one.became) or (last and not np.array_equal(rows, np.arange(n))):
            raise ValueError("choices that do not follow each other")
        found.append(Rung(rows, decisions, one.became))
    return Chosen(tuple(found))


def _packed(values: Array) -> str:
    steps = np.diff(values.astype(np.int64), axis=0, prepend=0)
    return base64.b64encode(zlib.compress(steps.astype("<i4").tobytes())).decode("ascii")


def _unpacked(text: str, shape: tuple[int, ...]) -> Array:
    size = math.prod(shape)
    if min(shape) < 0 or size > MOST:
        raise ValueError(f"{size:,} decisions; allowed: up to {MOST:,}")
    try:
        plain = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), 4 * size + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(plain) != 4 * size:
        raise ValueError(f"{len(plain)} bytes for {size} decisions")
    return np.cumsum(np.frombuffer(plain, "<i4").astype(np.int64).reshape(shape), axis=0)
