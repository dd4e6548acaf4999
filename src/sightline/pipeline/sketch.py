"""Long vectors made short so that those of many pictures fit into a model file: standardized, then principal axes."""

from __future__ import annotations

import dataclasses
from functools import cached_property

import numpy as np

from sightline.arrays import Array, Indices, Matrix, as_matrix, generator
from sightline.classical.projections.axes import principal_axes
from sightline.classical.scaling import mean_and_scale, standardized
from sightline.errors import InputError

WIDTH = 128
"""Numbers kept of a picture. By HOG + ColorHistogram (2,276 numbers) of 900 pictures of RSSCN7, 45 % of the 5 nearest
are of the same class by all numbers standardized, 44 % by 128 principal axes of them, 35 % by 128 random directions;
26 % by the numbers as they are, among which those of the descriptor with the larger ones decide alone."""
AXES_BYTES = 8_000_000
"""The axes of d numbers take 2 d p bytes; beyond d = 31,250, p is smaller."""
LEARNED_FROM = 1024
"""Pictures that the axes are learned from: decomposed in about 0.3 s."""
LEARNED_VALUES = 20_000_000
"""And numbers, 80 MB."""
BLOCK_VALUES = 4_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class Projection:
    """From d numbers that a classifier sees to a vector of p numbers and unit length.

    Attributes:
        center: (d,) float32, subtracted first.
        scale: (d,) float32, divided by then.
        axes: (d, p) float16.

    Raises:
        InputError: arrays of other types or of shapes that do not fit, NaN, infinity, a scale that is not above 0.
    """

    center: Array
    scale: Array
    axes: Array

    def __post_init__(self) -> None:
        d = len(self.axes)
        check_array("center", self.center, np.float32, (d,))
        check_array("scale", self.scale, np.float32, (d,))
        check_array("axes", self.axes, np.float16, (d, self.axes.shape[-1]))
        if not self.axes.size or not (self.scale > 0).all():
            raise InputError(f"axes have shape {self.axes.shape}, scales are above {self.scale.min(initial=0):g}; "
                             "allowed: at least one axis, scales above 0")  # fmt: skip

    @property
    def shape(self) -> tuple[int, int]:
        """(d, p)."""
        return int(self.axes.shape[0]), int(self.axes.shape[1])

    @cached_property
    def _wide(self) -> Matrix:
        return self.axes.astype(np.float32)

    def apply(self, vectors: Matrix) -> Matrix:
        """(n, p) float32 of unit length from (n, d); each row as it would come out alone."""
        with np.errstate(all="ignore"):  # numbers of a model file from elsewhere may overflow
            rows = [standardized(row, self.center, self.scale) @ self._wide for row in vectors]
        return unit(np.asarray(rows, np.float32).reshape(len(rows), self.shape[1]))

    def apply_rows(self, vectors: Matrix, rows: Indices) -> Array:
        """(m, p) float16 of m rows of (n, d): as `apply` up to rounding, with matrix products for many rows."""
        most = max(1, BLOCK_VALUES // self.shape[0])
        short = np.empty((len(rows), self.shape[1]), np.float16)
        for at in range(0, len(rows), most):
            block = standardized(vectors[rows[at : at + most]], self.center, self.scale)
            short[at : at + most] = unit(block @ self._wide)
        return short


def fit_projection(vectors: Matrix, rows: Indices, seed: int = 0, share: int = 1) -> Projection:
    """The projection that keeps most of what tells pictures apart.

    Args:
        vectors: (n, d) float32.
        rows: which of the n to learn from, at least one.
        seed: decides which of those rows, where there are very many.
        share: one in how many projections beside each other: it gets that part of the width.

    Raises:
        InputError: NaN or infinity among the vectors.
    """
    d = vectors.shape[1]
    count = max(1, min(WIDTH, AXES_BYTES // (2 * d)) // share)
    most = min(LEARNED_FROM, max(count, LEARNED_VALUES // d))
    sample = as_matrix(vectors[np.sort(generator(seed, "sketch").permutation(rows)[:most])], "vectors")
    center, scale = mean_and_scale(sample, standardize=True)
    if d <= count:
        return Projection(center, scale, np.eye(d, dtype=np.float16))
    axes: Array = principal_axes(standardized(sample, center, scale), count, seed)[1]
    if not axes.shape[1]:  # all pictures are alike
        axes = np.eye(d, 1)
    return Projection(center, scale, np.ascontiguousarray(axes, np.float16))


def unit(vectors: Matrix) -> Matrix:
    """Rows of length 1; a row of zeros, or with NaN or infinity, becomes zeros."""
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        lengths[lengths == 0] = 1
        scaled: Matrix = vectors / lengths
    scaled[~np.isfinite(scaled).all(axis=1)] = 0
    return scaled


def check_array(name: str, array: Array, dtype: type[np.generic], shape: tuple[int, ...]) -> None:
    """Raise InputError unless the array has that type and shape and is finite."""
    if array.dtype != dtype or array.shape != shape:
        wanted = f"{np.dtype(dtype)} of shape {shape}"
        raise InputError(f"{name} is {array.dtype} of shape {array.shape}; allowed: {wanted}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"{name} holds NaN or infinity; allowed: finite numbers")
