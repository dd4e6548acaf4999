"""Answers for pictures that the answering model was not trained on: the one record that everything honest reads."""

from __future__ import annotations

import dataclasses

from sightline.arrays import Indices, Probabilities


@dataclasses.dataclass(frozen=True)
class OutOfFold:
    """One record for each candidate; row i of every array speaks of the same picture.

    Attributes:
        index: (m,) int64, rows of the training catalog that were answered.
        fold: (m,) int64, the fold that held the row out.
        group: (m,) int64, equal for rows that stay together; intervals resample these.
        truth: (m,) int64, class numbers.
        probabilities: (m, k) float32, calibrated by parameters learned on the other folds.
        raw: (m, k) float32, as the graph gave them.
        embedding: key of the stored vectors, or None.
    """

    index: Indices
    fold: Indices
    group: Indices
    truth: Indices
    probabilities: Probabilities
    raw: Probabilities
    embedding: str | None = None

    def subset(self, rows: Indices) -> OutOfFold:
        """The record of some of its rows, in their order."""
        picked = {
            name: getattr(self, name)[rows] for name in ("index", "fold", "group", "truth", "probabilities", "raw")
        }
        return dataclasses.replace(self, **picked)

    def __len__(self) -> int:
        return len(self.index)
