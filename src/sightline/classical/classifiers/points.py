"""Stored vectors as distances need them: in float64, with their squared lengths, made once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sightline.arrays import Matrix

KEPT_BYTES = 128_000_000
"""float32 vectors up to this size keep their float64 copy; it is most of the time of a single answer to make."""


class Points(NamedTuple):
    """t vectors.

    Attributes:
        source: (t, d) float32, as stored.
        values: (t, d) float64.
        squares: (t,) float64, squared lengths.
    """

    source: Matrix
    values: npt.NDArray[np.float64]
    squares: npt.NDArray[np.float64]


def points(vectors: Matrix, kept: Points | None = None) -> Points:
    """The points of `vectors`, or `kept` where it is made of these very vectors."""
    if kept is not None and kept.source is vectors:
        return kept
    values = vectors.astype(np.float64)
    return Points(vectors, values, np.einsum("ij,ij->i", values, values))


def worth_keeping(vectors: Matrix) -> bool:
    """Whether the float64 copy is small enough to stay in memory beside the vectors."""
    return vectors.nbytes <= KEPT_BYTES
