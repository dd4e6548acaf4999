"""The object in front of its background: the brightness of a picture cut at Otsu's threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture
from sightline.errors import ComponentError, InputError, nearest

Mask = npt.NDArray[np.uint8]
"""(h, w) uint8: 1 inside the object, 0 outside."""
KINDS = (1, 3), ("uint8", "uint16", "float32")
"""Channels and depths of the pictures that have a brightness."""


CONTRAST, LEAST_CONTRAST = 6.0, 4.0
"""In front is what differs from its surroundings by 6 times the median difference and 4 of 255 levels."""


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


def standout(image: Array) -> Mask:
    """(h, w) uint8, uint16 or float32 in [0, 1] to the object that stands out most from what is around it, or zeros.

    For a small object before an uneven background, which Otsu's threshold would cut in two. What differs from a wide
    median by several times the usual difference is in front; of its 8-connected parts inside the frame, the one that
    differs most in sum is the object, where a difference counts the less the nearer it is to the frame: what lies along
    it is the edge of a table more often than an object.

    Y. Wei, F. Wen, W. Zhu, J. Sun: Geodesic saliency using background priors. ECCV 2012 (the boundary prior).
    """
    return _standing_out(image).mask


def _from_surroundings(grey: Array) -> Array:
    """(h, w) uint8 to how much each pixel differs from the median of a wide square around it, (h, w) uint8."""
    side = min(max(min(grey.shape) // 4, 1) | 1, 255)
    difference: Array = cv2.absdiff(grey, cv2.medianBlur(grey, side))
    return difference


def _most_different(difference: Array) -> Mask:
    """The mask of `standout`, from differences (h, w) uint8."""
    front = (difference > CONTRAST * np.median(difference) + LEAST_CONTRAST).view(np.uint8)
    count, labels, found, _ = cv2.connectedComponentsWithStats(front, connectivity=8, ltype=cv2.CV_32S)
    inside = _inside_the_frame(found, difference.shape)
    inside[0] = False  # the background
    seen = difference * _towards_the_middle(difference.shape)
    weights = np.bincount(labels.ravel(), seen.ravel(), count) * inside
    if not weights.any():
        return np.zeros(difference.shape, np.uint8)
    mask: Mask = (labels == int(weights.argmax())).view(np.uint8)
    return mask


def _towards_the_middle(shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """(h, w) float32: 1 in the middle, towards 0 at the frame."""
    down, across = (np.sin(np.pi * (np.arange(side) + 0.5) / side).astype(np.float32) for side in shape)
    return np.multiply.outer(down, across)


def _inside_the_frame(found: Array, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """For each row of OpenCV's statistics: whether the part touches no border of an (h, w) picture."""
    left, top, width, height = found[:, :4].T
    inside: npt.NDArray[np.bool_] = (left > 0) & (top > 0) & (left + width < shape[1]) & (top + height < shape[0])
    return inside


def _as_bytes(image: Array) -> npt.NDArray[np.uint8]:
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    white = 1.0 if image.dtype == np.float32 else 65535.0
    return np.round(np.minimum(image / white, 1) * 255).astype(np.uint8)


def _share_of_border(mask: Array) -> float:
    """The share of the outermost pixels that is set; each counts once, those of a picture one pixel wide too."""
    inner = mask[1:-1, 1:-1]
    return float((np.count_nonzero(mask) - np.count_nonzero(inner)) / (mask.size - inner.size))


class Found(NamedTuple):
    """An object.

    Attributes:
        mask: where it is; nothing but zeros if there is none.
        contrast: gives how much each pixel differs from what is around the object, (h, w).
    """

    mask: Mask
    contrast: Callable[[], Array]


def _before_even_ground(image: Array) -> Found:
    mask = silhouette(image)
    return Found(mask, lambda: np.abs(image.astype(np.float64) - np.median(image[mask == 0])))


def _standing_out(image: Array) -> Found:
    difference = _from_surroundings(_as_bytes(image))
    return Found(_most_different(difference), lambda: difference)


FINDERS: Mapping[str, Callable[[Array], Found]] = {"otsu": _before_even_ground, "standout": _standing_out}
"""Ways to find the object."""


def found_in(picture: Picture, find: str, who: str) -> Found:
    """The object in an (h, w, 1 or 3) picture, found in one of the `FINDERS`.

    Raises:
        InputError: a float32 picture with values that are no brightness.
        ComponentError: an unknown way, told in the name of `who`.
    """
    if find not in FINDERS:
        raise ComponentError(f'{who} has no find="{find}"; {nearest(find, FINDERS)}')
    return FINDERS[find](brightness(picture, who))
