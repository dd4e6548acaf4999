"""Intervals: what a number measured on so many pictures still allows, 95 % of the time.

Where groups are given (pieces of one strip, slices of one patient) they are what is resampled. How the draws are made
and why a perfect result keeps a width stands in `resampling`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, generator
from sightline.metrics import classification
from sightline.metrics.classification import Floats, Tally
from sightline.metrics.resampling import Cells, cells, clump, stretch

Metric: TypeAlias = Callable[[Tally], Floats]
"""A metric of `classification`: `accuracy`, `balanced_accuracy`, `macro_f1`, `mcc`."""


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

    def scaled(self, by: float) -> Interval:
        """The interval with both arms so many times as long."""
        return Interval(
            self.value, self.value - by * (self.value - self.low), self.value + by * (self.high - self.value)
        )

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
    right, every, decided = row == column, np.ones(len(row)), column < k
    parts = [(row, right.astype(float)), (row, every), (np.where(decided, column, 0), decided.astype(float))]
    return Tally(*compact.sums(rng, parts, k))


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
    # of one class alone no correlation can be seen: by convention 0, and it could be anything
    widen = {"mcc": draws.widen if len(there) > 1 else math.inf}
    floor = {"mcc": -1.0}
    return {
        name: between(float(metric(draws.seen)), metric(drawn), widen.get(name, draws.widen), floor.get(name, 0.0), 1.0)
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
    return [between(float(value), drawn[:, c], widen, 0.0, 1.0) for c, value in enumerate(values)]


def between(value: float, drawn: Floats, widen: float, low: float = -math.inf, high: float = math.inf) -> Interval:
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
