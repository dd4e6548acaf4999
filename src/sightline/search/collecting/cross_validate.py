"""Answers for every picture by models that did not see it."""

from __future__ import annotations

import dataclasses

import numpy as np

from sightline.arrays import Indices, Matrix, Probabilities, generator
from sightline.contracts import Classifier
from sightline.data.out_of_fold import OutOfFold
from sightline.decision.calibrate import cross_fitted
from sightline.pipeline.graph import spread


@dataclasses.dataclass(frozen=True)
class Folds:
    """Who is held out when.

    Attributes:
        fold: (n,) int64, the fold that holds a row out; -1: the row is only learned from.
        group: (n,) int64, rows of one group are never on two sides.
        truth: (n,) int64 class numbers.
        k: number of classes of the task.
    """

    fold: Indices
    group: Indices
    truth: Indices
    k: int

    def __len__(self) -> int:
        return int(self.fold.max()) + 1

    def subset(self, rows: Indices | slice) -> Folds:
        """The same for some rows, in their order."""
        return dataclasses.replace(self, fold=self.fold[rows], group=self.group[rows], truth=self.truth[rows])

    def tried(self) -> list[int]:
        """The folds that hold rows out."""
        return [fold for fold in np.unique(self.fold).tolist() if fold >= 0]

    def held(self, fold: int) -> Indices:
        """The rows that a fold holds out."""
        return np.flatnonzero(self.fold == fold)

    def training(self, fold: int) -> Indices:
        """The rows that a fold may learn from."""
        return np.flatnonzero(self.fold != fold)


def held_out(fitted: Classifier, rows: Matrix, k: int) -> Probabilities:
    """(m, k) float32: what a fold's classifier answers to the rows that it did not see."""
    return spread(fitted.predict_proba(rows), fitted.classes_, k)


def record(index: Indices, raw: Probabilities, folds: Folds) -> OutOfFold:
    """The record of raw held-out probabilities, calibrated across folds (or groups, where there is one fold).

    Args:
        index: (m,) the rows of `folds` that were answered.
        raw: (m, k) float32.
        folds: who was held out when.
    """
    truth, fold, group = folds.truth[index], folds.fold[index], folds.group[index]
    return OutOfFold(index, fold, group, truth, cross_fitted(raw, truth, parts_of(fold, group)), raw)


def parts_of(fold: Indices, group: Indices) -> Indices:
    """What is fitted on held-out answers is fitted on all parts but one: folds, or groups where there is one fold."""
    return fold if len(np.unique(fold)) > 1 else group % 5


def sampled(rows: Indices, truth: Indices, limit: int | None, seed: int, least: int = 1) -> Indices:
    """At most about `limit` of the rows, each class keeping its share, but at least `least` of its pictures."""
    if limit is None or len(rows) <= limit:
        return rows
    order = generator(seed, "sampled").permutation(len(rows))
    shuffled = rows[order]
    kept: list[Indices] = []
    for label in np.unique(truth[rows]):
        own = shuffled[truth[shuffled] == label]
        kept.append(own[: max(least, round(limit * len(own) / len(rows)))])
    return np.sort(np.concatenate(kept))
