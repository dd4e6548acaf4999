"""Where patches lie: on a regular grid, as far inside the picture as they fit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices


def patch_starts(length_px: int, patch_px: int, step_px: int) -> Indices:
    """First pixel of each patch along a side, none where the side is shorter than a patch.

    What is left over is shared by both edges.

    >>> patch_starts(11, 4, 3)
    array([0, 3, 6])
    >>> patch_starts(12, 4, 3)
    array([1, 4, 7])
    """
    room = length_px - patch_px
    if room < 0:
        return np.zeros(0, np.int64)
    return np.arange(room % step_px // 2, room + 1, step_px, dtype=np.int64)


def patch_positions(rows: Indices, columns: Indices, patch_px: int, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Centers of the patches that start at rows x columns of an (h, w, ...) picture: (m, 2) float32, x and y in [0, 1].

    Row by row, as `LocalFeatures.positions`.
    """
    found = np.empty((len(rows), len(columns), 2), np.float32)
    found[..., 0] = (columns + patch_px / 2) / shape[1]
    found[..., 1] = ((rows + patch_px / 2) / shape[0])[:, None]
    return found.reshape(-1, 2)
