"""Color moments: how bright and how varied each channel is, and to which side it leans."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.color import convert
from sightline.classical.descriptors.regions import regions
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError

LEVELS = np.arange(256) / 255.0


class ColorMoments(GlobalDescriptor):
    """Mean, standard deviation and skewness of each channel, on a grid of regions.

    All three are in the unit of the channel, 0 to 1 from its least to its largest value: the skewness is the cube root
    of the third central moment, with its sign, not divided by the deviation. Nine numbers say about as much as a
    histogram of hundreds where regions are of few colors, and do not jump when a color crosses the edge of a bin.
    The hue of "hsv" is a circle that is cut open at red. d = grid^2 * 9, in the order region, channel, (mean,
    deviation, skewness); a region without pixels gives zeros. Cost: O(h w).

    M. Stricker, M. Orengo: Similarity of color images. SPIE Storage and Retrieval 2420, 1995.

    Args:
        space: "hsv", "lab" or "rgb".
        grid: regions a side; 1 is the whole picture.

    >>> import numpy as np
    >>> ColorMoments(space="rgb").describe(np.full((4, 4, 3), (255, 0, 51), np.uint8))
    array([1. , 0. , 0. , 0. , 0. , 0. , 0.2, 0. , 0. ], dtype=float32)
    """

    accepts = Accepts(channels=(3,))
    metric = "manhattan"
    limits: ClassVar = {"grid": (1, 16)}

    def __init__(self, space: str = "hsv", grid: int = 1) -> None:
        self.space = space
        self.grid = grid

    def invariances(self) -> tuple[str, ...]:
        """Turning and mirroring move no pixel out of the picture."""
        return ("rotate90", "flip") if self.grid == 1 else ()

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 3) uint8 picture to (d,) float32 in [-1, 1].

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "ColorMoments")
        if self.grid < 1:
            raise ComponentError(f"ColorMoments was given grid={self.grid}; allowed: 1 or more")
        converted = convert(picture, self.space, "ColorMoments")
        counts = np.concatenate([_counts(part) for part in regions(converted, self.grid)])
        return _moments(counts).ravel().astype(np.float32)


def _counts(part: Array) -> npt.NDArray[np.float64]:
    """(h, w, 3) uint8 to (3, 256): how many pixels of each channel have each value."""
    if part.size == 0:
        return np.zeros((3, 256))
    part = np.ascontiguousarray(part)
    found = [cv2.calcHist([part], [channel], None, [256], [0.0, 256.0]).ravel() for channel in range(3)]
    return np.array(found, np.float64)


def _moments(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n, 256) counts to (n, 3). From counts, since they are exact and 256 values are fewer than the pixels."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    means = shares @ LEVELS
    away = LEVELS - means[:, None]
    second, third = (shares * away**2).sum(axis=1), (shares * away**3).sum(axis=1)
    third[np.abs(third) < np.finfo(np.float64).eps] = 0  # a cube root makes 1e-17 of rounding look like 2e-6
    return np.column_stack([means, np.sqrt(second), np.cbrt(third)])
