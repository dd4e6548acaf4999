"""Moments of local features: their mean, how they vary, and how they vary together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.sampling import check_values
from sightline.classical.summaries.additive import AdditiveSummary
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError

ORDERS = ("mean", "deviation", "covariance")
LONGEST = 1024
"""Values of a local feature whose covariance is taken: half a million numbers for a picture."""


class LocalMoments(AdditiveSummary):
    """Mean and standard deviation of the local features of a picture, or their covariance.

    Learns nothing, so a handful of pictures is enough. In float64, so that a small variance around a large mean is
    kept. A picture without features is zeros. d is, for vectors of length l: l for "mean", 2 l for "deviation",
    l + l (l + 1) / 2 for "covariance", the means first, then the upper triangle row by row. Cost: O(m l), or O(m l^2).

    O. Tuzel, F. Porikli, P. Meer: Region covariance: a fast descriptor for detection and classification. ECCV 2006.

    Args:
        order: "mean"; "deviation", mean and standard deviation; "covariance", mean and covariance.

    >>> import numpy as np
    >>> features = LocalFeatures(np.array([[0, 1], [2, 1]], np.float32), np.zeros((2, 2), np.float32))
    >>> LocalMoments().encode(features).tolist()
    [1.0, 1.0, 1.0, 0.0]
    """

    limits: ClassVar = {}

    def __init__(self, order: str = "deviation") -> None:
        self.order = order

    def fit(self, features: Sequence[LocalFeatures], y: Any = None) -> Self:
        """Nothing to learn; the parameter is checked.

        Raises:
            ComponentError: another `order`, or vectors longer than `LONGEST` for "covariance".
        """
        self._check_order()
        for one in features:
            self._check_length(one)
        return self

    def sums(self, features: LocalFeatures, cells: Indices, n: int) -> Array:
        """(n, 1 + l, or 1 + 2 l, or 1 + l + l^2) float64: how many vectors, their sum, that of their products."""
        self._check_order()
        self._check_length(features)
        check_values(features.vectors)
        vectors = features.vectors.astype(np.float64)
        ones = np.ones((len(vectors), 1))
        if self.order != "covariance":
            powers = [ones, vectors] if self.order == "mean" else [ones, vectors, vectors**2]
            return _sum_by_cell(np.concatenate(powers, axis=1), cells, n)
        first = _sum_by_cell(np.concatenate([ones, vectors], axis=1), cells, n)
        in_cells = [vectors[cells == cell] for cell in range(n)] if n > 1 else [vectors]
        products = np.array([inside.T @ inside for inside in in_cells])
        return np.concatenate([first, products.reshape(n, -1)], axis=1)

    def finish(self, sums: Array) -> Matrix:
        """(n, d) float32: the means, then what the order asks for."""
        counts = np.maximum(sums[:, :1], 1)
        if self.order == "mean":
            return (sums[:, 1:] / counts).astype(np.float32)
        means = sums[:, 1 : 1 + self._length(sums.shape[1])] / counts
        seconds = sums[:, 1 + means.shape[1] :] / counts
        if self.order == "deviation":
            second = np.sqrt(np.maximum(seconds - means**2, 0))
        else:
            products = seconds - (means[:, :, None] * means[:, None, :]).reshape(len(sums), -1)
            upper = np.triu_indices(means.shape[1])
            second = products[:, np.ravel_multi_index(upper, (means.shape[1],) * 2)]
        return np.concatenate([means, second], axis=1).astype(np.float32)

    def _length(self, columns: int) -> int:
        """The length of a vector, from the number of sums."""
        if self.order == "deviation":
            return (columns - 1) // 2
        return round(math.sqrt(columns - 0.75) - 0.5)

    def _check_order(self) -> None:
        if self.order not in ORDERS:
            raise ComponentError(f"LocalMoments was given order={self.order!r}; allowed: {', '.join(ORDERS)}")

    def _check_length(self, features: LocalFeatures) -> None:
        if self.order == "covariance" and (length := features.vectors.shape[1]) > LONGEST:
            raise ComponentError(
                f'LocalMoments was given vectors of {length} values and order="covariance"; allowed: up to {LONGEST}; '
                "put a PCA before it"
            )


def _sum_by_cell(values: Array, cells: Indices, n: int) -> Array:
    """(m, s) float64 rows summed in each of n cells."""
    sums: Array = np.eye(n).take(cells, axis=0).T @ values if n > 1 else values.sum(axis=0, keepdims=True)
    return sums
