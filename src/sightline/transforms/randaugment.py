"""Several changes of a picture, drawn from a list that has served many tasks: RandAugment."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from sightline.arrays import Picture
from sightline.errors import InputError
from sightline.transforms.geometric import sheared, shifted, turned
from sightline.transforms.photometric import contrasted, lit

MOST_TURNED_DEG, MOST_SHEARED, MOST_SHIFTED, MOST_LIT = 30.0, 0.3, 0.3, 0.9
"""At full strength, as published: degrees, pixels per pixel, share of a side, share of the light."""


def randaugment(picture: Picture, rng: np.random.Generator, count: int = 2, strength: float = 0.3) -> Picture:
    """A picture (h, w, 3) uint8 after `count` changes, each drawn from `CHANGES`; of the same size.

    E. D. Cubuk, B. Zoph, J. Shlens, Q. V. Le: RandAugment: practical automated data augmentation with a reduced search
    space. NeurIPS 2020.

    Args:
        picture: it is not changed.
        rng: everything is drawn from it.
        count: how many changes, one after the other.
        strength: of each, 0 to 1; those that go both ways go either.

    Raises:
        InputError: another kind of picture, or a strength out of range.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not 0 <= strength <= 1:
        raise InputError(
            f"a picture {picture.shape} {picture.dtype} and a strength of {strength:g} were given; allowed: (h, w, 3) "
            "uint8, and 0 to 1"
        )
    for number in rng.integers(0, len(CHANGES), count).tolist():
        picture = CHANGES[number](picture, strength if rng.random() < 0.5 else -strength)
    return picture


def saturated(picture: Picture, change: float) -> Picture:
    """Every color's distance from its grey times 1 + `change`."""
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(picture, 1 + change, grey, -change, 0))


def sharpened(picture: Picture, change: float) -> Picture:
    """Every value's distance from the mean of its neighborhood times 1 + `change`."""
    smooth = cv2.blur(picture, (3, 3), borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.addWeighted(picture, 1 + change, smooth, -change, 0))


def posterized(picture: Picture, strength: float) -> Picture:
    """With 8 to 4 bits of each value."""
    dropped = round(4 * abs(strength))
    return picture & np.uint8(0xFF & ~((1 << dropped) - 1))


def solarized(picture: Picture, strength: float) -> Picture:
    """Values above a threshold, from 256 down to 0, inverted."""
    table = np.arange(256)
    table = np.where(table >= 256 * (1 - abs(strength)), 255 - table, table).astype(np.uint8)
    inverted: Picture = table[picture]
    return inverted


def stretched(picture: Picture, strength: float) -> Picture:
    """Every channel stretched from 0 to 255, whatever the strength; one of a single value stays as it is."""
    low, high = (limit(picture, axis=(0, 1)).astype(np.float32) for limit in (np.min, np.max))
    gain = 255 / np.maximum(high - low, 1)
    wide = np.clip(np.rint((picture - low) * gain), 0, 255).astype(np.uint8)
    return np.asarray(np.where(high > low, wide, picture))


def equalized(picture: Picture, strength: float) -> Picture:
    """Every channel with all values about equally often, whatever the strength."""
    return np.ascontiguousarray(np.dstack([cv2.equalizeHist(channel) for channel in cv2.split(picture)]))


CHANGES: tuple[Callable[[Picture, float], Picture], ...] = (
    lambda picture, strength: picture,
    lambda picture, strength: turned(picture, MOST_TURNED_DEG * strength),
    lambda picture, strength: sheared(picture, MOST_SHEARED * strength, 0.0),
    lambda picture, strength: sheared(picture, 0.0, MOST_SHEARED * strength),
    lambda picture, strength: shifted(picture, MOST_SHIFTED * strength, 0.0),
    lambda picture, strength: shifted(picture, 0.0, MOST_SHIFTED * strength),
    lambda picture, strength: lit(picture, MOST_LIT * strength),
    lambda picture, strength: contrasted(picture, MOST_LIT * strength),
    lambda picture, strength: saturated(picture, MOST_LIT * strength),
    lambda picture, strength: sharpened(picture, MOST_LIT * strength),
    posterized,
    solarized,
    stretched,
    equalized,
)
"""What may happen: (picture, strength from -1 to 1) -> picture."""
