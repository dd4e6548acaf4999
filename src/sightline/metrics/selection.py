"""Comparing candidates: the score, and how sure a difference is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices
from sightline.errors import InputError
from sightline.metrics.classification import Floats, check_costs, check_labels, cost_rows
from sightline.metrics.means import scored_interval
from sightline.metrics.uncertainty import Interval


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
    def bounds(self) -> tuple[float, float]:
        """Between what the score lies."""
        return (0.0, 1.0) if self.per_class else (-np.inf, np.inf)

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


def score_interval(rows: ScoreRows, groups: npt.ArrayLike | None = None, seed: int = 0) -> Interval:
    """The score and its 95 % interval."""
    outcomes = (0.0, 1.0) if rows.per_class else (0.0, -rows.scale)
    interval = scored_interval(rows.value, rows.stratum, outcomes, groups, seed)
    least, most = rows.bounds
    return Interval(interval.value, max(interval.low, least), min(interval.high, most))


def loss_interval(
    candidate: ScoreRows, reference: ScoreRows, groups: npt.ArrayLike | None = None, seed: int = 0
) -> Interval:
    """What is lost by taking `candidate` in place of `reference`: score(reference) - score(candidate), paired.

    Groups are resampled where given. One more unit on which either of the two makes a mistake that the other does not
    make is in every draw, so that candidates equal on n rows are equal within 3 / n and not exactly.

    Raises:
        InputError: the two do not have the same rows.
    """
    check_same([candidate, reference])
    scale = max(candidate.scale, reference.scale)
    difference = reference.value - candidate.value
    return scored_interval(difference, candidate.stratum, (-scale, scale), groups, seed)


def beyond(interval: Interval) -> bool:
    """Whether a difference is beyond the interval: 0 lies outside of it."""
    return interval.low > 0 or interval.high < 0


def check_same(candidates: Sequence[ScoreRows]) -> None:
    """Raise InputError unless all were scored on the same rows by the same rule."""
    if not candidates:
        raise InputError("no candidates to choose from; give at least one")
    first = candidates[0]
    for other in candidates[1:]:
        if other.per_class != first.per_class or not np.array_equal(other.truth, first.truth):
            raise InputError("candidates were scored on different rows or by different rules; score all on the same")
