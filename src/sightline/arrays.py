"""Array types with their shapes, the checks every door makes, and seeds.

Shape letters, everywhere: n pictures, h height, w width, c channels, k classes, d dimensions, m keypoints.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from sightline.errors import InputError

Array: TypeAlias = npt.NDArray[Any]
Picture: TypeAlias = npt.NDArray[Any]
"""(h, w, 3) uint8 RGB by default; (h, w, c) uint8, uint16 or float32 where a source has other bands or depth."""
Vector: TypeAlias = npt.NDArray[np.float32]
"""(d,) float32."""
Matrix: TypeAlias = npt.NDArray[np.float32]
"""(n, d) float32, row i describing picture i."""
Probabilities: TypeAlias = npt.NDArray[np.float32]
"""(n, k) float32 in [0, 1], each row summing to 1, columns in the task's class order."""
Indices: TypeAlias = npt.NDArray[np.int64]
"""(n,) int64: row numbers, or class numbers in the task's order with -1 for "none"."""


def as_matrix(values: npt.ArrayLike, what: str = "X") -> Matrix:
    """`values` as a C-contiguous (n, d) float32 matrix of finite numbers.

    Raises:
        InputError: not two-dimensional, or with NaN or infinity.
    """
    matrix = np.ascontiguousarray(values, dtype=np.float32)
    if matrix.ndim != 2:
        raise InputError(f"{what} has shape {matrix.shape}; allowed: (n, d), one row for each picture")
    if not np.isfinite(matrix).all():
        row = int(np.argmin(np.isfinite(matrix).all(axis=1)))
        raise InputError(f"{what} holds NaN or infinity (first in row {row}); remove or repair that row")
    return matrix


def split_seed(seed: int, *names: str | int) -> int:
    """A seed of its own for the place called `names`: stable, and independent of the order in which places ask.

    Returns an int in [0, 2**32), as scikit-learn and OpenCV take it.
    """
    text = "/".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A numpy generator seeded for the place called `names`."""
    return np.random.default_rng(split_seed(seed, *names))
