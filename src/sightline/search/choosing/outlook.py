"""What more data or more time would bring, where that can be told."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import cast

from sightline.data.out_of_fold import OutOfFold
from sightline.findings import Finding
from sightline.metrics.selection import loss_interval
from sightline.metrics.uncertainty import Interval
from sightline.search.choosing.correction import positions
from sightline.search.trying.attempt import attempt, remembered
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.trial import Trial

FEWER, LEAST = 2, 100
"""How many times fewer pictures the best is tried on once more, and the fewest that tell anything."""
FOR_TIME = ("were left to search", "the time for searching is over")
"""What a trial says that was not begun, or cut short, for want of time."""
STEEPEST = 1.0
"""Errors fall with n^-b; b is between 0 and this: what falls faster fell by chance."""


def outlook(among: Comparison, expectation: Expectation, tried: Sequence[Trial]) -> Iterator[Finding]:
    """Findings about more data and more time."""
    yield from _time(tried)
    best = _best(among, tried)
    if best is not None and among.scorer.cost_matrix is None:
        yield from _data(among, best, _smaller(among, expectation, best, tried))


def _best(among: Comparison, tried: Sequence[Trial]) -> Trial | None:
    able = [one for one in tried if one.record is not None and len(one.members) == 1 and one.status == "tried"]
    most = max((one.pictures for one in able), default=0)
    return min((one for one in able if one.pictures == most), key=among.scorer.order, default=None)


def _smaller(among: Comparison, expectation: Expectation, best: Trial, tried: Sequence[Trial]) -> Trial | None:
    """The same candidate on fewer pictures: from a lower rung, remembered, or tried once more where time is left."""
    same = [one for one in tried if one.identity == best.identity and one.record is not None]
    lower = [one for one in same if one.pictures < best.pictures]
    if lower:
        return max(lower, key=lambda one: one.pictures)
    n = best.pictures // FEWER
    if n >= LEAST and (known := remembered(among, best.members[0], best.preparation, n).trial) is not None:
        return known
    expected = expectation.trying_s(best.members[0], best.preparation, n, best) / expectation.workers
    if n < LEAST or expected > among.budget.left_to_search():
        return None
    return attempt(among, best.members[0], best.preparation, n)


def _data(among: Comparison, best: Trial, smaller: Trial | None) -> Iterator[Finding]:
    if smaller is None or smaller.record is None or best.score is None:
        return
    gained = _gained(among, best, smaller)
    said = f"from {smaller.pictures} to {best.pictures} pictures the score rose by {_points(gained)}"
    now, more = best.pictures, 2 * len(among.data.training)
    value, low, high = (
        expected_gain(1 - best.score.value, rise, smaller.pictures, now, more) for rise in _three(gained)
    )
    evidence = {"pictures": more, "gain": value, "low": low, "high": high}
    if gained.low <= 0:
        message = f"{said}, which is within chance: whether more pictures would help cannot be told"
    else:
        message = f"{said}; with {more} it may rise by another {100 * value:.1f} ({100 * low:.1f} to {100 * high:.1f})"
    yield Finding("more-data", "info", message, "label more pictures where the gain is worth it", evidence)


def _gained(among: Comparison, best: Trial, smaller: Trial) -> Interval:
    """By how much the larger sample beat the smaller one on the pictures of the smaller one, paired."""
    scorer, below, above = among.scorer, cast(OutOfFold, smaller.record), cast(OutOfFold, best.record)
    where = positions(below.index, above.index)
    return loss_interval(scorer.rows(below), scorer.rows(above.subset(where)), scorer.groups(below), scorer.seed)


def expected_gain(error: float, gained: float, before: int, now: int, more: int) -> float:
    """By how much an error that falls as a power of the pictures would fall further.

    C. Cortes, L. Jackel, S. Solla, V. Vapnik, J. Denker: Learning curves: asymptotic values and rate of convergence.
    NIPS 1993.

    Args:
        error: with `now` pictures, in [0, 1].
        gained: how much less it is than with `before` pictures.
        before: pictures.
        now: pictures, more than before.
        more: pictures, more than now.
    """
    if error <= 0 or gained <= 0:
        return 0.0
    power = min(math.log((error + gained) / error) / math.log(now / before), STEEPEST)
    return float(error * (1 - (now / more) ** power))


def _three(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def _points(interval: Interval) -> str:
    value, low, high = (100 * one for one in _three(interval))
    return f"{value:.1f} points ({low:.1f} to {high:.1f})"


def _time(tried: Sequence[Trial]) -> Iterator[Finding]:
    late = [one.name for one in tried if one.status == "skipped" and any(said in one.why for said in FOR_TIME)]
    if late:
        message = f"{len(late)} candidates were not tried to the end for want of time, among them {late[0]}"
        yield Finding(
            "more-time", "info", message, "give more time (--time); what was tried is remembered", {"names": late}
        )
