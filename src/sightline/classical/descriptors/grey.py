"""What every descriptor of brightness starts with: the picture in one channel, and its gradient as one code a pixel."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture
from sightline.preparation.geometry import resize

Grey = npt.NDArray[np.uint8]
"""(h, w) uint8: the picture itself if it has one channel, else its luma 0.299 R + 0.587 G + 0.114 B, rounded."""

STEPS = 511
"""A difference of two uint8 values is in [-255, 255]."""
CENTER = 255 * STEPS + 255
"""The code of no gradient."""


def grey(picture: Picture, size_px: int | None = None, least_px: int = 1) -> Grey:
    """An (h, w, 1 or 3) uint8 picture to (h, w) uint8, brought to size_px x size_px first unless that is None.

    A side shorter than `least_px` is extended to it, by equal parts on both ends, with the pixels of the border: so
    that a picture of one pixel's width has an answer too.
    """
    if size_px is not None and picture.shape[:2] != (size_px, size_px):
        picture = resize(picture, size_px, size_px)
    picture = np.ascontiguousarray(picture)
    image = picture[:, :, 0] if picture.shape[2] == 1 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if min(image.shape) < least_px:
        image = extended(image, least_px)
    return np.asarray(image, np.uint8)


def extended(image: Array, least_px: int) -> Array:
    """(h, w) with every side of at least `least_px`; the pixels of the border repeated."""
    missing = [max(least_px - length, 0) for length in image.shape]
    return np.pad(image, [(length // 2, length - length // 2) for length in missing], mode="edge")


def gradient_codes(image: Grey) -> npt.NDArray[np.int32]:
    """Central differences of an (h, w) image as (h, w) int32 codes (dy + 255) * 511 + (dx + 255); 0 across the border.

    A uint8 picture knows only 511 x 511 gradients, so that angle, magnitude and bin are looked up, not computed:
    a table entry costs a tenth of an arctangent and is as exact as float64 makes it.
    """
    wide = image.astype(np.int32)
    codes = np.full(image.shape, CENTER, np.int32)
    codes[:, 1:-1] += wide[:, 2:] - wide[:, :-2]
    codes[1:-1] += (wide[2:] - wide[:-2]) * STEPS
    return codes


def gradient_angles() -> tuple[Array, Array]:
    """For every code: the angle in [0, 360) degrees and the magnitude with white = 1, both (511 * 511,) float64."""
    difference = np.arange(-255, 256) / 255.0
    down, right = difference[:, None], difference[None, :]
    return (np.rad2deg(np.arctan2(down, right)) % 360.0).ravel(), np.hypot(down, right).ravel()
