"""Choosing among candidates: the score, how sure a difference is, and what having chosen costs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, generator
from sightline.errors import InputError
from sightline.metrics.classification import Floats, check_costs, check_labels, cost_rows
from sightline.metrics.means import scored_interval
from sightline.metrics.resampling import group_numbers
from sightline.metrics.uncertainty import Interval

Measure: TypeAlias = Callable[[int, Indices], float]
"""`measure(candidate, rows)`: a number, higher is better, of one candidate on some rows."""

DRAWS = 500
"""Draws of the bias correction; its mean then moves by a fiftieth of the interval's width from seed to seed."""

WORK = 20_000_000
"""Rows drawn at most; above 40,000 rows there are fewer draws, 100 at least."""

CHUNK = 4_000_000
"""Counts held at once while choosing."""


@dataclass(frozen=True, eq=False)
class ScoreRows:
    """What each row adds to a candidate's score.

    Attributes:
        truth: (n,) class numbers.
        value: (n,) float64: 1 right and 0 wrong, or minus the cost of the decision.
        per_class: averaged within each class and then over the classes (balanced accuracy), or over all rows (cost).
        scale: size of a typical mistake: 1, or the mean cost of one.
    """

    truth: Indices
    value: Floats
    per_class: bool
    scale: float = 1.0

    @property
    def stratum(self) -> Indices:
        """(n,) what a row is averaged within first."""
        return self.truth if self.per_class else np.zeros(len(self.truth), np.int64)


def score_rows(
    truth: npt.ArrayLike,
    predicted: npt.ArrayLike,
    k: int,
    costs: npt.ArrayLike | None = None,
    abstain: float | None = None,
) -> ScoreRows:
    """The rows of the design's score: minus the expected cost where costs are given, else balanced accuracy.

    Args:
        truth: (n,) class numbers.
        predicted: (n,) decisions, -1 where nothing was decided.
        k: number of classes.
        costs: (k, k), rows the truth, columns the decision; None without costs.
        abstain: cost of not deciding.

    Raises:
        InputError: lengths differ or a label is out of range.
    """
    rows, columns = check_labels(truth, k), check_labels(predicted, k, "predicted", -1)
    if len(rows) != len(columns):
        raise InputError(f"{len(columns)} decisions for {len(rows)} labels; give one for each")
    if costs is None:
        return ScoreRows(rows, (rows == columns).astype(np.float64), True)
    matrix = check_costs(costs, k, abstain)
    mistakes = matrix[~np.eye(k, dtype=bool)]
    scale = float(mistakes.mean()) if len(mistakes) else 0.0
    return ScoreRows(rows, -cost_rows(rows, columns, matrix, abstain), False, scale)


def score(rows: ScoreRows) -> float:
    """Higher is better: balanced accuracy in [0, 1], or minus the expected cost."""
    _, place = np.unique(rows.stratum, return_inverse=True)
    return float((np.bincount(place, rows.value) / np.bincount(place)).mean())


def score_on(candidates: Sequence[ScoreRows]) -> Measure:
    """The score as a measure of one of the candidates on some rows."""

    def measure(candidate: int, rows: Indices) -> float:
        one = candidates[candidate]
        return score(ScoreRows(one.truth[rows], one.value[rows], one.per_class, one.scale))

    return measure


def score_interval(rows: ScoreRows, groups: npt.ArrayLike | None = None, seed: int = 0) -> Interval:
    """The score and its 95 % interval."""
    outcomes = (0.0, 1.0) if rows.per_class else (0.0, -rows.scale)
    interval = scored_interval(rows.value, rows.stratum, outcomes, groups, seed)
    if not rows.per_class:
        return interval
    return Interval(interval.value, max(interval.low, 0.0), min(interval.high, 1.0))


def loss_interval(
    candidate: ScoreRows, reference: ScoreRows, groups: npt.ArrayLike | None = None, seed: int = 0
) -> Interval:
    """What is lost by taking `candidate` in place of `reference`: score(reference) - score(candidate), paired.

    Groups are resampled where given. One more unit on which either of the two makes a mistake that the other does not
    make is in every draw, so that candidates equal on n rows are equal within 3 / n and not exactly.

    Raises:
        InputError: the two do not have the same rows.
    """
    _check_same([candidate, reference])
    scale = max(candidate.scale, reference.scale)
    difference = reference.value - candidate.value
    return scored_interval(difference, candidate.stratum, (-scale, scale), groups, seed)


def beyond(interval: Interval) -> bool:
    """Whether a difference is beyond the interval: 0 lies outside of it."""
    return interval.low > 0 or interval.high < 0


def choices(
    candidates: Sequence[ScoreRows], groups: npt.ArrayLike | None = None, seed: int = 0, draws: int | None = None
) -> Iterator[tuple[int, Indices]]:
    """Choose again and again: the best candidate on the units drawn, with the rows of the units that were not drawn.

    The inner step of bootstrap bias correction (Tsamardinos, Greasidou, Borboudakis 2018). Draws that leave nothing
    out are passed over; a tie goes to the first.

    Raises:
        InputError: no candidates, or candidates with different rows.
    """
    _check_same(candidates)
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
        best = np.argmax(_scores(times[:, order], values, bounds), axis=1)
        for winner, drawn in zip(best, times, strict=True):
            left = np.flatnonzero(drawn == 0)
            if len(left):
                yield int(winner), left


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
) -> dict[str, float]:
    """By how much each measure of the best candidate flatters, because that candidate was chosen on the same rows.

    The choice is by score, whatever the measure: its value for the best candidate on all rows, less its mean over
    `choices` on the rows left out; never below 0. One candidate: 0, nothing was chosen.

    Raises:
        InputError: no candidates, candidates with different rows, or nothing can be left out (one group).
    """
    _check_same(candidates)
    if len(candidates) == 1:
        return dict.fromkeys(measures, 0.0)
    found: dict[str, list[float]] = {name: [] for name in measures}
    for winner, left in choices(candidates, groups, seed, draws):
        for name, measure in measures.items():
            found[name].append(measure(winner, left))
    if not all(found.values()):
        raise InputError("all rows are of one group; a correction for choosing needs two or more groups")
    best, every = int(np.argmax([score(rows) for rows in candidates])), np.arange(len(candidates[0].truth))
    return {name: max(measure(best, every) - float(np.nanmean(found[name])), 0.0) for name, measure in measures.items()}


def bias_corrected(
    candidates: Sequence[ScoreRows], groups: npt.ArrayLike | None = None, seed: int = 0, draws: int | None = None
) -> Interval:
    """The score of the best candidate with a 95 % interval, corrected for having chosen it on these rows (BBC-CV).

    Its own interval, lowered by `optimism`. The percentiles over the rows left out, as in the paper, would be 1.3 times
    too wide: about 0.37 of the rows are left out, so they vary by (1 - 0.37) / 0.37 = 1.7 times the variance of all.

    Raises:
        InputError: no candidates, candidates with different rows, or all rows of one group.
    """
    by = optimism(candidates, {"score": score_on(candidates)}, groups, seed, draws)["score"]
    best = max(candidates, key=score)
    return score_interval(best, groups, seed).lowered(by, 0.0 if best.per_class else -np.inf)


def _check_same(candidates: Sequence[ScoreRows]) -> None:
    if not candidates:
        raise InputError("no candidates to choose from; give at least one")
    first = candidates[0]
    for other in candidates[1:]:
        if other.per_class != first.per_class or not np.array_equal(other.truth, first.truth):
            raise InputError("candidates were scored on different rows or by different rules; score all on the same")
