"""What the winner was chosen among, as the correction for choosing takes it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import cast

import numpy as np

from sightline.arrays import Indices
from sightline.data.out_of_fold import OutOfFold
from sightline.metrics.rechoosing import Earlier
from sightline.search.trying.scorer import Scorer
from sightline.search.trying.trial import Trial


@dataclasses.dataclass(frozen=True)
class Chosen:
    """The last choice and those before it.

    Attributes:
        decisions: (n,) each, of all candidates of the last choice, on the winner's rows.
        earlier: the rungs below.
    """

    decisions: list[Indices]
    earlier: list[Earlier]


def chosen_among(winner: Trial, board: Sequence[Trial], tried: Sequence[Trial], scorer: Scorer) -> Chosen:
    """Everybody that was tried, rung by rung.

    What a limit excluded was no choice: a dear candidate that is always the best would hide what choosing among the
    others flatters.

    Args:
        winner: who was chosen.
        board: the leaderboard, which knows who is over a limit.
        tried: every trial, one for each rung that a candidate was on.
        scorer: the task's score.
    """
    over = {one.name for one in board if one.status == "over budget"}
    able = [one for one in tried if one.record is not None and one.status == "tried" and one.name not in over]
    sizes = sorted({one.pictures for one in able if one.pictures < winner.pictures})
    rungs = [[one for one in able if one.pictures == size] for size in (*sizes, winner.pictures)]
    rows = cast(OutOfFold, winner.record).index
    earlier = []
    for rung, above in itertools.pairwise(rungs):
        names = [one.name for one in above]
        became = [names.index(one.name) if one.name in names else -1 for one in rung]
        where = positions(cast(OutOfFold, rung[0].record).index, rows)
        earlier.append(Earlier(where, [scorer.scored_rows(one) for one in rung], became))
    return Chosen([scorer.decide(cast(OutOfFold, one.record)) for one in rungs[-1]], earlier)


def positions(some: Indices, rows: Indices) -> Indices:
    """Where each of `some` is in `rows`."""
    order = np.argsort(rows)
    found: Indices = order[np.searchsorted(rows, some, sorter=order)]
    return found
