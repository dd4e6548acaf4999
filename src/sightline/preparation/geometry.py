"""Sizes: pure functions on (h, w, c) pictures. Each gives back its input itself when there is nothing to do."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from sightline.arrays import Picture
from sightline.errors import InputError

Fit = Literal["stretch", "pad", "crop"]
FITS: tuple[Fit, ...] = ("stretch", "pad", "crop")


def resize(picture: Picture, height: int, width: int) -> Picture:
    """To (height, width, c), same dtype.

    An axis that shrinks is averaged over areas, which takes every pixel into account, so that fine texture turns into
    its mean and not into moire; an axis that grows is interpolated linearly. When one shrinks and the other grows, that
    is two steps. For uint8 and uint16 the linear kernel is OpenCV's bit-exact one: the same on every processor.
    """
    old_height, old_width = picture.shape[:2]
    smaller = _resized(picture, min(height, old_height), min(width, old_width), cv2.INTER_AREA)
    kernel = cv2.INTER_LINEAR if picture.dtype.kind == "f" else cv2.INTER_LINEAR_EXACT
    return _resized(smaller, height, width, kernel)


def limit_side(picture: Picture, max_side_px: int) -> Picture:
    """Shrink until the longest side is at most `max_side_px`; the aspect stays, each side keeps at least 1 px."""
    height, width = picture.shape[:2]
    longest = max(height, width)
    if longest <= max_side_px:
        return picture
    return resize(picture, _scaled(height, max_side_px, longest), _scaled(width, max_side_px, longest))


def fit_into(picture: Picture, size_px: tuple[int, int], how: Fit) -> Picture:
    """To exactly `size_px` = (height, width).

    "stretch": each axis on its own; everything is kept, the aspect is not.
    "pad": everything and the aspect are kept, centered on 0. A constant, because repeated edge pixels become stripes
        that a texture or gradient descriptor would count as evidence; 0, because it is the same for every picture.
    "crop": the aspect is kept and the largest central part that has it.

    Raises:
        InputError: `how` is none of these.
    """
    if how not in FITS:
        raise InputError(f'fit is "{how}"; allowed: {", ".join(FITS)}')
    if picture.shape[:2] == size_px or how == "stretch":
        return resize(picture, *size_px)
    return _padded(picture, size_px) if how == "pad" else resize(_cropped(picture, size_px), *size_px)


def _resized(picture: Picture, height: int, width: int, kernel: int) -> Picture:
    if picture.shape[:2] == (height, width):
        return picture
    bands = [picture[..., first : first + 4] for first in range(0, picture.shape[2], 4)]  # OpenCV averages at most 4
    resized = [cv2.resize(np.ascontiguousarray(band), (width, height), interpolation=kernel) for band in bands]
    shaped = [one.reshape(height, width, -1) for one in resized]  # OpenCV drops a single channel
    return shaped[0] if len(shaped) == 1 else np.concatenate(shaped, axis=2)


def _scaled(side: int, numerator: int, denominator: int) -> int:
    """side * numerator / denominator, rounded to the nearest, at least 1."""
    return max(1, (2 * side * numerator + denominator) // (2 * denominator))


def _padded(picture: Picture, size_px: tuple[int, int]) -> Picture:
    (height, width), (rows, columns) = picture.shape[:2], size_px
    if height * columns >= width * rows:  # taller than the frame
        inner = resize(picture, rows, min(columns, _scaled(width, rows, height)))
    else:
        inner = resize(picture, min(rows, _scaled(height, columns, width)), columns)
    framed = np.zeros((rows, columns, picture.shape[2]), picture.dtype)
    top, left = (rows - inner.shape[0]) // 2, (columns - inner.shape[1]) // 2
    framed[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return framed


def _cropped(picture: Picture, size_px: tuple[int, int]) -> Picture:
    """The central part with the frame's aspect; cut before resizing, so that a 1 x 4000 strip never becomes huge."""
    (height, width), (rows, columns) = picture.shape[:2], size_px
    keep_height = min(height, _scaled(width, rows, columns))
    keep_width = min(width, _scaled(height, columns, rows))
    top, left = (height - keep_height) // 2, (width - keep_width) // 2
    return np.ascontiguousarray(picture[top : top + keep_height, left : left + keep_width])
