"""Power normalization: large entries are tamed before vectors are compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Array, Matrix, as_matrix
from sightline.classical.chunks import in_chunks
from sightline.contracts import LocalFeatures, Projection, are_rows
from sightline.errors import ComponentError


class PowerNormalization(Projection):
    """sign(x) |x|^power of every value, then each row divided by its length: pooled features are bursty, and a few
    large entries would decide every distance.

    With power 0.5 it is the signed square root, on a histogram Hellinger's map. d -> d, invariant to the scale of a row
    with `normalize`. A row of zeros stays. Learns nothing. Cost: O(d) a row.

    F. Perronnin, J. Sánchez, T. Mensink: Improving the Fisher kernel for large-scale image classification. ECCV 2010.

    Args:
        power: above 0 to 1; 1 leaves the values.
        normalize: "l2", "l1" or None.

    >>> import numpy as np
    >>> PowerNormalization().fit_transform(np.array([[9.0, -16.0]], np.float32)).round(6).tolist()
    [[0.6000000238418579, -0.800000011920929]]
    """

    limits: ClassVar = {"power": (0.01, 1)}

    def __init__(self, power: float = 0.5, normalize: str | None = "l2") -> None:
        self.power = power
        self.normalize = normalize

    def fit(self, items: Matrix | Sequence[LocalFeatures], y: Any = None) -> Self:
        """Check parameters and, of (n, d) rows, values; nothing is learned.

        Raises:
            InputError: NaN or infinity.
            ComponentError: a parameter out of range.
        """
        self._check_parameters()
        if are_rows(items):
            as_matrix(items)
        return self

    def _check_parameters(self) -> None:
        if not 0 < self.power <= 1 or self.normalize not in ("l1", "l2", None):
            raise ComponentError(
                f"PowerNormalization was given power={self.power}, normalize={self.normalize!r}; "
                'allowed: power above 0 to 1, normalize "l1", "l2" or None'
            )

    def project(self, X: Matrix) -> Matrix:
        """(n, d) to (n, d) float32.

        Raises:
            InputError: NaN or infinity.
            ComponentError: a parameter out of range.
        """
        self._check_parameters()
        rows = as_matrix(X)
        return in_chunks(rows, rows.shape[1], rows.shape[1], self._tame, "PowerNormalization")

    def _tame(self, X: Matrix) -> Array:
        values = X.astype(np.float64)
        values = np.copysign(np.sqrt(np.abs(values)) if self.power == 0.5 else np.abs(values) ** self.power, values)
        if self.normalize:
            length = np.linalg.norm(values, ord=2 if self.normalize == "l2" else 1, axis=1, keepdims=True)
            values /= np.where(length > 0, length, 1.0)
        return values
