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

ALIKE = 7 / 6
"""Costs alike up to this factor are no reason to give up score: latencies of one pipeline differ by as much."""


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

    def scored_rows(self, trial: Trial) -> ScoreRows:
        """What each picture adds to the score of a trial with a record."""
        return self.rows(cast(OutOfFold, trial.record))

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
    """The leaderboard: winner first, then by score, then what was not tried; each with why it is not the winner.

    Only trials on the same pictures are compared: those on most pictures first, then who was left behind on fewer. Of a
    candidate that was tried on several rungs the highest counts.
    """
    over = [_over(trial, limits) for trial in _highest(trials)]
    able = [trial for trial in over if trial.record is not None and trial.status == "tried"]
    if not able:
        return sorted(over, key=lambda trial: _place(trial, scorer))
    most = max(trial.pictures for trial in able)
    first = sorted((trial for trial in able if trial.pictures == most), key=scorer.order)
    winner, loss = _cheapest(first, scorer, tolerance * scorer.unit)
    rest = sorted((trial for trial in over if trial is not winner), key=lambda trial: _place(trial, scorer))
    crowned = dataclasses.replace(winner, status="winner", why=_why_winner(winner, first[0], loss, scorer, tolerance))
    references = {trial.pictures: trial for trial in sorted(trials, key=scorer.order, reverse=True) if trial.record}
    references[most] = winner
    return [
        crowned,
        *(_with_why(trial, references.get(trial.pictures, winner), winner, scorer, tolerance) for trial in rest),
    ]


def _highest(trials: Sequence[Trial]) -> list[Trial]:
    """Of each candidate the trial on most pictures."""
    found: dict[str, Trial] = {}
    for trial in trials:
        before = found.get(trial.name)
        if before is None or (trial.record is not None, trial.pictures) >= (before.record is not None, before.pictures):
            found[trial.name] = trial
    return list(found.values())


def _place(trial: Trial, scorer: Scorer) -> tuple[int, float, float]:
    return (-trial.pictures if trial.record is not None else 1, *scorer.order(trial))


def _over(trial: Trial, limits: Limits) -> Trial:
    # A trial that was crowned before and fell at its file is marked already; one that won before may lose now.
    trial = dataclasses.replace(trial, status="tried", why="") if trial.status == "winner" else trial
    if trial.record is None or trial.status != "tried":
        return trial
    broken = limits.expected_over(trial)
    return trial if broken is None else dataclasses.replace(trial, status="over budget", why=broken)


def _cheapest(able: Sequence[Trial], scorer: Scorer, tolerance: float) -> tuple[Trial, Interval | None]:
    """The best of those that are as fast, and then as small, as can be without losing more than the tolerance.

    Args:
        able: the best score first.
        scorer: the task's score.
        tolerance: in units of the score.
    """
    best = able[0]
    losses: dict[int, Interval] = {}
    for number, trial in enumerate(able[1:], start=1):
        loss = scorer.loss(cast(OutOfFold, trial.record), cast(OutOfFold, best.record))
        if loss.high <= tolerance:
            losses[number] = loss
    good = [0, *losses]
    for costs in ([one.latency_ms or 0.0 for one in able], [one.size_bytes or 0 for one in able]):
        least, first = min(costs[number] for number in good), costs[good[0]]
        most = ALIKE * least if first <= ALIKE * least else min(ALIKE * least, first / ALIKE)
        good = [number for number in good if costs[number] <= most]
    return able[good[0]], losses.get(good[0])


def _why_winner(winner: Trial, best: Trial, loss: Interval | None, scorer: Scorer, tolerance: float) -> str:
    if loss is None:
        return "the best out-of-fold score"
    lost, allowed = scorer.amounts(max(loss.high, 0), tolerance * scorer.unit)
    return (
        f"cheaper than {best.name} ({_costs(winner)} against {_costs(best)}) "
        f"and loses at most {lost} {scorer.measure} against it (allowed: {allowed})"
    )


def _costs(trial: Trial) -> str:
    return f"{_three_digits(trial.latency_ms or 0)} ms and {_three_digits((trial.size_bytes or 0) / 1e6)} MB"


def _three_digits(number: float) -> str:
    return f"{number:.3g}" if number < 1000 else f"{number:.0f}"


def _with_why(trial: Trial, reference: Trial, winner: Trial, scorer: Scorer, tolerance: float) -> Trial:
    if trial.record is None or trial.status != "tried":
        return trial
    loss = scorer.loss(trial.record, cast(OutOfFold, reference.record))
    value, low, high = scorer.amounts(loss.value, loss.low, loss.high)
    behind = "" if trial.pictures == winner.pictures else f"left behind on {trial.pictures} pictures: "
    if loss.value > 0:
        against = "" if not behind else f" than {reference.name}"
        chance = "" if loss.low > 0 else ", which is within chance"
        return dataclasses.replace(
            trial, why=f"{behind}scores {value} {scorer.measure} ({low} to {high}) lower{against}{chance}"
        )
    if behind:
        return dataclasses.replace(trial, why=f"{behind}there was no time to try it on more")
    allowed = scorer.amounts(tolerance * scorer.unit)[0]
    if _dearer(trial, winner):
        but = f"costs more: {_costs(trial)} against {_costs(winner)}"
    elif loss.high > tolerance * scorer.unit and _dearer(winner, trial):
        but = f"may score {high} {scorer.measure} lower, by chance in these pictures (allowed: {allowed})"
    elif (trial.log_loss or 0.0) >= (winner.log_loss or 0.0):
        but = "has the higher log loss"
    else:
        but = f"is no cheaper: {_costs(trial)} against {_costs(winner)}"
    return dataclasses.replace(trial, why=f"scores no lower, but {but}")


def _dearer(one: Trial, other: Trial) -> bool:
    """Whether one takes more time, or as much and more room."""
    mine, theirs = one.latency_ms or 0.0, other.latency_ms or 0.0
    if max(mine, theirs) > ALIKE * min(mine, theirs):
        return mine > theirs
    return (one.size_bytes or 0) > ALIKE * (other.size_bytes or 0)
