"""What a network is trained with in place of a picture: the picture as it might have come."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from sightline.arrays import Picture
from sightline.transforms.geometric import cropped, mirrored, turned, zoomed
from sightline.transforms.occlusion import erased, occluded
from sightline.transforms.photometric import blurred, contrasted, lit
from sightline.transforms.randaugment import randaugment

USUAL_LIGHT = 0.1
"""Change of light where the task says nothing of it: cameras differ by as much."""
USUAL_AREA = 0.6
"""Least part of a picture that is shown where the task says nothing of scale."""
RATIO = 4 / 3
"""Most that a part's shape differs from the picture's."""


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Draws changes of a picture, each up to a stated strength either way; 0 is none.

    Attributes:
        area: least part of the picture that is shown, as a share, above 0 to 1.
        mirrored: whether left and right may be changed over, half of the time.
        rotation_deg: rotation in the picture plane.
        light: relative change of brightness, and of contrast; None: nobody asked for any, and it is `USUAL_LIGHT`.
        scale: relative change of size.
        occlusion: hidden share of the picture.
        blur_px: radius of blur, in pixels of the picture as it comes.
        randaugment: strength, to 1, of two changes more that no condition names (RandAugment); (h, w, 3) uint8 alone.
        random_erasing: share of the pictures in which a rectangle is noise (random erasing).
    """

    area: float = USUAL_AREA
    mirrored: bool = True
    rotation_deg: float = 0.0
    light: float | None = None
    scale: float = 0.0
    occlusion: float = 0.0
    blur_px: float = 0.0
    randaugment: float = 0.0
    random_erasing: float = 0.0

    def __call__(self, picture: Picture, rng: np.random.Generator, share: float = 1.0) -> Picture:
        """A picture (h, w, c) changed: same dtype, of the size of the part that is shown.

        Args:
            picture: (h, w, c); it is not changed.
            rng: everything is drawn from it.
            share: pixels of its side for each of the picture as it came, where it was shrunk before.
        """
        picture = self._placed(picture, rng)
        if self.mirrored and rng.random() < 0.5:
            picture = mirrored(picture)
        if light := USUAL_LIGHT if self.light is None else self.light:
            picture = contrasted(lit(picture, _either(rng, light)), _either(rng, light))
        if self.randaugment:
            picture = randaugment(picture, rng, strength=self.randaugment)
        if self.blur_px:
            picture = blurred(picture, share * self.blur_px * rng.random())
        if self.occlusion:
            picture = occluded(picture, self.occlusion * rng.random(), rng.random(), rng.random())
        if self.random_erasing and rng.random() < self.random_erasing:
            picture = erased(picture, rng)
        return picture

    def _placed(self, picture: Picture, rng: np.random.Generator) -> Picture:
        """Turned, larger or smaller, and a part of it."""
        if self.rotation_deg:
            picture = turned(picture, _either(rng, self.rotation_deg))
        if self.scale:
            picture = zoomed(picture, _ratio(rng, 1 + self.scale))
        if self.area < 1:
            area = rng.uniform(self.area, 1)
            picture = cropped(picture, area, _ratio(rng, RATIO), rng.random(), rng.random())
        return picture


def _either(rng: np.random.Generator, most: float) -> float:
    return float(rng.uniform(-most, most))


def _ratio(rng: np.random.Generator, most: float) -> float:
    """From 1 / most to most, as likely below 1 as above."""
    return math.exp(_either(rng, math.log(most)))
