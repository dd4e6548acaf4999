"""What light and lens do to a picture: pure functions on (h, w, c), same dtype, clipped to what it can hold."""

from __future__ import annotations

import cv2
import numpy as np

from sightline.arrays import Picture

SIGMAS = 3.0
"""Standard deviations of a Gaussian that its kernel holds either way."""


def lit(picture: Picture, change: float) -> Picture:
    """Every value times 1 + `change`."""
    return _linear(picture, 1 + change, 0.0)


def contrasted(picture: Picture, change: float) -> Picture:
    """Every value's distance from the mean of all times 1 + `change`."""
    return _linear(picture, 1 + change, -change * float(picture.mean()))


def blurred(picture: Picture, radius_px: float) -> Picture:
    """Smoothed by a Gaussian of half that standard deviation: about what a defocus of this radius does."""
    sigma = radius_px / 2
    side = 2 * int(np.ceil(SIGMAS * sigma)) + 1
    if side < 3:
        return picture
    smooth: Picture = cv2.GaussianBlur(picture, (side, side), sigma, borderType=cv2.BORDER_REFLECT)
    return smooth.reshape(picture.shape)


def _linear(picture: Picture, gain: float, offset: float) -> Picture:
    if picture.dtype == np.uint8:  # 256 values are looked up, a hundred times as fast as computing each
        table = np.clip(np.rint(np.arange(256) * gain + offset), 0, 255).astype(np.uint8)
        seen: Picture = cv2.LUT(picture, table)
        return seen.reshape(picture.shape)
    values = picture.astype(np.float32) * np.float32(gain) + np.float32(offset)
    if picture.dtype.kind == "f":
        return values.astype(picture.dtype)
    clipped: Picture = np.clip(np.rint(values), 0, np.iinfo(picture.dtype).max).astype(picture.dtype)
    return clipped
