"""Intervals of means over rows: log loss, Brier score, cost, score, and the gaps of a calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, generator
from sightline.errors import InputError
from sightline.metrics import calibration
from sightline.metrics.classification import Floats
from sightline.metrics.resampling import Z, cells, clump, group_numbers, stretch
from sightline.metrics.uncertainty import Interval, between

MANY = 5_000
"""Units from which the mean of a bounded value takes the normal limit instead of draws."""


def mean_interval(
    values: npt.ArrayLike, groups: npt.ArrayLike | None = None, seed: int = 0, outcomes: Sequence[float] = ()
) -> Interval:
    """The mean of one number for each row (log loss, Brier score, cost) and its 95 % interval.

    Args:
        values: (n,) finite.
        groups: (n,) what is resampled; None: rows.
        seed: any integer.
        outcomes: values that one more unit might have had, each as likely; leave them out for continuous values.

    One unit alone gives no interval: its ends are NaN.

    Raises:
        InputError: no values, or one that is not finite.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not len(numbers) or not np.isfinite(numbers).all():
        raise InputError(f"values of shape {numbers.shape}; allowed: (n,) finite numbers with n > 0")
    units = len(numbers) if groups is None else int(group_numbers(groups, len(numbers)).max()) + 1
    if units == 1 or (units > MANY and not len(outcomes)):
        return _normal(numbers, groups, units)
    return scored_interval(numbers, np.zeros(len(numbers), np.int64), outcomes, groups, seed)


def scored_interval(
    values: Floats,
    stratum: Indices,
    outcomes: Sequence[float] = (),
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Interval:
    """The mean of `values` (n,) within each stratum (n,), averaged over the strata, and its 95 % interval.

    `outcomes` are the values that one more unit, of any stratum, might have had, each as likely.
    """
    place = np.unique(stratum, return_inverse=True)[1].astype(np.int64)
    rng = generator(seed, "values")
    total, whole, units = _drawn(values, place, groups, rng)
    if len(outcomes):
        draws, k = total.shape
        size = float(np.abs(outcomes).max()) or 1.0
        added = clump(values, groups, size) * rng.standard_exponential(draws)
        where, every = rng.integers(k, size=draws), np.arange(draws)
        total[every, where] += added * rng.choice(outcomes, draws)
        whole[every, where] += added
    seen = float((np.bincount(place, values) / np.bincount(place)).mean())
    # the added unit is all that independent rows need
    widen = 1.0 if groups is None and len(outcomes) else stretch(units)
    return between(seen, (total / whole).mean(axis=1), widen)


def _drawn(
    values: Floats, place: Indices, groups: npt.ArrayLike | None, rng: np.random.Generator
) -> tuple[Floats, Floats, int]:
    """(B, k) drawn sums of values and of weights in each stratum, and the number of units."""
    k = int(place.max()) + 1
    if groups is None:  # rows of one stratum and one value are alike
        distinct, kind = np.unique(values, return_inverse=True)
        compact = cells(place * len(distinct) + kind)
        average = values[compact.first]
    else:  # of a group only its mean in each stratum counts
        compact = cells(place, groups)
        average = _means(values, group_numbers(groups, len(values)) * k + place)
    row = place[compact.first]
    total, whole = compact.sums(rng, [(row, average), (row, np.ones(len(row)))], k)
    return total, whole, compact.units


def _means(values: Floats, kind: Indices) -> Floats:
    """The mean value of each kind, kinds ascending."""
    cell = np.unique(kind, return_inverse=True)[1]
    means: Floats = np.bincount(cell, values) / np.bincount(cell)
    return means


def _normal(numbers: Floats, groups: npt.ArrayLike | None, units: int) -> Interval:
    mean = float(numbers.mean())
    if units == 1:
        return Interval(mean, math.nan, math.nan)
    residual = numbers - mean
    if groups is not None:
        residual = np.bincount(group_numbers(groups, len(numbers)), residual).astype(np.float64)
    half = Z * math.sqrt(float((residual**2).sum()) * units / (units - 1)) / len(numbers)
    return Interval(mean, mean - half, mean + half)


def ece_interval(
    probabilities: npt.ArrayLike,
    truth: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    bins: int = calibration.BINS,
) -> Interval:
    """The expected calibration error and its 95 % interval.

    Resampling makes gaps larger on average (it sums absolute values); the draws are moved back by that much.
    """
    top, right = calibration.confidence(probabilities, truth)
    number, gap = calibration.bin_numbers(top, bins), right - top
    value = float(np.abs(np.bincount(number, gap, bins)).sum() / len(gap))
    if groups is None:
        # rows of one bin are put together where their gaps agree within 1/16 of a bin: below what draws resolve
        kind = number * (32 * bins + 1) + np.floor((gap + 1) * 16 * bins).astype(np.int64)
        compact, mean = cells(kind), _means(gap, kind)
    else:
        compact, mean = cells(number, groups), _means(gap, group_numbers(groups, len(gap)) * bins + number)
    place, rng = number[compact.first], generator(seed, "ece")
    gaps, whole = compact.sums(rng, [(place, mean), (np.zeros(len(place), np.int64), np.ones(len(place)))], bins)
    drawn = np.abs(gaps).sum(axis=1) / whole.sum(axis=1)
    return between(value, drawn - (drawn.mean() - value), stretch(compact.units), 0.0, 1.0)
