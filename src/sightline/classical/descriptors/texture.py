"""Local binary patterns: the texture of a surface, whatever the light."""

from __future__ import annotations

import functools
import itertools
from typing import ClassVar

import cv2
import numpy as np

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.grey import Grey, grey
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError

MAX_POINTS = 24
"""As many as the literature uses (24 at radius 3); a pattern must fit into 32 bits."""
DIAGONAL = 0.29289 / 0.70711
"""Weight of a side neighbor over that of the corner, where a circle of radius 1 is sampled at 45 degrees."""
STRIP_PX = 32768
"""Pixels worked on at once: a strip's dozen float32 arrays stay in a core's cache (4 against 20 ms at 1024 x 768)."""
TIE = 0.0005
"""Half of the least nonzero |corner + DIAGONAL * sides| that uint8 differences can give: 0.001, at 70 and -169."""


class LocalBinaryPattern(GlobalDescriptor):
    """Histograms of uniform local binary patterns on a grid of regions.

    Each pixel is compared with `points` samples on a circle around it (bilinear; outside the picture is 0); a pattern
    of bits is uniform if it changes at most twice around the circle. `rotation_invariant` counts its ones alone
    (points + 2 bins), otherwise each uniform pattern has a bin (points * (points - 1) + 3). The codes are those of
    scikit-image's "uniform" and "nri_uniform" methods, but where a sample equals the pixel in exact arithmetic: its
    rounding errors may then say "darker", here a tie is always "as bright". Each region's
    histogram sums to 1; d = grid^2 * bins.
    Cost: O(h w points).

    T. Ojala, M. Pietikäinen, T. Mäenpää: Multiresolution gray-scale and rotation invariant texture classification with
    local binary patterns. IEEE TPAMI 24, 2002.

    Args:
        points: samples on the circle, 4 to 24.
        radius: of the circle, in pixels.
        grid: regions a side; 1 is the whole picture.
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.
        rotation_invariant: forget where on the circle the ones are.

    >>> import numpy as np
    >>> int(LocalBinaryPattern().describe(np.full((32, 32, 3), 9, np.uint8)).argmax())  # flat: all 8 bits are ones
    8
    """

    accepts = Accepts(channels=(1, 3))
    invariant_to = ("gain", "offset")
    limits: ClassVar = {"points": (4, MAX_POINTS), "radius": (0.1, 1024), "grid": (1, 64), "size_px": (1, 2048)}

    def __init__(
        self,
        points: int = 8,
        radius: float = 1,
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
        whole = self.rotation_invariant and self.grid == 1 and self.points % 4 == 0
        return (*self.invariant_to, "rotate90", "flip") if whole else self.invariant_to

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8 picture to (d,) float32 in [0, 1].

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "LocalBinaryPattern")
        if not 4 <= self.points <= MAX_POINTS or self.radius <= 0 or self.grid < 1:
            raise ComponentError(
                f"LocalBinaryPattern was given points={self.points}, radius={self.radius}, grid={self.grid}; "
                f"allowed: points 4 to {MAX_POINTS}, radius above 0, grid 1 or more"
            )
        codes = patterns(grey(picture, self.size_px), self.points, self.radius)
        parts = [_histogram(part, self.points, self.rotation_invariant) for part in regions(codes, self.grid)]
        return np.concatenate(parts).astype(np.float32)


def patterns(image: Grey, points: int, radius: float) -> Array:
    """(h, w) uint8 to (h, w) codes: bit i is set where sample i of the circle is at least as bright as the pixel."""
    if points == 8 and radius == 1:
        return _patterns_of_eight(image)
    dtype = np.uint16 if points <= 16 else np.uint32
    codes = np.zeros(image.shape, dtype)
    margin = int(np.ceil(radius))
    padded = np.pad(image.astype(np.float64), margin)
    turns = 2 * np.pi * np.arange(points) / points
    down, right = np.round(-radius * np.sin(turns), 5), np.round(radius * np.cos(turns), 5)
    for bit in range(points):
        # Differences to the center are sampled, not values: then a flat patch gives 0 exactly, and 1e-7 decides ties.
        brighter = _sample(padded, margin, image.shape, down[bit], right[bit]) >= -1e-7
        codes |= np.left_shift(brighter.astype(dtype), bit, dtype=dtype)
    return codes


def _sample(padded: Array, margin: int, shape: tuple[int, ...], dy: float, dx: float) -> Array:
    """The picture moved by (dy, dx), bilinear, less the picture itself; (h, w) float64."""
    height, width = shape
    center = padded[margin : margin + height, margin : margin + width]
    top, left = int(np.floor(dy)), int(np.floor(dx))
    total = np.zeros(shape)
    for y, x in itertools.product((top, top + 1), (left, left + 1)):
        weight = (1 - abs(dy - y)) * (1 - abs(dx - x))
        if weight > 0:
            total += weight * (padded[margin + y :, margin + x :][:height, :width] - center)
    return total


def _patterns_of_eight(image: Grey) -> Grey:
    """`patterns` for 8 points at radius 1, 10 times faster: the corner samples share their sums and need no float64.

    A corner sample is at least as bright as the center where corner + q * (side + side) >= (1 + 2 q) * center with
    q = `DIAGONAL`; in float32 that is exact but for ties, and those `TIE` decides.
    """
    height, width = image.shape
    padded = np.pad(image, 1)
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


def regions(values: Array, grid: int) -> list[Array]:
    """The grid x grid parts of an (h, w, ...) array, row by row; a part may be empty where h or w is below grid."""
    y = np.linspace(0, values.shape[0], grid + 1).round().astype(int)
    x = np.linspace(0, values.shape[1], grid + 1).round().astype(int)
    return [values[y[i] : y[i + 1], x[j] : x[j + 1]] for i in range(grid) for j in range(grid)]


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
