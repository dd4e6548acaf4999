"""What having chosen the best of several candidates costs: the correction of its figures for the choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, generator
from sightline.errors import InputError
from sightline.metrics.classification import Floats
from sightline.metrics.rechoosing import Drawn, Earlier, choose_again
from sightline.metrics.resampling import group_numbers
from sightline.metrics.selection import ScoreRows, check_same, score, score_interval
from sightline.metrics.uncertainty import Interval

Measures: TypeAlias = Callable[[Indices], Mapping[str, float]]
"""`measures(rows)`: numbers by name, higher is better, of the chosen candidate on some rows, each as often as named."""

DRAWS = 500
"""Draws of the correction; its mean then moves by a fiftieth of the interval's width from seed to seed."""

WORK = 20_000_000
"""Rows drawn at most; above 40,000 rows there are fewer draws, 100 at least."""


ENOUGH = 20
"""Draws taken for what was measured that tell how far a correction is off."""


@dataclass(frozen=True)
class Correction:
    """What having chosen does to a measure of the chosen.

    Attributes:
        by: how much it flatters.
        width: how far it is off when that is taken away, as a part of how far the measure of a single candidate is. Of
            many equals one is always lucky, so the luck of the best varies less; where few are about equal, how much is
            to be taken away is uncertain.
    """

    by: float = 0.0
    width: float = 1.0

    def of(self, interval: Interval, floor: float = -np.inf, ceiling: float = np.inf) -> Interval:
        """The interval, corrected; nothing below `floor` or above `ceiling`."""
        found = interval.scaled(self.width).lowered(self.by, floor)
        return Interval(found.value, max(found.low, floor), min(found.high, ceiling))


def no_measures(rows: Indices) -> Mapping[str, float]:
    """Nothing but the score is asked for."""
    return {}


def corrections(
    candidates: Sequence[ScoreRows],
    measures: Measures = no_measures,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    draws: int | None = None,
    earlier: Sequence[Earlier] = (),
) -> dict[str, Correction]:
    """What the score of the best candidate, and other measures of it, owe to its having been chosen on these rows.

    The choice is made again on rows drawn anew, whole groups where there are groups, with all choices that led to it;
    see `rechoosing`. The luck of who wins there, less what the best of now would have had, is what the score flatters.
    Another measure flatters as far as it moves with the score over the draws. Where always the same one wins, nothing
    is corrected.

    B. Efron: Estimating the error rate of a prediction rule: improvement on cross-validation. JASA 78 (1983).
    I. Tsamardinos, E. Greasidou, G. Borboudakis: Bootstrapping the out-of-sample predictions for efficient and accurate
    cross-validation. Machine Learning 107 (2018).

    Returns:
        By name: "score", and each of the measures.

    Raises:
        InputError: no candidates, candidates with different rows, or all rows of one group.
    """
    check_same(candidates)
    n = len(candidates[0].truth)
    every = np.arange(n)
    now = measures(every)
    if len(candidates) == 1 and not earlier:
        return dict.fromkeys(["score", *now], Correction())
    if groups is not None and len(np.unique(np.asarray(groups))) < 2:
        raise InputError("all rows are of one group; a correction for choosing needs two or more groups")
    number = every if groups is None else group_numbers(groups, n)
    draws = int(np.clip(WORK // n, 100, DRAWS)) if draws is None else draws
    drawn = Drawn.of(number, draws, generator(seed, "choices"))
    again = choose_again(candidates, earlier, drawn, generator(seed, "left behind"))
    own = again.each[:, int(np.argmax([score(rows) for rows in candidates]))]
    by, spread = float((again.luck - own).mean()), float(own.std())
    off = again.luck[again.taken] - again.told
    width = float(off.std()) / spread if spread > 0 and len(off) >= ENOUGH else 1.0
    moved = [measures(np.repeat(every, times)) for times in drawn.rows()] if now else []
    slopes = {name: _slope(np.array([one[name] for one in moved]) - value, own) for name, value in now.items()}
    return {name: Correction(max(slope * by, 0.0), width) for name, slope in [("score", 1.0), *slopes.items()]}


def _slope(moved: Floats, score_moved: Floats) -> float:
    """How much a measure moves with the score, over draws; a draw that has no number says nothing."""
    there = np.isfinite(moved)
    spread = float(np.square(score_moved[there]).sum())
    return float((moved[there] * score_moved[there]).sum()) / spread if spread > 0 else 0.0


def bias_corrected(
    candidates: Sequence[ScoreRows],
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    draws: int | None = None,
    earlier: Sequence[Earlier] = (),
) -> Interval:
    """The score of the best candidate with a 95 % interval, corrected for having chosen it on these rows.

    Raises:
        InputError: no candidates, candidates with different rows, or all rows of one group.
    """
    correction = corrections(candidates, no_measures, groups, seed, draws, earlier)["score"]
    best = max(candidates, key=score)
    return correction.of(score_interval(best, groups, seed), *best.bounds)
