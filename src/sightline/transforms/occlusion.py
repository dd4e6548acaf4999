"""What stands in front of an object: a part of the picture that shows nothing."""

from __future__ import annotations

import math

import numpy as np

from sightline.arrays import Picture


def occluded(picture: Picture, share: float, x: float, y: float) -> Picture:
    """A rectangle of the picture's shape hidden by the mean color of the picture.

    T. DeVries, G. W. Taylor: Improved regularization of convolutional neural networks with Cutout. 2017.

    Args:
        picture: (h, w, c), any dtype; it is not changed.
        share: of the area that is hidden, 0 to 1.
        x: where in the room that is left, 0 at the left to 1 at the right.
        y: the same, from the top to the bottom.
    """
    height, width = picture.shape[:2]
    side = math.sqrt(share)
    hidden_height, hidden_width = round(height * side), round(width * side)
    if not hidden_height or not hidden_width:
        return picture
    top, left = round(y * (height - hidden_height)), round(x * (width - hidden_width))
    hidden = picture.copy()
    color = picture.mean(axis=(0, 1))
    hidden[top : top + hidden_height, left : left + hidden_width] = (
        color if picture.dtype.kind == "f" else np.rint(color)
    ).astype(picture.dtype)
    return hidden


def erased(picture: Picture, rng: np.random.Generator, least: float = 0.02, most: float = 1 / 3) -> Picture:
    """A rectangle of some area and shape somewhere in the picture, filled with noise.

    Z. Zhong, L. Zheng, G. Kang, S. Li, Y. Yang: Random erasing data augmentation. AAAI 2020.

    Args:
        picture: (h, w, c) uint8; it is not changed.
        rng: everything is drawn from it.
        least: share of the area that is erased, at least.
        most: the same, at most.
    """
    height, width, channels = picture.shape
    area, ratio = rng.uniform(least, most) * height * width, math.exp(rng.uniform(-1.2, 1.2))
    rows = min(height, max(1, round(math.sqrt(area * ratio))))
    columns = min(width, max(1, round(math.sqrt(area / ratio))))
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    hidden = picture.copy()
    hidden[top : top + rows, left : left + columns] = rng.integers(0, 256, (rows, columns, channels), np.uint8)
    return hidden
