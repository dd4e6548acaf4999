"""What a projection is fitted on: a bounded number of rows, whichever of the two kinds of items it was given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from sightline.arrays import Matrix, as_matrix, generator
from sightline.classical.sampling import sample_vectors
from sightline.contracts import LocalFeatures, are_rows
from sightline.errors import InputError


def training_sample(items: Matrix | Sequence[LocalFeatures], count: int, seed: int) -> Matrix:
    """At most `count` of n rows, or about `count` vectors of the local features of n pictures; (s, d) float32.

    Raises:
        InputError: NaN or infinity, or nothing to learn from.
    """
    if not are_rows(items):
        return sample_vectors(cast("Sequence[LocalFeatures]", items), count, seed)
    rows = as_matrix(items)
    if rows.size == 0:
        raise InputError(f"X has shape {rows.shape}; allowed: one row of one value, or more")
    if len(rows) <= count:
        return rows
    return rows[np.sort(generator(seed, "rows").permutation(len(rows))[:count])]
