"""Intervals: what a number measured on so many pictures still allows, 95 % of the time.

Where groups are given (pieces of one strip, slices of one patient) they are what is resampled. How the draws are made
and why a perfect result keeps a width stands in `resampling`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, generator
from sightline.errors import InputError
from sightline.metrics import calibration, classification
from sightline.metrics.classification import Floats, Tally
from sightline.metrics.resampling import Cells, Z, cells, clump, group_numbers, stretch

Metric: TypeAlias = Callable[[Tally], Floats]
"""A metric of `classification`: `accuracy`, `balanced_accuracy`, `macro_f1`, `mcc`."""

MANY = 5_000
"""Units from which the mean of a bounded value takes the normal limit instead of draws."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the 95 % interval around it; NaN where the data does not allow a number."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """The three numbers by name, None for one that is not finite."""
        return {"value": _plain(self.value), "low": _plain(self.low), "high": _plain(self.high)}

    @classmethod
    def from_dict(cls, data: Mapping[str, float | None]) -> Interval:
        """Read back what `to_dict` gave."""
        return cls(_number(data["value"]), _number(data["low"]), _number(data["high"]))

    def lowered(self, by: float, floor: float = -math.inf) -> Interval:
        """The interval of a value that is `by` lower, `by` >= 0, cut at `floor`.

        A value at the top of its range has no room above; lowering it opens as much as `by`, up to symmetry.
        """
        value, down, up = max(self.value - by, floor), self.value - self.low, self.high - self.value
        return Interval(value, max(value - down, floor), value + max(up, min(down, up + by)))


class Draws(NamedTuple):
    """A tally and its draws under resampling.

    Attributes:
        seen: the tally of the data, each (k,).
        drawn: as drawn, each (B, k), without the added unit.
        weight: (B,) what the added unit weighs.
        widen: the factor of `resampling.stretch`.
    """

    seen: Tally
    drawn: Tally
    weight: Floats
    widen: float


def draw(
    truth: npt.ArrayLike, predicted: npt.ArrayLike, k: int, groups: npt.ArrayLike | None = None, seed: int = 0
) -> Draws:
    """Resample decisions; the draws serve every decision metric at once.

    Args:
        truth: (n,) class numbers.
        predicted: (n,) class numbers, -1 where nothing was decided.
        k: number of classes.
        groups: (n,) group of each row, or None when rows are independent.
        seed: any integer.

    Raises:
        InputError: lengths differ or a label is out of range.
    """
    seen = classification.tally(classification.confusion(truth, predicted, k, undecided=True))
    rows = np.asarray(truth, dtype=np.int64)
    columns = np.where(np.asarray(predicted) < 0, k, predicted).astype(np.int64)
    compact = cells(rows * (k + 1) + columns, groups)
    rng = generator(seed, "decisions")
    drawn = _draw_tallies(compact, rows, columns, k, rng)
    weight = clump((rows != columns).astype(np.float64), groups) * rng.standard_exponential(len(drawn.right))
    return Draws(seen, drawn, weight, 1.0 if groups is None else stretch(compact.units))


def _draw_tallies(compact: Cells, rows: Indices, columns: Indices, k: int, rng: np.random.Generator) -> Tally:
    row, column = rows[compact.first], columns[compact.first]
    hit = np.flatnonzero(row == column)
    drawn = Tally(*np.zeros((3, compact.draws(), k)))
    for b, weight in enumerate(compact.weights(rng, compact.draws())):
        drawn.right[b] = np.bincount(row[hit], weight[hit], k)
        drawn.support[b] = np.bincount(row, weight, k)
        drawn.predicted[b] = np.bincount(column, weight, k + 1)[:k]
    return drawn


def intervals_of(metrics: Mapping[str, Metric], draws: Draws, seed: int = 0) -> dict[str, Interval]:
    """The value and interval of each metric; the added unit is of any class that occurs, each as likely."""
    rng = generator(seed, "added")
    drawn = Tally(*(np.array(part) for part in draws.drawn))
    size, there = len(draws.weight), np.flatnonzero(draws.seen.support)
    occurring = np.flatnonzero(draws.seen.support + draws.seen.predicted)
    row = rng.choice(there, size)
    # the decision: right in half of the draws, else another class that occurs (the one itself: not decided)
    other = rng.choice(occurring, size)
    right = rng.random(size) < 0.5
    every = np.arange(size)
    drawn.support[every, row] += draws.weight
    drawn.right[every, row] += draws.weight * right
    drawn.predicted[every, np.where(right, row, other)] += draws.weight * (right | (other != row))
    floor = {"mcc": -1.0}
    return {
        name: _between(float(metric(draws.seen)), metric(drawn), draws.widen, floor.get(name, 0.0), 1.0)
        for name, metric in metrics.items()
    }


def interval_of(
    metric: Metric,
    truth: npt.ArrayLike,
    predicted: npt.ArrayLike,
    k: int,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Interval:
    """The value and 95 % interval of one decision metric; arguments as of `draw`."""
    return intervals_of({metric.__name__: metric}, draw(truth, predicted, k, groups, seed), seed)[metric.__name__]


def class_intervals(draws: Draws, seed: int = 0) -> tuple[list[Interval], list[Interval]]:
    """Precision and recall of each class with intervals; the added unit is of the class itself."""
    rng = generator(seed, "classes")
    seen, drawn = draws.seen, draws.drawn
    weight = draws.weight[:, None] * np.ones(drawn.right.shape)
    right = drawn.right + weight * (rng.random(weight.shape) < 0.5)
    precision, recall, _, _ = classification.per_class(seen)
    return (
        _each(precision, right / (drawn.predicted + weight), draws.widen),
        _each(recall, right / (drawn.support + weight), draws.widen),
    )


def _each(values: Floats, drawn: Floats, widen: float) -> list[Interval]:
    return [_between(float(value), drawn[:, c], widen, 0.0, 1.0) for c, value in enumerate(values)]


def mean_interval(
    values: npt.ArrayLike, groups: npt.ArrayLike | None = None, seed: int = 0, outcomes: Iterable[float] = ()
) -> Interval:
    """The mean of one number for each row (log loss, Brier score, cost) and its interval.

    Args:
        values: (n,) finite.
        groups: (n,), or None.
        seed: any integer.
        outcomes: values that one more unit might have had, each as likely; leave them out for continuous values.

    One unit alone gives no interval: its ends are NaN.

    Raises:
        InputError: no values, or one that is not finite.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not len(numbers) or not np.isfinite(numbers).all():
        raise InputError(f"values of shape {numbers.shape}; allowed: (n,) finite numbers with n > 0")
    units = len(numbers) if groups is None else len(np.unique(np.asarray(groups)))
    if units == 1 or (units > MANY and not tuple(outcomes)):
        return _normal(numbers, groups, units)
    one = np.zeros(len(numbers), np.int64)
    return scored_interval(numbers, one, outcomes, groups, seed)


def _normal(numbers: Floats, groups: npt.ArrayLike | None, units: int) -> Interval:
    mean = float(numbers.mean())
    if units == 1:
        return Interval(mean, math.nan, math.nan)
    residual = numbers - mean
    if groups is not None:
        residual = np.bincount(group_numbers(groups, len(numbers)), residual).astype(np.float64)
    half = Z * math.sqrt(float((residual**2).sum()) * units / (units - 1)) / len(numbers)
    return Interval(mean, mean - half, mean + half)


def scored_interval(
    values: Floats,
    stratum: Indices,
    outcomes: Iterable[float] = (),
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Interval:
    """The mean of `values` (n,) within each stratum (n,), averaged over the strata, and its interval.

    `outcomes` are the values that one more unit, of any stratum, might have had.
    """
    names, place = np.unique(stratum, return_inverse=True)
    k, distinct = len(names), np.unique(values, return_inverse=True)[1]
    # alone, rows of one value are alike; in groups, rows of one stratum are, with their mean
    kind = place * (int(distinct.max()) + 1) + distinct if groups is None else place
    compact = cells(kind, groups)
    row = place[compact.first]
    average = values[compact.first] if groups is None else _cell_means(values, kind, groups)
    rng, draws = generator(seed, "values"), compact.draws()
    total, whole = np.zeros((2, draws, k))
    for b, weight in enumerate(compact.weights(rng, draws)):
        total[b] = np.bincount(row, weight * average, k)
        whole[b] = np.bincount(row, weight, k)
    options = np.asarray(tuple(outcomes), dtype=np.float64)
    if len(options):
        size = float(np.ptp(options)) or 1.0
        added = clump(values, groups, size / 2) * rng.standard_exponential(draws)
        where, every = rng.integers(k, size=draws), np.arange(draws)
        total[every, where] += added * rng.choice(options, draws)
        whole[every, where] += added
    seen = float((np.bincount(place, values) / np.bincount(place)).mean())
    widen = stretch(compact.units) if groups is not None or not len(options) else 1.0
    return _between(seen, (total / whole).mean(axis=1), widen, -math.inf, math.inf)


def _cell_means(values: Floats, kind: Indices, groups: npt.ArrayLike) -> Floats:
    """The mean value of each cell, in the order of `cells(kind, groups)`."""
    number = group_numbers(groups, len(values))
    _, cell = np.unique(number * (int(kind.max()) + 1) + kind, return_inverse=True)
    means: Floats = np.bincount(cell, values) / np.bincount(cell)
    return means


def ece_interval(
    probabilities: npt.ArrayLike,
    truth: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    bins: int = calibration.BINS,
) -> Interval:
    """The expected calibration error and its interval.

    Resampling makes gaps larger on average (it sums absolute values); the draws are moved back by that much.
    """
    top, right = calibration.confidence(probabilities, truth)
    number, gap = calibration.bin_numbers(top, bins), right - top
    value = calibration.ece(probabilities, truth, bins)
    # rows of one bin are put together where their gaps agree within 1/16 of a bin: far below what draws resolve
    fine = np.floor((gap + 1) * 16 * bins).astype(np.int64)
    kind = number * (32 * bins + 1) + fine if groups is None else number
    compact = cells(kind, groups)
    place = number[compact.first]
    mean = _cell_means(gap, kind, np.zeros(len(kind)) if groups is None else groups)
    rng = generator(seed, "ece")
    drawn = np.array(
        [
            np.abs(np.bincount(place, weight * mean, bins)).sum() / weight.sum()
            for weight in compact.weights(rng, compact.draws())
        ]
    )
    return _between(value, drawn - (drawn.mean() - value), stretch(compact.units), 0.0, 1.0)


def _between(value: float, drawn: Floats, widen: float, low: float, high: float) -> Interval:
    """The middle 95 % of the draws, widened around `value`, cut at the metric's range, never without `value`."""
    if not math.isfinite(value):
        return Interval(math.nan, math.nan, math.nan)
    if not math.isfinite(widen):
        ends = (low, high) if math.isfinite(low) and math.isfinite(high) else (math.nan, math.nan)
        return Interval(value, *ends)
    # a rounding error must not put the value outside its own interval
    down, up = (value - q if abs(value - q) > 1e-12 else 0.0 for q in map(float, np.quantile(drawn, [0.025, 0.975])))
    return Interval(value, max(value - max(down, 0.0) * widen, low), min(value + max(-up, 0.0) * widen, high))


def _plain(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None


def _number(number: float | None) -> float:
    return math.nan if number is None else float(number)
