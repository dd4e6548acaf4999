"""Pixel arithmetic of the readers: to 8 bits, alpha onto a background, smaller, upright."""

from __future__ import annotations

import cv2
import numpy as np

from sightline.arrays import Array, Picture


def to_eight_bits(samples: Array, bits: int = 16) -> Array:
    """Unsigned integers of `bits` bits as uint8, 0 to 0 and the largest to 255, rounded to the nearest.

    For 16 bits that is round(v / 257).
    """
    largest = (1 << bits) - 1
    return ((samples.astype(np.uint32) * 255 + largest // 2) // largest).astype(np.uint8)


def composite(rgba: Array, background: tuple[int, int, int]) -> Picture:
    """(h, w, 4) uint8 RGBA over a background, as (h, w, 3) uint8: what a viewer shows."""
    alpha = rgba[..., 3:].astype(np.uint16)
    mixed = rgba[..., :3] * alpha + np.asarray(background, np.uint16) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def to_rgb(samples: Array, background: tuple[int, int, int]) -> Picture:
    """(h, w), (h, w, 1) grey, (h, w, 3) RGB or (h, w, 4) RGBA uint8, as C-contiguous (h, w, 3) RGB."""
    if samples.ndim == 2 or samples.shape[2] == 1:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(samples), cv2.COLOR_GRAY2RGB))
    if samples.shape[2] == 4:
        return composite(samples, background)
    return np.ascontiguousarray(samples)


def shrink(picture: Picture, reduce: int) -> Picture:
    """1/`reduce` of each side, rounded up, by averages over `reduce` x `reduce` pixels.

    The last row and column are repeated to fill their cells, as JPEG does: so its DCT scaling and this put the same
    part of the scene into the same pixel.
    """
    if reduce == 1:
        return picture
    height, width = picture.shape[:2]
    rows, columns = -(-height // reduce), -(-width // reduce)
    missing = rows * reduce - height, columns * reduce - width
    if any(missing):
        picture = cv2.copyMakeBorder(picture, 0, missing[0], 0, missing[1], cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA))


def upright(picture: Picture, orientation: int) -> Picture:
    """Undo an EXIF orientation, 1 to 8."""
    if orientation in (5, 7):  # stored transposed
        picture = cv2.transpose(picture)
    if orientation == 2:
        picture = cv2.flip(picture, 1)
    elif orientation in (3, 7):
        picture = cv2.rotate(picture, cv2.ROTATE_180)
    elif orientation == 4:
        picture = cv2.flip(picture, 0)
    elif orientation == 6:
        picture = cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE)
    elif orientation == 8:
        picture = cv2.rotate(picture, cv2.ROTATE_90_COUNTERCLOCKWISE)
    return picture
