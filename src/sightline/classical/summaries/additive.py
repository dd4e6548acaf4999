"""Summaries that are sums over vectors: of a union of cells, the sum of theirs.

The work for each vector (which word is nearest, how likely each Gaussian) is done once, however many cells the vector
is counted in: `SpatialPyramid` asks for the sums of its finest cells, adds them up to coarser ones, and has all of them
finished.
"""

from __future__ import annotations

import abc
import functools
import itertools

import numpy as np

from sightline.arrays import Array, Indices, Matrix, Vector
from sightline.classical.sampling import check_values, narrow
from sightline.contracts import LocalFeatures, Summary
from sightline.errors import InputError

WORTH_A_CALL = 65_000
"""Multiplications of a matrix product that take as long as the call itself and what goes with it: a microsecond."""
WIDEST = 512
"""Labels of a block at most: the codes of one are a megabyte, and kept."""


class AdditiveSummary(Summary):
    """A summary made of sums over vectors, which `finish` turns into what a classifier is given."""

    @abc.abstractmethod
    def sums(self, features: LocalFeatures, cells: Indices, n: int) -> Array:
        """What is counted in each of n cells, (n, s) floats; vector i lies in `cells[i]`, in [0, n).

        An empty cell is a row of zeros; the row of two cells together is the sum of their rows, up to rounding.
        """

    @abc.abstractmethod
    def finish(self, sums: Array) -> Matrix:
        """(n, s) sums to (n, d) float32: the summary of each of n cells, of an empty one as of no features."""

    def encode(self, features: LocalFeatures) -> Vector:
        """m vectors, perhaps none, to (d,) float32."""
        self.check_fitted()
        whole = np.zeros(len(features), np.int64)
        vector: Vector = self.finish(self.sums(features, whole, 1))[0]
        return vector


def checked_vectors(summary: Summary, features: LocalFeatures, d: int) -> Matrix:
    """The vectors, (m, d) float32, finite and as long as those that the summary was fitted on.

    Raises:
        InputError: they are not; where there are none, nothing can be wrong.
    """
    vectors = as_long_as_fitted(summary, features, d)
    check_values(vectors)
    return vectors


def as_long_as_fitted(summary: Summary, features: LocalFeatures, d: int) -> Matrix:
    """The vectors, (m, d) float32, not yet looked at.

    Raises:
        InputError: they are of another length than those that the summary was fitted on.
    """
    if len(features) and features.vectors.shape[1] != d:
        raise InputError(
            f"{type(summary).__name__} was fitted on vectors of {d} values and given {features.vectors.shape[1]}"
        )
    return narrow(features.vectors)


def sum_by_label(vectors: Matrix, labels: Indices, n: int) -> Matrix:
    """(m, d) rows summed by label, in [0, n), to (n, d) float32.

    The rows are sorted by label; each block of `width` labels is then one matrix product, of the one-hot codes of its
    labels with its rows: three times as fast as `np.add.reduceat`, and ten times as `np.add.at`. A sparse matrix of
    scipy would take half the time, and a quarter of a second to import wherever a model is used.
    """
    m, d = vectors.shape
    if m == 0:
        return np.zeros((n, d), np.float32)
    width = 8 * round((WORTH_A_CALL * n / (m * d)) ** 0.5 / 8)  # products are fastest in eights
    width = min(max(width, 8), WIDEST, n)
    codes, starts = _blocks(n, width)
    totals = np.empty((len(starts), width, d), np.float32)
    short = labels.astype(starts.dtype)
    order = short.argsort(kind="stable")  # up to 16 bits by radix, 10 times as fast
    short, vectors = short.take(order), vectors.take(order, axis=0)
    one_hot = codes.take(short if n <= WIDEST else short % width, axis=0)
    bounds = [*short.searchsorted(starts).tolist(), m]
    for block, (start, end) in zip(totals, itertools.pairwise(bounds), strict=True):
        np.dot(one_hot[start:end].T, vectors[start:end], out=block)
    return totals.reshape(-1, d)[:n]


@functools.lru_cache(maxsize=8)
def _blocks(n: int, width: int) -> tuple[Matrix, Indices]:
    """The one-hot code of each label within its block, or of each place in a block of many, and where blocks start."""
    codes = np.eye(width, dtype=np.float32)[np.arange(n if n <= WIDEST else width) % width]
    return codes, np.arange(0, n, width).astype(np.min_scalar_type(n))


def scaled_to_length_one(vectors: Array) -> Array:
    """(n, d) rows divided by their length, in place; zeros stay."""
    lengths = np.sqrt(np.vecdot(vectors, vectors))[:, None]
    vectors /= np.where(lengths > 0, lengths, 1)
    return vectors


def signed_power(values: Array, power: float) -> Array:
    """sign(v) |v|^power."""
    if power == 1:
        return values
    sizes = np.abs(values)
    return np.copysign(np.sqrt(sizes) if power == 0.5 else sizes**power, values)
