"""A function of many rows, a chunk at a time: memory is bounded and a row's answer does not depend on the others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix, as_matrix
from sightline.errors import InputError

CHUNK = 512
"""Rows that are worked on at once: their float64 copy stays small whatever n is."""


def in_chunks(X: npt.ArrayLike, d: int, k: int, function: Callable[[Matrix], Array], who: str) -> Matrix:
    """`function` of chunks of rows, each (rows, d) float32 to (rows, k), as (n, k) float32.

    `function` works in float64: what is then rounded to float32 does not depend on how many rows shared a chunk.

    Raises:
        InputError: NaN or infinity, or another number of columns than in `fit`.
    """
    matrix = as_matrix(X)
    if matrix.shape[1] != d:
        raise InputError(f"{who} was fitted on rows of {d} values and given rows of {matrix.shape[1]}")
    result = np.empty((len(matrix), k), np.float32)
    for start in range(0, len(matrix), CHUNK):
        result[start : start + CHUNK] = function(matrix[start : start + CHUNK])
    return result
