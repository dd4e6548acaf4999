"""Answers for every picture by models that did not see it."""

from __future__ import annotations

import dataclasses

import numpy as np

from sightline.arrays import Array, Indices, Matrix, Probabilities, generator
from sightline.contracts import Classifier
from sightline.data.out_of_fold import OutOfFold
from sightline.data.split import ranks
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


PARTS = 5
"""Parts of groups that held-out answers are divided into where there is one fold."""


def parts_of(fold: Indices, group: Indices) -> Indices:
    """What is fitted on held-out answers is fitted on all parts but one: folds, or groups where there is one fold.

    Groups are dealt in an order without meaning: pictures often come class by class in turn, and then the number of a
    group alone would name its class.
    """
    if len(np.unique(fold)) > 1:
        return fold
    return np.unique(_scattered(group), return_inverse=True)[1].astype(np.int64) % PARTS


def _scattered(numbers: Indices) -> Array:
    """A number for each number, equal for equal ones alone, in an order that says nothing of theirs.

    The finalizer of SplitMix64. G. L. Steele Jr., D. Lea, C. H. Flood: Fast splittable pseudorandom number generators.
    OOPSLA 2014.
    """
    mixed = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def sampled(rows: Indices, truth: Indices, limit: int | None, seed: int, least: int = 1) -> Indices:
    """At most about `limit` of the rows, each class keeping its share, but at least `least` of its pictures."""
    if limit is None or len(rows) <= limit:
        return rows
    shuffled = rows[generator(seed, "sampled").permutation(len(rows))]
    rank, size = ranks(truth[shuffled])
    kept: Indices = shuffled[rank < np.maximum(least, np.rint(limit * size / len(rows)))]
    return np.sort(kept)
