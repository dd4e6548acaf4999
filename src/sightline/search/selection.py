"""Who wins: the best score, unless a cheaper candidate loses less than a stated amount, beyond doubt."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import cast

import numpy as np

from sightline.arrays import Array, Indices
from sightline.data.out_of_fold import OutOfFold
from sightline.decision.decide import decide
from sightline.metrics.selection import ScoreRows, loss_interval, score, score_interval, score_rows
from sightline.metrics.uncertainty import Interval
from sightline.search.limits import Limits
from sightline.search.trial import Trial
from sightline.task import Task


@dataclasses.dataclass(frozen=True)
class Scorer:
    """The task's score of held-out answers: minus the expected cost where costs are given, else balanced accuracy.

    Attributes:
        k: number of classes.
        cost_matrix: (k, k) float64 or None.
        abstain: cost of not deciding, or None.
        seed: of the resampling.
        grouped: whether intervals resample groups.
    """

    k: int
    cost_matrix: Array | None
    abstain: float | None
    seed: int
    grouped: bool

    @classmethod
    def of(cls, task: Task, grouped: bool, seed: int) -> Scorer:
        """The scorer of a task with its classes."""
        return cls(len(task.classes), task.costs.matrix(task.classes), task.costs.abstain, seed, grouped)

    def decide(self, record: OutOfFold) -> Indices:
        """(m,) decisions, -1 where the model abstains."""
        return np.asarray(decide(record.probabilities, self.cost_matrix, self.abstain), np.int64)

    def rows(self, record: OutOfFold) -> ScoreRows:
        """What each picture adds to the score."""
        return score_rows(record.truth, self.decide(record), self.k, self.cost_matrix, self.abstain)

    def score(self, record: OutOfFold) -> float:
        """Higher is better."""
        return score(self.rows(record))

    def interval(self, record: OutOfFold) -> Interval:
        """The score with its 95 % interval."""
        return score_interval(self.rows(record), self.groups(record), self.seed)

    def loss(self, candidate: OutOfFold, reference: OutOfFold) -> Interval:
        """What is lost by taking `candidate` in place of `reference`, paired."""
        return loss_interval(self.rows(candidate), self.rows(reference), self.groups(reference), self.seed)

    def groups(self, record: OutOfFold) -> Indices | None:
        """What intervals resample: groups, or None for rows."""
        return record.group if self.grouped else None

    def correction(self, trials: Sequence[Trial]) -> list[Indices]:
        """Decisions of all candidates among which the winner was chosen, for `summarize(corrected=...)`.

        What a limit excluded was no choice: a dear candidate that is always the best would hide what choosing among
        the others flatters.
        """
        return [self.decide(one.record) for one in trials if one.record is not None and one.status != "over budget"]

    @property
    def unit(self) -> float:
        """What one unit of tolerance is worth: 1 of balanced accuracy, or the mean cost of a mistake."""
        if self.cost_matrix is None:
            return 1.0
        off_diagonal = self.k * (self.k - 1)
        return float(self.cost_matrix.sum() / off_diagonal)

    def amounts(self, *differences: float) -> list[str]:
        """Differences of scores for a person: points, or costs as they are given."""
        return [f"{100 * one:.1f}" if self.cost_matrix is None else f"{one:.3g}" for one in differences]

    @property
    def measure(self) -> str:
        """What `amounts` counts."""
        return "points" if self.cost_matrix is None else "of cost"

    def order(self, trial: Trial) -> tuple[float, float]:
        """Sorts the best first: by score, ties by log loss."""
        if trial.score is None or trial.log_loss is None:
            return (float("inf"), float("inf"))
        return (-round(trial.score.value, 9), trial.log_loss)


def ranked(trials: Sequence[Trial], scorer: Scorer, limits: Limits, tolerance: float) -> list[Trial]:
    """The leaderboard: winner first, then by score, then what was not tried; each with why it is not the winner."""
    over = [_over(trial, limits) for trial in trials]
    able = sorted((trial for trial in over if trial.record is not None and trial.status == "tried"), key=scorer.order)
    if not able:
        return sorted(over, key=scorer.order)
    best = able[0]
    winner, loss = _cheapest(able, scorer, tolerance * scorer.unit)
    rest = [trial for trial in sorted(over, key=scorer.order) if trial is not winner]
    crowned = dataclasses.replace(winner, status="winner", why=_why_winner(winner, best, loss, scorer, tolerance))
    return [crowned, *(_with_why(trial, winner, scorer) for trial in rest)]


def _over(trial: Trial, limits: Limits) -> Trial:
    # A trial that was crowned before and fell at its file is marked already; one that won before may lose now.
    trial = dataclasses.replace(trial, status="tried", why="") if trial.status == "winner" else trial
    if trial.record is None or trial.status != "tried":
        return trial
    broken = limits.expected_over(trial)
    return trial if broken is None else dataclasses.replace(trial, status="over budget", why=broken)


def _cheapest(able: Sequence[Trial], scorer: Scorer, tolerance: float) -> tuple[Trial, Interval | None]:
    best = able[0]
    for trial in sorted(able, key=_price):
        if trial is best or _price(trial) >= _price(best):
            break
        loss = scorer.loss(cast(OutOfFold, trial.record), cast(OutOfFold, best.record))
        if loss.high <= tolerance:
            return trial, loss
    return best, None


def _price(trial: Trial) -> tuple[float, int]:
    return (trial.latency_ms or 0.0, trial.size_bytes or 0)


def _why_winner(winner: Trial, best: Trial, loss: Interval | None, scorer: Scorer, tolerance: float) -> str:
    if loss is None:
        return "the best out-of-fold score"
    lost, allowed = scorer.amounts(max(loss.high, 0), tolerance * scorer.unit)
    return (
        f"cheaper than {best.name} ({winner.latency_ms:.2g} against {best.latency_ms:.2g} ms) "
        f"and loses at most {lost} {scorer.measure} against it (allowed: {allowed})"
    )


def _with_why(trial: Trial, winner: Trial, scorer: Scorer) -> Trial:
    if trial.record is None or trial.status != "tried":
        return trial
    loss = scorer.loss(trial.record, cast(OutOfFold, winner.record))
    value, low, high = scorer.amounts(loss.value, loss.low, loss.high)
    if loss.value > 0:
        why = f"scores {value} {scorer.measure} ({low} to {high}) lower" + (
            "" if loss.low > 0 else ", which is within chance"
        )
    else:
        why = f"scores no lower, but {_dearer(trial, winner)}"
    return dataclasses.replace(trial, why=why)


def _dearer(trial: Trial, winner: Trial) -> str:
    if _price(trial) > _price(winner):
        return f"takes {trial.latency_ms or 0:.2g} ms for a picture against {winner.latency_ms or 0:.2g}"
    return "has the higher log loss"
