"""Summaries that are sums over vectors: of a union of cells, the sum of theirs.

The work for each vector (which word is nearest, how likely each Gaussian) is done once, however many cells the vector
is counted in: `SpatialPyramid` asks for the sums of its finest cells, adds them up to coarser ones, and has all of them
finished.
"""

from __future__ import annotations

import abc
import functools

import numpy as np

from sightline.arrays import Array, Indices, Matrix, Vector
from sightline.classical.sampling import check_values, narrow
from sightline.contracts import LocalFeatures, Summary
from sightline.errors import InputError

ADDED_IN_A_ROW = 1024
"""Rows whose sums are made one by one, then added as a whole: single precision loses digits with each addition."""


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

    The one-hot codes of the labels are a sparse matrix, and its product with the rows adds each where it belongs: half
    the time of sorting the rows and multiplying blocks of them, a twentieth of `np.add.at`.
    """
    from scipy.sparse import csc_array  # a quarter of a second, which only those pay who sum

    block = max(ADDED_IN_A_ROW, n)
    ones, starts = _one_in_each(block)
    totals = None
    for start in range(0, len(vectors), block):
        rows, where = vectors[start : start + block], labels[start : start + block]
        m = len(rows)
        sums: Matrix = csc_array((ones[:m], where, starts[: m + 1]), shape=(n, m)) @ rows
        totals = sums if totals is None else totals + sums
    return np.zeros((n, vectors.shape[1]), np.float32) if totals is None else totals


@functools.lru_cache(maxsize=4)
def _one_in_each(columns: int) -> tuple[Array, Indices]:
    """Values and starts of a sparse matrix with a single 1 in each of so many columns."""
    return np.ones(columns, np.float32), np.arange(columns + 1)


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
