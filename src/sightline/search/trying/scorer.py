"""The task's score of held-out answers."""

from __future__ import annotations

import dataclasses
from typing import cast

import numpy as np

from sightline.arrays import Array, Indices
from sightline.data.out_of_fold import OutOfFold
from sightline.decision.decide import decide
from sightline.metrics.selection import ScoreRows, loss_interval, score, score_interval, score_rows
from sightline.metrics.uncertainty import Interval
from sightline.search.trying.trial import Trial
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
