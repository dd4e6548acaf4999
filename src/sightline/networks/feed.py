"""What a network is fed: an input of its own size, in its own layout and range, made of a picture of ours."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any, Self

import cv2
import numpy as np

from sightline.arrays import Array, Picture
from sightline.errors import InputError
from sightline.runtime.session import Port

USUAL_PX = 224
"""Where a network takes any size and does not say which it was trained with."""
USUAL_MEAN, USUAL_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, in [0, 1]: what nearly every exporter leaves out of the file."""
MOST_PX = 1024
FLOATS = ("float32", "float16")
LEAST_STD, MOST = 1e-6, 1e6
"""What a deviation is at least, and it and a mean at most: float32 divides by it and stays finite."""
LOWEST_MEAN, HIGHEST_MEAN, HIGHEST_STD = -1.0, 2.0, 10.0
"""What they may be of values in [0, 1]: no honest mean is far outside of it, and of values in 0 to 255 the mean of any
but black pictures is above 2; a deviation of 255 stands for "divided by 255"."""
PX = "sightline.px"
"""What our own exports call the side of the pictures that a network was trained with, among the metadata."""


@dataclasses.dataclass(frozen=True)
class Feed:
    """How a picture becomes the input of a network.

    Attributes:
        height, width: of the input, in pixels.
        channels_first: (1, 3, h, w) rather than (1, h, w, 3).
        dtype: "uint8" is fed as it is; "float32" and "float16" are scaled to [0, 1], then by `mean` and `std`.
        mean, std: of each channel in [0, 1], red first.
        free: whether the network takes other heights and widths as well.
    """

    height: int = USUAL_PX
    width: int = USUAL_PX
    channels_first: bool = False
    dtype: str = "uint8"
    mean: tuple[float, ...] = USUAL_MEAN
    std: tuple[float, ...] = USUAL_STD
    free: bool = False

    @classmethod
    def of(cls, port: Port, texts: Mapping[str, str]) -> Self:
        """How the input `port` of a network is fed, with "mean", "std" and "sightline.px" of its metadata, if there.

        Raises:
            InputError: it takes no color pictures, or the metadata says no mean or deviation.
        """
        shape, known = port.shape, port.dtype in ("uint8", *FLOATS)
        first, last = len(shape) == 4 and shape[1] == 3, len(shape) == 4 and shape[3] == 3
        if not known or first == last or (shape[0] or 1) != 1:
            raise InputError(
                f'the network\'s input "{port.name}" is {port.dtype} of shape {list(shape)}; allowed: uint8, float32 '
                "or float16 of shape [n, 3, h, w] or [n, h, w, 3], n free or 1"
            )
        sizes, usual = shape[2:] if first else shape[1:3], texts.get(PX, "")
        height, width = (size or (int(usual) if re.fullmatch(r"\d{1,4}", usual) else USUAL_PX) for size in sizes)
        if not (1 <= height <= MOST_PX and 1 <= width <= MOST_PX):
            raise InputError(f"the network takes {width} x {height} px; allowed: up to {MOST_PX} x {MOST_PX}")
        mean = _triple("mean", texts, USUAL_MEAN, -MOST)
        std = _triple("std", texts, USUAL_STD, LEAST_STD)
        return cls(height, width, first, port.dtype, mean, std, free=sizes == (None, None))

    def check_unit(self) -> None:
        """Refuse a mean and deviation of values in 0 to 255: what is fed is in [0, 1], and would all but be the same.

        Asked of a network when somebody first gives it, and never of one that a model file brings: what was learned
        from its answers was learned from these, and goes on answering.

        Raises:
            InputError: floats are fed, with a mean or deviation that values in [0, 1] do not have.
        """
        fine = all(LOWEST_MEAN <= one <= HIGHEST_MEAN for one in self.mean) and max(self.std) <= HIGHEST_STD
        if self.dtype in FLOATS and not fine:
            raise InputError(
                f"the network's metadata says mean {_listed(self.mean)} and std {_listed(self.std)}; allowed: of "
                f"values in [0, 1], mean {LOWEST_MEAN:g} to {HIGHEST_MEAN:g} and std up to {HIGHEST_STD:g}; divide "
                "both by 255, or where it takes 0 to 255 as they are, write mean 0 and std 0.00392157 (1/255)"
            )

    def sized(self, picture: Picture) -> Picture:
        """A picture (h, w, 3) uint8 of any size and shape at the input's size; the whole of it is kept."""
        shape = (self.height, self.width)
        if picture.shape[:2] == shape:
            return picture
        # Area averages where most of the pixels go: bilinear would look at four of each and see noise.
        smaller = picture.shape[0] * picture.shape[1] > shape[0] * shape[1]
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        return cv2.resize(picture, (self.width, self.height), interpolation=how)

    def of_picture(self, picture: Picture) -> Array:
        """A picture (h, w, 3) uint8 of any size and shape as the input, a batch of one."""
        fed: Array = self.sized(picture)
        if self.dtype in FLOATS:
            mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
            scaled = (fed.astype(np.float32) / np.float32(255) - mean) / std
            fed = scaled.astype(self.dtype)
        return (fed.transpose(2, 0, 1) if self.channels_first else fed)[None]


def _listed(values: tuple[float, ...]) -> str:
    return f"[{', '.join(f'{value:g}' for value in values)}]"


def _triple(name: str, texts: Mapping[str, str], usual: tuple[float, ...], least: float) -> tuple[float, ...]:
    """Three numbers written as JSON."""
    if name not in texts:
        return usual
    try:
        values: Any = json.loads(texts[name])
        found = tuple(float(value) for value in values)
    except (ValueError, TypeError, OverflowError, RecursionError):
        found = ()
    if len(found) != 3 or not all(least <= value <= MOST for value in found):
        raise InputError(
            f'the network\'s metadata says "{texts[name][:60]}" for {name}; allowed: three numbers, each '
            f"{least:g} to {MOST:g}, as [0.5, 0.5, 0.5]; export it again, or with no {name}"
        )
    return found
