"""Answers for every picture by models that did not see it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from sightline.arrays import Indices, Matrix, Probabilities, generator
from sightline.contracts import Classifier
from sightline.data.out_of_fold import OutOfFold
from sightline.data.views import of_all_views, repeated
from sightline.decision.calibrate import cross_fitted
from sightline.parallel import ordered_map
from sightline.pipeline.graph import spread
from sightline.search.represent import Represented


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

    def training(self) -> list[Indices]:
        """For each fold the rows that may be learned from."""
        return [np.flatnonzero(self.fold != fold) for fold in range(len(self))]


def out_of_fold(
    classifier: Classifier,
    represented: Represented,
    folds: Folds,
    max_rows: int | None,
    seed: int,
    augment: str = "none",
) -> tuple[OutOfFold, list[Classifier]]:
    """One record of held-out answers to the pictures as they are, and the classifier of each fold.

    Of `augment`ed pictures, whose vectors follow each other view by view, the classifiers learn from all views.
    """
    n, truth = len(folds.truth), repeated(folds.truth, augment)

    def one(fold: int) -> tuple[Indices, Probabilities, Classifier]:
        matrix = represented.of(fold)
        rows = of_all_views(sampled(np.flatnonzero(folds.fold != fold), folds.truth, max_rows, seed), n, augment)
        held = np.flatnonzero(folds.fold == fold)
        fitted = fit_rows(classifier, matrix, truth, rows)
        return held, spread(fitted.predict_proba(matrix[held]), fitted.classes_, folds.k), fitted

    results = list(ordered_map(one, range(len(folds))))
    index = np.concatenate([held for held, _, _ in results])
    order = np.argsort(index)
    raw = np.concatenate([probabilities for _, probabilities, _ in results])[order]
    return record(index[order], raw, folds), [fitted for _, _, fitted in results]


def record(index: Indices, raw: Probabilities, folds: Folds) -> OutOfFold:
    """The record of raw held-out probabilities, calibrated across folds (or groups, where there is one fold)."""
    truth, fold, group = folds.truth[index], folds.fold[index], folds.group[index]
    parts = fold if len(folds) > 1 else group % 5
    calibrated = cross_fitted(raw, truth, parts)
    return OutOfFold(index, fold, group, truth, calibrated, raw)


def fit_rows(classifier: Classifier, matrix: Matrix, truth: Indices, rows: Indices) -> Classifier:
    """A copy of the classifier, fitted on some rows."""
    return classifier.clone().fit(matrix[rows], truth[rows])


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


def blended(records: Sequence[OutOfFold], folds: Folds) -> OutOfFold:
    """The record of the mean of several candidates; equal weights, so nothing was fitted to the held-out answers."""
    raw = np.mean([one.raw.astype(np.float64) for one in records], axis=0).astype(np.float32)
    return record(records[0].index, raw, folds)
