"""What the winner was chosen among, as the correction for choosing takes it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import cast

import numpy as np

from sightline.arrays import Indices
from sightline.data.out_of_fold import OutOfFold
from sightline.metrics.rechoosing import Earlier
from sightline.metrics.selection import ScoreRows, score_rows
from sightline.search.trying.chosen import Chosen, Rung
from sightline.search.trying.scorer import Scorer
from sightline.search.trying.trial import Trial


def chosen_among(winner: Trial, board: Sequence[Trial], tried: Sequence[Trial], scorer: Scorer) -> Chosen:
    """Everybody that was tried, rung by rung; of a replayed winner those of the run in which it was chosen.

    What a limit excluded, or what failed at last, was no choice: a dear candidate that is always the best would hide
    what choosing among the others flatters.

    Args:
        winner: who was chosen.
        board: the leaderboard, which knows who is over a limit or failed.
        tried: every trial, one for each rung that a candidate was on.
        scorer: the task's score.
    """
    if winner.chosen is not None:
        return winner.chosen
    out = {one.identity for one in board if one.status not in ("winner", "tried")}
    able = [one for one in tried if one.record is not None and one.status == "tried" and one.identity not in out]
    sizes = sorted({one.pictures for one in able if one.pictures < winner.pictures})
    rungs = [[one for one in able if one.pictures == size] for size in (*sizes, winner.pictures)]
    rows = cast(OutOfFold, winner.record).index
    return Chosen(
        tuple(
            Rung(
                positions(cast(OutOfFold, rung[0].record).index, rows),
                np.stack([scorer.decide(cast(OutOfFold, one.record)) for one in rung]),
                _became(rung, above),
            )
            for rung, above in itertools.pairwise([*rungs, []])
        )
    )


def _became(rung: Sequence[Trial], above: Sequence[Trial]) -> tuple[int, ...]:
    """Which of those above each became; on the last rung there is nobody above."""
    found = [one.identity for one in above]
    return tuple(found.index(one.identity) if one.identity in found else -1 for one in rung) if above else ()


def earlier_choices(chosen: Chosen, truth: Indices, scorer: Scorer) -> list[Earlier]:
    """The rungs below the last, with what each picture adds to the scores.

    Args:
        chosen: what the winner was chosen among.
        truth: (n,) class numbers of the winner's rows.
        scorer: the task's score.
    """

    def scored(rung: Rung, decisions: Indices) -> ScoreRows:
        return score_rows(truth[rung.rows], decisions, scorer.k, scorer.cost_matrix, scorer.abstain)

    return [
        Earlier(rung.rows, [scored(rung, one) for one in rung.decisions], rung.became) for rung in chosen.rungs[:-1]
    ]


def positions(some: Indices, rows: Indices) -> Indices:
    """Where each of `some` is in `rows`."""
    order = np.argsort(rows)
    found: Indices = order[np.searchsorted(rows, some, sorter=order)]
    return found
