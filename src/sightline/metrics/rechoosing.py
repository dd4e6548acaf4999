"""A race run again and again on rows drawn anew: who would have won, and how lucky the winner would have been.

What a candidate's score gains or loses by a draw is its luck there. It is added to what the candidate truly is at best
guess (`shrinkage`), so that candidates that differ by luck alone start equal. A race may have rungs: many candidates on
few rows, the best of them on more. Who was left behind was never measured on the rows that came later, where its luck
is drawn at random, as large as that of the others on so many rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices
from sightline.metrics.classification import Floats
from sightline.metrics.selection import ScoreRows
from sightline.metrics.shrinkage import own_noise, shrunk

CHUNK = 4_000_000
"""Counts held as floats at once."""

AGAIN = 150
"""Draws that are taken for what was measured, and draws that each of them is judged by."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Earlier:
    """A choice that was made before, on some of the rows: who was compared there, and who went on.

    Attributes:
        rows: (m,) int64, which of the rows.
        candidates: who was compared, on these rows.
        became: which candidate of the next choice each became, -1 for one that was left behind.
    """

    rows: Indices
    candidates: Sequence[ScoreRows]
    became: Sequence[int]


@dataclass(frozen=True, eq=False)
class Drawn:
    """How often each unit is drawn.

    Attributes:
        times: (B, units) uint8.
        number: (n,) int64, the unit of each row.
    """

    times: npt.NDArray[np.uint8]
    number: Indices

    @classmethod
    def of(cls, number: Indices, draws: int, rng: np.random.Generator) -> Drawn:
        """So many draws, of as many units as there are, with replacement."""
        units = int(number.max()) + 1
        every = (np.bincount(rng.integers(units, size=units), minlength=units) for _ in range(draws))
        return cls(np.stack([times.astype(np.uint8) for times in every]), number)

    def rows(self) -> Iterator[Indices]:
        """For each draw, how often each row is drawn, (n,)."""
        for times in self.times:
            yield times[self.number]

    def deviations(self, candidates: Sequence[ScoreRows], rows: Indices) -> tuple[Floats, Floats]:
        """The scores (C,) of candidates on `rows`, and by how much they deviate from that on each draw, (B, C)."""
        order, bounds = _by_stratum(candidates[0].stratum)
        values = np.stack([one.value[order] for one in candidates], axis=1)
        number = self.number[rows[order]]
        size = max(1, CHUNK // len(order))
        parts = [
            _scores(self.times[start : start + size, number].astype(np.float64), values, bounds)
            for start in range(0, len(self.times), size)
        ]
        scores = _scores(np.ones((1, len(order))), values, bounds)
        return scores[0], np.concatenate(parts) - scores


class Again(NamedTuple):
    """What choosing again found.

    Attributes:
        luck: (B,) of the winner of each draw.
        each: (B, C) the luck of each of the last candidates.
        taken: (A,) draws that were taken for what was measured.
        told: (A,) the mean luck that would have been found then.
    """

    luck: Floats
    each: Floats
    taken: Indices
    told: Floats


class _Field(NamedTuple):
    """Who runs on a rung.

    Attributes:
        true: (c,) what each is at best guess.
        luck: (B, c) what each draw adds to that.
        running: (B, c) whether each is still in the race.
        rows: how many rows the rung has.
    """

    true: Floats
    luck: Floats
    running: Flags
    rows: int

    @classmethod
    def of(cls, candidates: Sequence[ScoreRows], rows: Indices, drawn: Drawn) -> _Field:
        scores, luck = drawn.deviations(candidates, rows)
        return cls(shrunk(scores, own_noise(luck)), luck, np.ones(luck.shape, bool), len(rows))

    def scores(self) -> Floats:
        return np.where(self.running, self.true + self.luck, -np.inf)

    def joined_by(self, others: _Field) -> _Field:
        true, luck = np.concatenate([self.true, others.true]), np.hstack([self.luck, others.luck])
        return _Field(true, luck, np.hstack([self.running, others.running]), self.rows)

    def part(self, draws: slice, true: Floats) -> _Field:
        """Some of the draws, with another guess of what is true."""
        return _Field(true, self.luck[draws], self.running[draws], self.rows)


def choose_again(
    candidates: Sequence[ScoreRows], earlier: Sequence[Earlier], drawn: Drawn, rng: np.random.Generator
) -> Again:
    """Run the race on every draw.

    Args:
        candidates: of the last choice, on all rows.
        earlier: the choices before it, the first first.
        drawn: B draws.
        rng: for the luck of who was left behind, on rows that it never saw.
    """
    every = np.arange(len(candidates[0].truth))
    fields = [_Field.of(one.candidates, one.rows, drawn) for one in earlier]
    fields.append(_Field.of(candidates, every, drawn))
    became = [np.asarray(one.became, np.int64) for one in earlier]
    luck, winner = _run(fields, became, rng)
    # Only draws that one of the last candidates wins: of the others nobody measured what makes them win.
    taken = np.flatnonzero(winner < len(candidates))[:AGAIN]
    guessed = [shrunk(one.true + one.luck[taken], own_noise(one.luck)) for one in fields]
    told = []
    for trues in zip(*guessed, strict=True):
        then = [one.part(slice(-AGAIN, None), true) for one, true in zip(fields, trues, strict=True)]
        told.append(_run(then, became, rng)[0].mean())
    return Again(luck, fields[-1].luck, taken, np.array(told))


def _run(fields: Sequence[_Field], became: Sequence[Indices], rng: np.random.Generator) -> tuple[Floats, Indices]:
    """For each draw the luck of the winner, (B,), and who it is, (B,): beyond the last field, who was left behind."""
    field = fields[0]
    for went, above in zip(became, fields[1:], strict=True):
        field = _next_rung(field, above, went, rng)
    winner: Indices = field.scores().argmax(axis=1)
    return field.luck[np.arange(len(winner)), winner], winner


def _next_rung(field: _Field, above: _Field, became: Indices, rng: np.random.Generator) -> _Field:
    """Who runs on the rung above: those that were there, and those that might have been there instead.

    `field` may hold more than the candidates of `became`, at its end: who was left behind below.
    """
    became = np.concatenate([became, np.full(len(field.true) - len(became), -1)])
    on, left = np.flatnonzero(became >= 0), np.flatnonzero(became < 0)
    if not len(on):
        return above
    rank = np.argsort(np.argsort(-field.scores(), axis=1, kind="stable"), axis=1)
    goes_on = field.running & (rank < len(on))
    running = above.running.copy()
    running[:, became[on]] = goes_on[:, on]
    share = field.rows / above.rows
    added = above.luck[:, became[on]] - share * field.luck[:, on]  # the luck on the rows that the rung adds
    noise = share * own_noise(field.luck) * (above.rows / field.rows - 1) ** 0.5
    random = noise * rng.standard_normal((len(rank), len(left)))
    behind = _Field(
        field.true[left] + float((above.true[became[on]] - field.true[on]).mean()),
        share * field.luck[:, left] + added.mean(axis=1, keepdims=True) + random,
        goes_on[:, left],
        above.rows,
    )
    return above._replace(running=running).joined_by(behind)


def _by_stratum(stratum: Indices) -> tuple[Indices, Indices]:
    """The rows sorted by stratum, and where each stratum starts and ends."""
    order = np.argsort(stratum, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(stratum[order]) != 0, True])
    return order, starts


def _scores(times: Floats, values: Floats, bounds: Indices) -> Floats:
    """(B, C): the score of each candidate on each draw, over the strata that the draw holds."""
    total = np.zeros((len(times), values.shape[1]))
    held = np.zeros((len(times), 1))
    for start, end in itertools.pairwise(bounds):
        weight = times[:, start:end].sum(axis=1, keepdims=True)
        total += (times[:, start:end] @ values[start:end]) / np.maximum(weight, 1.0)
        held += weight > 0
    scores: Floats = total / np.maximum(held, 1.0)
    return scores
