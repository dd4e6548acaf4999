"""The object in front of its background: the brightness of a picture cut at Otsu's threshold."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture
from sightline.errors import InputError

Mask = npt.NDArray[np.uint8]
"""(h, w) uint8: 1 inside the object, 0 outside."""
KINDS = (1, 3), ("uint8", "uint16", "float32")
"""Channels and depths of the pictures that have a brightness."""


def brightness(picture: Picture, who: str) -> Array:
    """An (h, w, 1 or 3) picture to (h, w) in its own depth: the picture itself, or its luma.

    Raises:
        InputError: a float32 picture with NaN, infinity or values below 0, none of which is a mass.
    """
    picture = np.ascontiguousarray(picture)
    if picture.dtype == np.float32 and not (picture.min() >= 0 and np.isfinite(picture.max())):
        raise InputError(f"{who} was given a picture with NaN, infinity or values below 0; allowed: 0 or more, finite")
    return picture[:, :, 0] if picture.shape[2] == 1 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def silhouette(image: Array) -> Mask:
    """(h, w) uint8, uint16 or float32 in [0, 1] to the largest object in it; nothing but zeros if there is none.

    Otsu's threshold cuts bright from dark; the background is the one of both that most of the picture's border is in
    (the dark one if both have half of it), and the object is the largest 8-connected part of the other.

    N. Otsu: A threshold selection method from gray-level histograms. IEEE SMC 9, 1979.
    """
    if image.dtype == np.float32:
        image = np.round(np.minimum(image, 1) * 65535).astype(np.uint16)
    level, _ = cv2.threshold(image, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = image > level
    front = (~bright if _share_of_border(bright) > 0.5 else bright).view(np.uint8)
    count, labels, found, _ = cv2.connectedComponentsWithStats(front, connectivity=8, ltype=cv2.CV_32S)
    if count < 2:
        return front
    largest: Mask = (labels == 1 + found[1:, cv2.CC_STAT_AREA].argmax()).view(np.uint8)
    return largest


def _share_of_border(mask: Array) -> float:
    """The share of the outermost pixels that is set; each counts once, those of a picture one pixel wide too."""
    inner = mask[1:-1, 1:-1]
    return float((np.count_nonzero(mask) - np.count_nonzero(inner)) / (mask.size - inner.size))
