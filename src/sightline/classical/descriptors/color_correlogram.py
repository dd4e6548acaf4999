"""Color correlogram: how far each color reaches, which tells a sky from confetti of the same colors."""

from __future__ import annotations

import functools
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.color import convert
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError
from sightline.preparation.geometry import resize

MAX_BINS = 6
"""216 colors: one byte a pixel, and a value left that is no color."""
MAX_DISTANCE_PX = 60
"""Half a ring has 4 * 60 pixels, which one byte counts."""
MAX_DISTANCES = 16
NO_COLOR = 255


class ColorCorrelogram(GlobalDescriptor):
    """Auto-correlogram: the chance that a pixel at distance k of a pixel of color i is of color i too.

    Distance is the larger of both axes' (L-infinity), so that the pixels at distance k form a square ring of 8 k; only
    those inside the picture count, so that a picture of one color gives 1 whatever its size. Colors are bins^3 joint
    cells of three channels. d = len(distances) * bins^3, in the order distance, color; a color that does not occur, or
    has no pixel at that distance, gives 0. Cost: O(h w) for each of the 4 * sum(distances) offsets of half a ring,
    whatever the number of colors; 0.7 ms for a 128 x 128 picture.

    J. Huang et al.: Image indexing using color correlograms. CVPR 1997.

    Args:
        bins: of each channel, 2 to 6; 4 gives 64 colors.
        distances: in pixels, up to 16 of them, each 1 to 60.
        space: "hsv", "lab" or "rgb".
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.

    >>> import numpy as np
    >>> stripes = np.zeros((8, 8, 3), np.uint8)
    >>> stripes[:, ::2] = 255
    >>> ColorCorrelogram(bins=2, distances=(1,), space="rgb").describe(stripes)[[0, 7]].round(2)
    array([0.27, 0.27], dtype=float32)
    """

    accepts = Accepts(channels=(3,))
    metric = "manhattan"
    limits: ClassVar = {"bins": (2, MAX_BINS), "distances": (1, MAX_DISTANCE_PX), "size_px": (1, 1024)}
    invariant_to = ("rotate90", "flip")

    def __init__(
        self,
        bins: int = 4,
        distances: tuple[int, ...] = (1, 3, 5, 7),
        space: str = "hsv",
        size_px: int | None = None,
    ) -> None:
        self.bins = bins
        self.distances = distances
        self.space = space
        self.size_px = size_px

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 3) uint8 picture to (d,) float32 in [0, 1].

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "ColorCorrelogram")
        near = all(1 <= distance <= MAX_DISTANCE_PX for distance in self.distances)
        if not 2 <= self.bins <= MAX_BINS or not near or not 1 <= len(self.distances) <= MAX_DISTANCES:
            raise ComponentError(
                f"ColorCorrelogram was given bins={self.bins}, distances={self.distances}; allowed: bins 2 to "
                f"{MAX_BINS}, 1 to {MAX_DISTANCES} distances of 1 to {MAX_DISTANCE_PX}"
            )
        if self.size_px is not None:
            picture = resize(picture, self.size_px, self.size_px)
        codes = color_codes(convert(picture, self.space, "ColorCorrelogram"), self.bins)
        return auto_correlogram(codes, self.bins**3, self.distances).ravel()


def color_codes(pixels: npt.NDArray[np.uint8], bins: int) -> npt.NDArray[np.uint8]:
    """(h, w, 3) to (h, w): the joint cell of each pixel, in the order of `ColorHistogram`."""
    first, second, third = _cells(bins)
    codes = first.take(pixels[..., 0])
    codes += second.take(pixels[..., 1])
    codes += third.take(pixels[..., 2])
    return codes


@functools.lru_cache(MAX_BINS)
def _cells(bins: int) -> tuple[npt.NDArray[np.uint8], ...]:
    """For each channel, what a value adds to the code."""
    cell = np.arange(256) * bins // 256
    return tuple((cell * weight).astype(np.uint8) for weight in (bins * bins, bins, 1))


def auto_correlogram(codes: npt.NDArray[np.uint8], colors: int, distances: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """(h, w) codes below `colors` to (distances, colors) float32 in [0, 1].

    The picture is framed by `NO_COLOR` and read as one line, where a neighbor is a shift and rows need no loop. Every
    pair of pixels is seen once, from one of its ends: both are of the same color.
    """
    height, width = codes.shape
    margin = max(distances)
    framed = np.full((height + margin, width + margin), NO_COLOR, np.uint8)
    framed[:height, :width] = codes
    shape = (height, width + margin)
    line = np.concatenate([framed.ravel(), np.full(margin, NO_COLOR, np.uint8)])
    flat = codes.ravel().astype(np.intp)
    found = np.zeros((len(distances), colors), np.float32)
    for row, distance in enumerate(distances):
        same = _equal_neighbors(line, shape, distance)[:, :width]
        pairs = np.bincount(flat, same.ravel(), colors)
        possible = np.bincount(flat, _neighbors(height, width, distance), colors)
        found[row] = 2 * pairs / np.maximum(possible, 1)
    return found


def _equal_neighbors(line: Array, shape: tuple[int, int], distance: int) -> npt.NDArray[np.uint8]:
    """(h, w + margin): how many of the half ring to the right and below are of the pixel's color."""
    stride, pixels = shape[1], shape[0] * shape[1]
    counts = np.zeros(pixels, np.uint8)
    for shift in _half_ring(distance, stride):
        first = min(max(-shift, 0), pixels)  # above the first rows there is nothing
        equal = line[first:pixels] == line[first + shift :][: pixels - first]
        counts[first:] += equal.view(np.uint8)
    return counts.reshape(shape)


@functools.lru_cache(256)
def _half_ring(distance: int, stride: int) -> tuple[int, ...]:
    """Offsets on the line of one pixel of each opposite pair at this distance."""
    below = [distance * stride + x for x in range(-distance, distance + 1)]
    beside = [y * stride + distance for y in range(-distance + 1, distance)]
    return (*below, *beside)


def _neighbors(height: int, width: int, distance: int) -> npt.NDArray[np.uint16]:
    """(h w,): how many pixels of a picture of this size are at this distance of each one."""

    def inside(length: int, reach: int) -> npt.NDArray[np.uint16]:
        at = np.arange(length)
        return (np.minimum(at + reach, length - 1) - np.maximum(at - reach, 0) + 1).astype(np.uint16)

    square, inner = (np.outer(inside(height, reach), inside(width, reach)) for reach in (distance, distance - 1))
    return (square - inner).ravel()
