"""What having chosen the best of several candidates costs: the correction of its figures for the choice."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, generator
from sightline.errors import InputError
from sightline.metrics.classification import Floats
from sightline.metrics.resampling import group_numbers
from sightline.metrics.selection import ScoreRows, check_same, score, score_interval
from sightline.metrics.uncertainty import Interval

Measure: TypeAlias = Callable[[int, Indices], float]
"""`measure(candidate, rows)`: a number, higher is better, of one candidate on some rows."""

DRAWS = 500
"""Draws of the bias correction; its mean then moves by a fiftieth of the interval's width from seed to seed."""

WORK = 20_000_000
"""Rows drawn at most; above 40,000 rows there are fewer draws, 100 at least."""

CHUNK = 4_000_000
"""Counts held at once while choosing."""


def score_on(candidates: Sequence[ScoreRows]) -> Measure:
    """The score as a measure of one of the candidates on some rows."""

    def measure(candidate: int, rows: Indices) -> float:
        one = candidates[candidate]
        return score(ScoreRows(one.truth[rows], one.value[rows], one.per_class, one.scale))

    return measure


@dataclass(frozen=True, eq=False)
class Earlier:
    """A choice that was made before, on some of the rows: who was compared there, and who went on.

    Attributes:
        rows: (m,) int64, which of the rows.
        candidates: who was compared, on these rows.
        became: which of the last candidates each became, -1 for one that was left behind.
        kept: how many went on.
    """

    rows: Indices
    candidates: Sequence[ScoreRows]
    became: Sequence[int]
    kept: int


def choices(
    candidates: Sequence[ScoreRows],
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    draws: int | None = None,
    earlier: Sequence[Earlier] = (),
) -> Iterator[tuple[int, Indices]]:
    """Choose again and again: the best candidate on the units drawn, with the rows of the units that were not drawn.

    The inner step of bootstrap bias correction (Tsamardinos, Greasidou, Borboudakis 2018). Choices that were made
    before are made again as well: who would not have gone on cannot win, unless nobody else could. Draws that leave
    nothing out are passed over; a tie goes to the first.

    Raises:
        InputError: no candidates, or candidates with different rows.
    """
    check_same(candidates)
    n = len(candidates[0].truth)
    draws = int(np.clip(WORK // n, 100, DRAWS)) if draws is None else draws
    number = np.arange(n) if groups is None else group_numbers(groups, n)
    units = int(number.max()) + 1
    order, bounds = _by_stratum(candidates[0].stratum)
    values = np.stack([rows.value[order] for rows in candidates], axis=1)
    rng = generator(seed, "choices")
    size = max(1, CHUNK // max(n, units))
    for start in range(0, draws, size):
        times = _times_drawn(units, min(size, draws - start), rng)[:, number]
        scores = _scores(times[:, order], values, bounds)
        best = np.argmax(np.where(_gone_on(times, len(candidates), earlier), scores, -np.inf), axis=1)
        for winner, drawn in zip(best, times, strict=True):
            left = np.flatnonzero(drawn == 0)
            if len(left):
                yield int(winner), left


def _gone_on(times: Floats, count: int, earlier: Sequence[Earlier]) -> npt.NDArray[np.bool_]:
    """(B, C): whether each candidate would be there at the end, by the choices before it on each draw."""
    there = np.ones((len(times), count), bool)
    for choice in earlier:
        order, bounds = _by_stratum(choice.candidates[0].stratum)
        values = np.stack([rows.value[order] for rows in choice.candidates], axis=1)
        scores = _scores(times[:, choice.rows[order]], values, bounds)
        rank = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1)
        for column, became in enumerate(choice.became):
            if became >= 0:
                there[:, became] &= rank[:, column] < choice.kept
    there[~there.any(axis=1)] = True
    return there


def _times_drawn(units: int, draws: int, rng: np.random.Generator) -> Floats:
    return np.stack(
        [np.bincount(rng.integers(units, size=units), minlength=units).astype(np.float64) for _ in range(draws)]
    )


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
    scores: Floats = total / held
    return scores


def optimism(
    candidates: Sequence[ScoreRows],
    measures: Mapping[str, Measure],
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    draws: int | None = None,
    earlier: Sequence[Earlier] = (),
) -> dict[str, float]:
    """By how much each measure of the best candidate flatters, because that candidate was chosen on the same rows.

    The choice is by score, whatever the measure: its value for the best candidate on all rows, less its mean over
    `choices` on the rows left out; never below 0. One candidate: 0, nothing was chosen.

    Raises:
        InputError: no candidates, candidates with different rows, or nothing can be left out (one group).
    """
    check_same(candidates)
    if len(candidates) == 1:
        return dict.fromkeys(measures, 0.0)
    found: dict[str, list[float]] = {name: [] for name in measures}
    for winner, left in choices(candidates, groups, seed, draws, earlier):
        for name, measure in measures.items():
            found[name].append(measure(winner, left))
    if not all(found.values()):
        raise InputError("all rows are of one group; a correction for choosing needs two or more groups")
    best, every = int(np.argmax([score(rows) for rows in candidates])), np.arange(len(candidates[0].truth))
    return {name: max(measure(best, every) - float(np.nanmean(found[name])), 0.0) for name, measure in measures.items()}


def bias_corrected(
    candidates: Sequence[ScoreRows],
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    draws: int | None = None,
    earlier: Sequence[Earlier] = (),
) -> Interval:
    """The score of the best candidate with a 95 % interval, corrected for having chosen it on these rows (BBC-CV).

    Its own interval, lowered by `optimism`. The percentiles over the rows left out, as in the paper, would be 1.3 times
    too wide: about 0.37 of the rows are left out, so they vary by (1 - 0.37) / 0.37 = 1.7 times the variance of all.

    Raises:
        InputError: no candidates, candidates with different rows, or all rows of one group.
    """
    by = optimism(candidates, {"score": score_on(candidates)}, groups, seed, draws, earlier)["score"]
    best = max(candidates, key=score)
    return score_interval(best, groups, seed).lowered(by, 0.0 if best.per_class else -np.inf)
