"""Local binary patterns: the texture of a surface, whatever the light."""

from __future__ import annotations

import functools
from typing import ClassVar

import cv2
import numpy as np

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.grey import Grey, grey
from sightline.classical.descriptors.regions import regions
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError

MAX_POINTS = 24
"""As many as the literature uses (24 at radius 3); a pattern must fit into 32 bits."""
MAX_RADIUS = 1024
DIAGONAL = 0.29289 / 0.70711
"""Weight of a side neighbor over that of the corner, where a circle of radius 1 is sampled at 45 degrees."""
STRIP_PX = 32768
"""Pixels worked on at once: a strip's dozen float32 arrays stay in a core's cache (4 against 20 ms at 1024 x 768)."""
TIE = 0.0005
"""Half of the least nonzero |corner + DIAGONAL * sides| that uint8 differences can give: 0.001, at 70 and -169."""


class LocalBinaryPattern(GlobalDescriptor):
    """Histograms of uniform local binary patterns on a grid of regions, at one radius or at several.

    Each pixel is compared with `points` samples on a circle around it (bilinear; outside the picture is 0); a pattern
    of bits is uniform if it changes at most twice around the circle. `rotation_invariant` counts its ones alone
    (points + 2 bins), otherwise each uniform pattern has a bin (points * (points - 1) + 3). The codes are those of
    scikit-image's "uniform" and "nri_uniform" methods, but where a sample equals the pixel in exact arithmetic: its
    rounding errors may then say "darker", here a tie is always "as bright". Each region's histogram sums to 1; circles
    follow each other, so d = grid^2 * bins for one and the sum of that for several. Cost: O(h w points).

    T. Ojala, M. Pietikäinen, T. Mäenpää: Multiresolution gray-scale and rotation invariant texture classification with
    local binary patterns. IEEE TPAMI 24, 2002.

    Args:
        points: samples on the circle, 4 to 24; a tuple has one number for each radius.
        radius: of the circle, in pixels; a tuple describes several circles.
        grid: regions a side; 1 is the whole picture.
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.
        rotation_invariant: forget where on the circle the ones are.

    >>> import numpy as np
    >>> int(LocalBinaryPattern().describe(np.full((32, 32, 3), 9, np.uint8)).argmax())  # flat: all 8 bits are ones
    8
    >>> LocalBinaryPattern(points=(8, 16), radius=(1, 2)).describe(np.zeros((32, 32, 1), np.uint8)).shape
    (28,)
    """

    accepts = Accepts(channels=(1, 3))
    invariant_to = ("gain", "offset")
    metric = "chi2"
    limits: ClassVar = {
        "points": (4, MAX_POINTS),
        "radius": (0.1, MAX_RADIUS),
        "grid": (1, 64),
        "size_px": (1, 2048),
    }

    def __init__(
        self,
        points: int | tuple[int, ...] = 8,
        radius: float | tuple[float, ...] = 1,
        grid: int = 1,
        size_px: int | None = None,
        rotation_invariant: bool = True,
    ) -> None:
        self.points = points
        self.radius = radius
        self.grid = grid
        self.size_px = size_px
        self.rotation_invariant = rotation_invariant

    def invariances(self) -> tuple[str, ...]:
        """Turning and mirroring change nothing either, as long as ones are counted over the whole picture."""
        turned = all(points % 4 == 0 for points, _ in self._circles())
        whole = self.rotation_invariant and self.grid == 1 and turned
        return (*self.invariant_to, "rotate90", "flip") if whole else self.invariant_to

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8 picture to (d,) float32 in [0, 1].

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range, or not as many points as radii.
        """
        self.accepts.check(picture, "LocalBinaryPattern")
        circles = self._circles()
        if self.grid < 1:
            raise ComponentError(f"LocalBinaryPattern was given grid={self.grid}; allowed: 1 or more")
        image = grey(picture, self.size_px)
        parts = [
            _histogram(part, points, self.rotation_invariant)
            for points, radius in circles
            for part in regions(patterns(image, points, radius), self.grid)
        ]
        return np.concatenate(parts, dtype=np.float32, casting="same_kind")

    def _circles(self) -> list[tuple[int, float]]:
        """Points and radius of each circle."""
        radii = self.radius if isinstance(self.radius, tuple) else (self.radius,)
        points = self.points if isinstance(self.points, tuple) else (self.points,) * len(radii)
        known = all(4 <= one <= MAX_POINTS for one in points) and all(0 < one <= MAX_RADIUS for one in radii)
        if not radii or len(points) != len(radii) or not known:
            raise ComponentError(
                f"LocalBinaryPattern was given points={self.points}, radius={self.radius}; allowed: points 4 to "
                f"{MAX_POINTS}, radius above 0 and at most {MAX_RADIUS}, as many of the one as of the other"
            )
        return list(zip(points, radii, strict=True))


def patterns(image: Grey, points: int, radius: float) -> Array:
    """(h, w) uint8 to (h, w) codes: bit i is set where sample i of the circle is at least as bright as the pixel."""
    if points == 8 and radius == 1:
        return _patterns_of_eight(image)
    margin = int(np.ceil(radius)) + 1
    padded = _bordered(image, margin)
    rows = max(STRIP_PX // (2 * padded.shape[1]), 1)
    strips = [padded[y : y + rows + 2 * margin] for y in range(0, image.shape[0], rows)]
    return np.concatenate([_strip_of_circle(strip, margin, points, radius) for strip in strips])


def _bordered(image: Grey, margin: int) -> Grey:
    bordered = cv2.copyMakeBorder(image, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=[0.0])
    return np.asarray(bordered, np.uint8)


def _strip_of_circle(padded: Grey, margin: int, points: int, radius: float) -> Array:
    """The codes of a strip of the picture, given with `margin` pixels around it."""
    inner = padded[margin:-margin, margin:-margin]
    values = padded.astype(np.float64)
    needed = values[margin:-margin, margin:-margin] - 1e-7  # a sample's rounding error is below 1e-12: this is a tie
    turns = 2 * np.pi * np.arange(points) / points
    down, right = np.round(-radius * np.sin(turns), 5), np.round(radius * np.cos(turns), 5)
    dtype = np.uint8 if points <= 8 else np.uint16 if points <= 16 else np.uint32
    codes = np.zeros(inner.shape, dtype)
    for bit in range(points):
        rows = _between(values, margin + float(down[bit]), inner.shape[0])
        sample = _between(rows.T, margin + float(right[bit]), inner.shape[1]).T
        codes |= np.left_shift((sample >= needed).view(np.uint8), bit, dtype=dtype)
    return codes


def _between(values: Array, start: float, length: int) -> Array:
    """`length` rows from row `start` on, which may lie between two: then both are blended."""
    first = int(np.floor(start))
    share = start - first
    upper = values[first : first + length]
    if share == 0:
        return upper
    blended: Array = upper * (1 - share)
    blended += values[first + 1 : first + 1 + length] * share
    return blended


def _patterns_of_eight(image: Grey) -> Grey:
    """`patterns` for 8 points at radius 1, 10 times faster: the corner samples share their sums and need no float64.

    A corner sample is at least as bright as the center where corner + q * (side + side) >= (1 + 2 q) * center with
    q = `DIAGONAL`; in float32 that is exact but for ties, and those `TIE` decides.
    """
    height, width = image.shape
    padded = _bordered(image, 1)
    rows = max(STRIP_PX // (width + 2), 1)
    return np.concatenate([_strip_of_eight(padded[y : y + rows + 2]) for y in range(0, height, rows)])


def _strip_of_eight(padded: Grey) -> Grey:
    """(h + 2, w + 2) to (h, w) codes, on one line of all pixels: there a neighbor is a shift, and rows need no loop."""
    height, line = padded.shape[0] - 2, padded.shape[1]
    padded = padded.ravel()
    values = padded.astype(np.float32)
    sides = values * np.float32(DIAGONAL)
    pixels = height * line - 2  # from the first inner pixel to the last one; the border between lines is dropped below

    def shifted(array: Array, down: int, right: int) -> Array:
        start = line + 1 + down * line + right
        return array[start : start + pixels]

    center = shifted(padded, 0, 0)
    needed = shifted(values, 0, 0) * np.float32(1 + 2 * DIAGONAL) - np.float32(TIE)
    to_east, to_west = needed - shifted(sides, 0, 1), needed - shifted(sides, 0, -1)
    east, west = values[1:] + sides[:-1], values[:-1] + sides[1:]
    bits = (
        shifted(east, 1, 0) >= to_east,
        shifted(padded, 1, 0) >= center,
        shifted(west, 1, -1) >= to_west,
        shifted(padded, 0, -1) >= center,
        shifted(west, -1, -1) >= to_west,
        shifted(padded, -1, 0) >= center,
        shifted(east, -1, 0) >= to_east,
        shifted(padded, 0, 1) >= center,
    )
    codes = np.zeros(height * line, np.uint8)
    inner = codes[:pixels]
    for bit in bits:  # the highest first; doubling is vectorized, shifting bytes is not
        inner += inner
        inner |= bit.view(np.uint8)
    return codes.reshape(height, line)[:, :-2]


def uniform_numbers(codes: Array, points: int, rotation_invariant: bool) -> Array:
    """The bin of every pattern, same shape, int64: scikit-image's numbers for "uniform" or "nri_uniform"."""
    codes = codes.astype(np.uint32)
    turned = (codes >> 1) | ((codes & 1) << (points - 1))
    ones, changes = np.bitwise_count(codes).astype(np.int64), np.bitwise_count(codes ^ turned)
    if rotation_invariant:
        return np.where(changes <= 2, ones, points + 1)
    bits = np.stack([(codes >> bit & 1).astype(np.uint8) for bit in range(points)], axis=-1)
    first_one, first_zero = bits.argmax(axis=-1), bits.argmin(axis=-1)
    turns = np.where(bits[..., 0] == 1, ones - first_zero, points - first_one)
    numbers = np.where(ones == 0, 0, 1 + (ones - 1) * points + turns)
    numbers[ones == points] = points * (points - 1) + 1
    return np.where(changes <= 2, numbers, points * (points - 1) + 2)


@functools.lru_cache(2)
def _numbers_of_bytes(rotation_invariant: bool) -> Array:
    return uniform_numbers(np.arange(256), 8, rotation_invariant)


def _histogram(codes: Array, points: int, rotation_invariant: bool) -> Array:
    """The share of each bin, summing to 1; zeros for an empty region."""
    size = points + 2 if rotation_invariant else points * (points - 1) + 3
    if points == 8:  # count the bytes first and give their counts a bin: one pass over bytes, no lookup for each pixel
        counts = np.bincount(_numbers_of_bytes(rotation_invariant), _count_bytes(codes), size)
    else:
        numbers = uniform_numbers(codes, points, rotation_invariant)
        counts = np.bincount(numbers.ravel(), minlength=size).astype(np.float64)
    shares: Array = counts / max(counts.sum(), 1.0)
    return shares


def _count_bytes(codes: Array) -> Array:
    if codes.size == 0:
        return np.zeros(256)
    return cv2.calcHist([np.ascontiguousarray(codes)], [0], None, [256], [0.0, 256.0]).ravel()
