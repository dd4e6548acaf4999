"""What OpenCV's detectors found, as arrays in an order that does not depend on how they searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices


def strongest(keypoints: Sequence[Any], most: int, shape: tuple[int, ...]) -> tuple[Indices, npt.NDArray[np.float32]]:
    """Which `most` keypoints of an (h, w) picture to keep, and their positions (m, 2) float32, x and y in [0, 1].

    Strongest first; ties go by place, size and angle, since OpenCV orders them by an unstable selection, and gives more
    than it was asked for where they are as strong as the last one.
    """
    found = np.array([(*point.pt, point.size, point.angle, point.response) for point in keypoints], np.float64)
    x, y, size, angle, response = found.reshape(-1, 5).T
    order = np.lexsort((angle, size, x, y, -response))[:most]
    centers = (np.stack([x, y], axis=1)[order] + 0.5) / (shape[1], shape[0])  # OpenCV counts from a pixel's center
    return order.astype(np.int64), np.clip(centers, 0, 1).astype(np.float32)
