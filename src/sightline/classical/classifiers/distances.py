"""Distances between rows and training rows, and which training rows are nearest; memory is bounded whatever both are.

Distances that are matrix products take float64. Those that are sums over columns (manhattan, chi2, intersection) take
float32 in strips that stay in the core's cache: 0.7 to 1.1 ns for each pair of values on one core, so that 1,000 rows
of 256 values against 60,000 take 10 to 17 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.classifiers.points import Points, points
from sightline.parallel import ordered_map

BLOCK = 8192
"""Training rows compared at once."""
STRIP_VALUES = 65_536
"""Values of training rows that one row is compared with at once: 256 kB."""
FEW_ROWS = 32
"""Up to so many rows, threads cost more than they bring."""
NEAR = 1e-8
"""Squared distances below this share of the squared lengths have lost half their digits to cancellation."""
TINY = np.float32(1e-30)
"""Added to a sum that is divided by: 0 / 0 becomes 0."""


def nearest_rows(
    rows: Matrix, training: Matrix, count: int, metric: str, kept: Points | None = None
) -> tuple[Indices, Array]:
    """The `count` nearest training rows of each row, nearest first: (n, count) int64 and their distances, float64.

    `kept` are the points of `training`, where they were made already. A distance rounded to float32 and the row's
    number make one integer key: no two are equal, so that the choice does not depend on how a selection algorithm
    treats ties.
    """
    count = min(count, len(training))
    best = np.zeros((len(rows), 0), np.int64)
    for start, block in _blocks(training, kept):
        near = np.ascontiguousarray(_METRICS[metric](rows, block), np.float32)
        keys = near.view(np.uint32).astype(np.int64) << 32
        keys |= np.arange(start, start + near.shape[1])
        best = _smallest(np.concatenate([best, _smallest(keys, count)], axis=1), count)
    best.sort(axis=1)
    distances = (best >> 32).astype(np.uint32).view(np.float32).astype(np.float64)
    return best & 0xFFFFFFFF, distances


def _blocks(training: Matrix, kept: Points | None) -> Iterator[tuple[int, Points]]:
    for start in range(0, len(training), BLOCK):
        here = slice(start, start + BLOCK)
        if kept is None:
            yield start, points(training[here])
        else:
            yield start, Points(kept.source[here], kept.values[here], kept.squares[here])


def _smallest(keys: Indices, count: int) -> Indices:
    return np.partition(keys, count - 1, axis=1)[:, :count] if count < keys.shape[1] else keys


def euclidean(rows: Matrix, training: Points) -> Array:
    """|a - b|; as a product of matrices, but for rows so near to each other that a difference alone is exact."""
    a = rows.astype(np.float64)
    left, right = np.einsum("ij,ij->i", a, a)[:, None], training.squares
    squares = left + right - 2 * (a @ training.values.T)
    near = squares < NEAR * (left + right)
    for row in np.flatnonzero(near.any(axis=1)):
        squares[row, near[row]] = _squares(a[row], training.values, np.flatnonzero(near[row]))
    roots: Array = np.sqrt(squares)
    return roots


def _squares(row: Array, values: Array, which: Indices) -> Array:
    """Squared distances to some training rows, from differences; exact where rows lie far from 0 or are equal."""
    height = max(STRIP_VALUES // max(values.shape[1], 1), 1)
    strips = (values[which[start : start + height]] - row for start in range(0, len(which), height))
    found: Array = np.concatenate([np.einsum("ij,ij->i", strip, strip) for strip in strips])
    return found


def hellinger(rows: Matrix, training: Points) -> Array:
    """|sqrt(a) - sqrt(b)| / sqrt(2); in [0, 1] for rows that sum to 1."""
    distances: Array = euclidean(np.sqrt(rows), points(np.sqrt(training.source))) / np.sqrt(2)
    return distances


def cosine(rows: Matrix, training: Points) -> Array:
    """1 - a b / (|a| |b|)."""
    a = rows.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1)[:, None] * np.sqrt(training.squares)
    distances = 1 - np.divide(a @ training.values.T, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    distances[distances < 1e-12] = 0
    result: Array = distances
    return result


def manhattan(rows: Matrix, training: Points) -> Array:
    """sum |a - b|."""
    return _row_by_row(_absolute_differences, rows, training)


def chi2(rows: Matrix, training: Points) -> Array:
    """sum (a - b)^2 / (a + b), of values of 0 or more."""
    return _row_by_row(_chi2_of_strip, rows, training)


def intersection(rows: Matrix, training: Points) -> Array:
    """1 - sum min(a, b) / max(sum a, sum b), in [0, 1], of values of 0 or more; 0 for two rows of zeros."""
    left = rows.sum(axis=1, dtype=np.float64)[:, None]
    right = training.source.sum(axis=1, dtype=np.float64)
    larger = np.maximum(left, right)
    # min(a, b) = (a + b - |a - b|) / 2
    missing = (np.abs(left - right) + manhattan(rows, training)) / 2
    distances: Array = np.divide(missing, larger, out=np.zeros_like(larger), where=larger > 0)
    return distances


def _row_by_row(strip_of: Callable[[Matrix, Matrix], Matrix], rows: Matrix, training: Points) -> Array:
    ones = np.ones(rows.shape[1], np.float32)
    height = max(STRIP_VALUES // max(rows.shape[1], 1), 1)

    def compare(row: Matrix) -> Matrix:
        strips = (training.source[start : start + height] for start in range(0, len(training.source), height))
        return np.concatenate([strip_of(row, strip) @ ones for strip in strips])

    return np.stack(list(ordered_map(compare, list(rows), None if len(rows) > FEW_ROWS else 1)))


def _absolute_differences(row: Matrix, strip: Matrix) -> Matrix:
    values: Matrix = strip - row
    np.abs(values, out=values)
    return values


def _chi2_of_strip(row: Matrix, strip: Matrix) -> Matrix:
    values = strip - row
    values *= values
    values /= strip + (row + TINY)
    return values


_METRICS: dict[str, Callable[[Matrix, Points], Array]] = {
    "euclidean": euclidean,
    "cosine": cosine,
    "hellinger": hellinger,
    "manhattan": manhattan,
    "chi2": chi2,
    "intersection": intersection,
}
PRODUCTS = ("euclidean", "cosine")
"""Metrics that use the float64 copy in `Points`."""
HISTOGRAMS = ("hellinger", "chi2", "intersection")
"""Metrics of values of 0 or more."""
METRICS = tuple(_METRICS)
