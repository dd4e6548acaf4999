"""The grid of regions that a descriptor of the whole picture may be computed on: what is roughly where."""

from __future__ import annotations

import numpy as np

from sightline.arrays import Array


def regions(values: Array, grid: int) -> list[Array]:
    """The grid x grid parts of an (h, w, ...) array, row by row; a part may be empty where h or w is below grid."""
    if grid == 1:
        return [values]
    y = np.linspace(0, values.shape[0], grid + 1).round().astype(int)
    x = np.linspace(0, values.shape[1], grid + 1).round().astype(int)
    return [values[y[i] : y[i + 1], x[j] : x[j + 1]] for i in range(grid) for j in range(grid)]
