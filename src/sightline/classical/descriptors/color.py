"""Color histograms: which colors a picture holds, and roughly where."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.regions import regions
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError, nearest

SPACES = {"hsv": cv2.COLOR_RGB2HSV_FULL, "lab": cv2.COLOR_RGB2LAB, "rgb": None}
"""Color space -> OpenCV's conversion; all three channels are in 0..255."""


class ColorHistogram(GlobalDescriptor):
    """Joint histogram of the three channels on a grid of regions, as square roots of shares.

    Joint, because three histograms of one channel each cannot tell red and green stripes from yellow and black. The
    square root makes the distance of two vectors that of Hellinger, which keeps one large flat area from drowning the
    rest: each region's part has length 1. d = grid^2 * bins^3. Cost: O(h w).

    M. J. Swain, D. H. Ballard: Color indexing. IJCV 7, 1991.

    Args:
        space: "hsv", "lab" or "rgb".
        bins: of each channel, 2 to 32.
        grid: regions a side; 1 is the whole picture.

    >>> import numpy as np
    >>> ColorHistogram(space="rgb", bins=2).describe(np.full((4, 4, 3), 255, np.uint8))
    array([0., 0., 0., 0., 0., 0., 0., 1.], dtype=float32)
    """

    accepts = Accepts(channels=(3,))
    limits: ClassVar = {"bins": (2, 32), "grid": (1, 16)}

    def __init__(self, space: str = "hsv", bins: int = 8, grid: int = 1) -> None:
        self.space = space
        self.bins = bins
        self.grid = grid

    def invariances(self) -> tuple[str, ...]:
        """Turning and mirroring move no pixel out of the picture."""
        return ("rotate90", "flip") if self.grid == 1 else ()

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 3) uint8 picture to (d,) float32 in [0, 1].

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "ColorHistogram")
        if not 2 <= self.bins <= 32 or self.grid < 1:
            raise ComponentError(
                f"ColorHistogram was given bins={self.bins}, grid={self.grid}; allowed: bins 2 to 32, grid 1 or more"
            )
        converted = convert(picture, self.space, "ColorHistogram")
        return np.concatenate([color_shares(part, self.bins) for part in regions(converted, self.grid)])


def convert(picture: Picture, space: str, who: str) -> npt.NDArray[np.uint8]:
    """(h, w, 3) uint8 RGB to the same shape in another color space, 0..255 each; `who` is named in the error.

    Raises:
        ComponentError: `space` is none of `SPACES`.
    """
    if space not in SPACES:
        raise ComponentError(f'{who} has no space "{space}"; {nearest(space, SPACES)}')
    picture = np.ascontiguousarray(picture)
    conversion = SPACES[space]
    return picture if conversion is None else np.asarray(cv2.cvtColor(picture, conversion), np.uint8)


def color_shares(pixels: Array, bins: int) -> Vector:
    """(h, w, 3) uint8 to (bins^3,) float32: the root of each cell's share; zeros for no pixels."""
    if pixels.size == 0:
        return np.zeros(bins**3, np.float32)
    limits = [0.0, 256.0] * 3
    counts = cv2.calcHist([np.ascontiguousarray(pixels)], [0, 1, 2], None, [bins] * 3, limits)
    shares: Vector = np.sqrt(counts.ravel() / (pixels.shape[0] * pixels.shape[1])).astype(np.float32)
    return shares
