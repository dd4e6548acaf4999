"""The pictures that an export is held against its model on, and what the model answers to them."""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np

from sightline.arrays import Array, Indices, Picture, Probabilities
from sightline.data.catalog import SPLITS, Catalog
from sightline.errors import CatalogError
from sightline.exporting.gate import PICTURES
from sightline.inputs.source import Item
from sightline.parallel import Progress, ordered_map, silent
from sightline.pipeline.model import Model

MOST = 2_000
"""Held-out pictures that are looked at: with them a point of accuracy is told from none."""
CALIBRATED = 128
"""Pictures that the ranges of int8 are seen on; benchmarks of quantization take one to three hundred."""
TIMED = 16


@dataclasses.dataclass(frozen=True)
class Held:
    """n pictures with a label that can be read, and what the reference answers to them.

    Attributes:
        items: the n pictures.
        truth: (n,) class numbers in the model's order.
        groups: (n,) numbers of the groups, or None.
        held_out: how many of them are of the test part.
        answers: (n, k) probabilities of the reference.
        others: pictures to see ranges on, none of the n where there are enough others; they may be unreadable.
    """

    items: tuple[Item, ...]
    truth: Indices
    groups: Indices | None
    held_out: int
    answers: Probabilities
    others: tuple[Item, ...]

    @classmethod
    def of(cls, reference: Model, catalog: Catalog, workers: int | None = None, progress: Progress = silent) -> Self:
        """The test part of a catalog as the reference answers it, filled up with others to `PICTURES` that can be read.

        Raises:
            CatalogError: no labelled picture that can be read, or a class that the model does not know.
        """
        catalog = catalog.ordered_as(reference.classes, of="model")
        test, rest = _parts(catalog)
        filling = _spread(rest, PICTURES - len(test))
        chosen, left = np.concatenate([test, filling]), np.setdiff1d(rest, filling)
        rows, answers, most = [], [], len(chosen)
        while len(chosen):  # for those that cannot be read others are taken, as long as there are any
            items = [catalog.items[row] for row in chosen]
            for row, answer in zip(chosen.tolist(), reference.stream(items, workers), strict=True):
                if answer.probabilities is not None:
                    rows.append(row)
                    answers.append(answer.probabilities)
                progress("answering with the model", len(rows), most)
            chosen = _spread(left, PICTURES - len(rows))
            left = np.setdiff1d(left, chosen)
        if not rows:
            raise CatalogError(f"{catalog.origin} holds no picture that has a label and can be read; give some")
        unseen = _spread(_to_see(left, rest, np.asarray(rows, np.int64)), CALIBRATED)
        return cls(
            tuple(catalog.items[row] for row in rows),
            catalog.labels[rows],
            None if catalog.groups is None else catalog.group_codes()[rows],
            int(np.isin(rows, test).sum()),
            np.asarray(answers, np.float32),
            tuple(catalog.items[row] for row in unseen.tolist()),
        )

    def timed(self, model: Model) -> list[Picture]:
        """A few of the pictures as the model prepares them, to measure speed on."""
        chosen = np.unique(np.linspace(0, len(self.items) - 1, TIMED).astype(int)).tolist()
        return list(ordered_map(model.preparation.apply, [self.items[row] for row in chosen]))


def _parts(catalog: Catalog) -> tuple[Indices, Indices]:
    """Labelled rows of the test part, evenly spread where there are very many, and all others."""
    labelled = catalog.labels >= 0
    of_test: Array = np.zeros(len(catalog), bool)
    if catalog.splits is not None:
        of_test = catalog.splits == SPLITS.index("test")
    return _spread(np.flatnonzero(labelled & of_test), MOST), np.flatnonzero(labelled & ~of_test)


def _to_see(left: Indices, rest: Indices, judged: Indices) -> Indices:
    """Rows to see ranges on: none that is judged where enough are left, else none of the test part where there are."""
    if len(left) >= CALIBRATED:
        return left
    return rest if len(rest) else judged


def _spread(rows: Indices, most: int) -> Indices:
    """At most so many of the rows, evenly spread: each class keeps its share where rows are sorted by class."""
    if most <= 0 or not len(rows):
        return np.zeros(0, np.int64)
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64))]
