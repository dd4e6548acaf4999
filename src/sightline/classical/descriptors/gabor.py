"""A bank of Gabor filters: how much of each stripe width and direction a picture holds."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.grey import Grey, grey
from sightline.classical.descriptors.regions import regions
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError

REACH = 4.4
"""Standard deviations from its own frequency beyond which a filter passes nothing: less than 1e-4."""
MAX_STEP_PX = 8
MAX_SCALES, MAX_ORIENTATIONS = 8, 32
LEAST_FREQUENCY = 0.002
Complex = npt.NDArray[np.complex64]


class GaborBank(GlobalDescriptor):
    """Mean and standard deviation of the magnitudes of complex Gabor filters, on a grid of regions.

    The bank is that of Manjunath and Ma: frequencies in equal ratios from `lowest` to `highest`, widths such that
    neighboring filters meet at half height. The picture's mean is taken off, the picture mirrored at its border by a
    quarter of its side, and each response sampled more than twice as densely as its band needs: for the default bank,
    every pixel at the two finer scales, every 2nd and 4th at the others. Brightness is in 0..255; stripes of amplitude
    a and of a filter's own frequency have magnitude a / 2. The order is region, scale from the finest, orientation
    from 0 degrees (upright stripes), then mean and deviation; d = grid^2 * scales * orientations * 2.
    Cost: O(h w log(h w) orientations).

    B. S. Manjunath, W. Y. Ma: Texture features for browsing and retrieval of image data. IEEE TPAMI 18, 1996.

    Args:
        scales: stripe widths.
        orientations: directions over 180 degrees.
        lowest: frequency of the coarsest stripes, in cycles per pixel.
        highest: frequency of the finest stripes, in cycles per pixel.
        grid: regions a side; 1 is the whole picture.
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.

    >>> import numpy as np
    >>> x = np.arange(64)
    >>> stripes = np.tile(np.uint8(128 + 50 * np.sin(2 * np.pi * 0.4 * x)), (64, 1))[:, :, None]
    >>> GaborBank().describe(stripes).reshape(4, 6, 2)[0, :2, 0].round()  # half the amplitude; then 30 degrees off
    array([25.,  1.], dtype=float32)
    """

    accepts = Accepts(channels=(1, 3))
    invariant_to = ("offset",)
    limits: ClassVar = {
        "scales": (1, MAX_SCALES),
        "orientations": (2, MAX_ORIENTATIONS),
        "lowest": (LEAST_FREQUENCY, 0.5),
        "highest": (LEAST_FREQUENCY, 0.5),
        "grid": (1, 16),
        "size_px": (1, 2048),
    }

    def __init__(
        self,
        scales: int = 4,
        orientations: int = 6,
        lowest: float = 0.05,
        highest: float = 0.4,
        grid: int = 1,
        size_px: int | None = None,
    ) -> None:
        self.scales = scales
        self.orientations = orientations
        self.lowest = lowest
        self.highest = highest
        self.grid = grid
        self.size_px = size_px

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8 picture to (d,) float32, 0 or more, in units of brightness.

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "GaborBank")
        many = not 1 <= self.scales <= MAX_SCALES or not 2 <= self.orientations <= MAX_ORIENTATIONS or self.grid < 1
        if many or not LEAST_FREQUENCY <= self.lowest <= self.highest <= 0.5:
            raise ComponentError(
                f"GaborBank was given scales={self.scales}, orientations={self.orientations}, lowest={self.lowest}, "
                f"highest={self.highest}, grid={self.grid}; allowed: 1 to {MAX_SCALES} scales, 2 to {MAX_ORIENTATIONS} "
                f"orientations, {LEAST_FREQUENCY} <= lowest <= highest <= 0.5, grid 1 or more"
            )
        maps = responses(grey(picture, self.size_px), self.waves())
        figures = [[mean_and_deviation(part) for part in regions(magnitude, self.grid)] for magnitude in maps]
        return np.array(figures, np.float32).transpose(1, 0, 2).ravel()

    def waves(self) -> tuple[Wave, ...]:
        """The filters of the bank, in the order of the vector."""
        return bank(self.scales, self.orientations, self.lowest, self.highest)


@dataclasses.dataclass(frozen=True)
class Wave:
    """A Gabor filter: a complex wave under a Gaussian; in frequency, a Gaussian around that of the wave.

    Attributes:
        frequency: in cycles per pixel.
        angle: of the direction in which the wave travels, in radians, 0 to the right, a quarter turn is downwards.
        along, across: standard deviations in frequency, in cycles per pixel.
    """

    frequency: float
    angle: float
    along: float
    across: float

    @property
    def step_px(self) -> int:
        """1, 2, 4 or 8: every which pixel is sampled, at least twice as many as the response needs.

        The samples of half as many would have the same energy, but a mean that is 1 percent off that of all pixels.
        """
        step = 1
        while step < MAX_STEP_PX and REACH * max(self.along, self.across) <= 0.125 / step:
            step *= 2
        return step

    def kernel(self, radius_px: int) -> Complex:
        """The filter as (2 radius_px + 1)^2 weights, complex64."""
        y, x = np.mgrid[-radius_px : radius_px + 1, -radius_px : radius_px + 1]
        forth, aside = self.turned(x, y)
        envelope = np.exp(-2 * np.pi**2 * ((forth * self.along) ** 2 + (aside * self.across) ** 2))
        wave = np.exp(2j * np.pi * self.frequency * forth)
        kernel: Complex = (2 * np.pi * self.along * self.across * envelope * wave).astype(np.complex64)
        return kernel

    def passes(self, u: Array, v: Array) -> npt.NDArray[np.float32]:
        """What is let through of the frequencies u (to the right) and v (down), in cycles per pixel: 0 to 1.

        Pixels repeat all frequencies, hence the nearest image of the filter counts, and for a wide one the next ones.
        """
        u, v = u - self.frequency * math.cos(self.angle), v - self.frequency * math.sin(self.angle)
        u, v = u - np.round(u), v - np.round(v)
        images = (0,) if REACH * max(self.along, self.across) <= 0.5 else (-1, 0, 1)
        turned = [self.turned(u + right, v + down) for right in images for down in images]
        passed = sum(np.exp(-0.5 * ((forth / self.along) ** 2 + (aside / self.across) ** 2)) for forth, aside in turned)
        return np.asarray(passed, np.float32)

    def turned(self, x: Array, y: Array) -> tuple[Array, Array]:
        """x and y along and across the wave."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return x * cos + y * sin, y * cos - x * sin


@functools.lru_cache(8)
def bank(scales: int, orientations: int, lowest: float, highest: float) -> tuple[Wave, ...]:
    """Filters that tile the frequencies from `lowest` to `highest`, scale by scale from the finest."""
    ratio = (highest / lowest) ** (1 / (scales - 1)) if scales > 1 and highest > lowest else 2.0
    along = (ratio - 1) / (ratio + 1) / math.sqrt(2 * math.log(2))
    across = math.tan(math.pi / (2 * orientations)) * math.sqrt(1 / (2 * math.log(2)) - along**2)
    frequencies = [highest / ratio**scale for scale in range(scales)]
    angles = [math.pi * number / orientations for number in range(orientations)]
    return tuple(Wave(f, angle, along * f, across * f) for f in frequencies for angle in angles)


def responses(image: Grey, waves: tuple[Wave, ...]) -> list[npt.NDArray[np.float32]]:
    """(h, w) uint8 to the magnitude of each filter's response at the pixels [step_px // 2 :: step_px] both ways.

    One transform of the picture; then, for each filter, the part of the spectrum that it passes goes back. A part cut
    out, 1 / step_px wide, gives the same magnitudes at every step_px-th pixel.
    """
    margins = tuple(_margin(length) for length in image.shape)
    shape = tuple(length + sum(margin) for length, margin in zip(image.shape, margins, strict=True))
    values = image.astype(np.float32) - np.float32(image.mean(dtype=np.float64))
    padded = np.zeros((*shape, 2), np.float32)
    padded[:, :, 0] = cv2.copyMakeBorder(values, *margins[0], *margins[1], cv2.BORDER_REFLECT_101)
    spectrum = cv2.dft(padded).view(np.complex64).ravel()
    maps = []
    for wave, (places, passed) in zip(waves, _transfers(shape, waves), strict=True):
        band = (spectrum.take(places) if places is not None else spectrum.reshape(shape)) * passed
        back = cv2.dft(band.view(np.float32).reshape(*band.shape, 2), flags=cv2.DFT_INVERSE)
        inside = tuple(_samples(*pair, wave.step_px) for pair in zip(image.shape, margins, strict=True))
        maps.append(np.abs(back.view(np.complex64)[..., 0][inside]))
    return maps


def _margin(length: int) -> tuple[int, int]:
    """Mirrored pixels before and after a side: at least a quarter of it each, up to a length that transforms fast."""
    total = -(-3 * length // (2 * MAX_STEP_PX)) * MAX_STEP_PX
    while cv2.getOptimalDFTSize(total) != total:
        total += MAX_STEP_PX
    before = (total - length) // (2 * MAX_STEP_PX) * MAX_STEP_PX
    return before, total - length - before


def _samples(length: int, margin: tuple[int, int], step_px: int) -> slice:
    """Which samples of a mirrored side lie in the picture; one at least, though the first may lie beyond a tiny one."""
    first = margin[0] // step_px
    return slice(first, first + max(-((step_px // 2 - length) // step_px), 1))


@functools.lru_cache(4)
def _transfers(shape: tuple[int, int], waves: tuple[Wave, ...]) -> list[tuple[Array | None, npt.NDArray[np.float32]]]:
    """For each filter: the places (rows, columns) of its band in the spectrum, None for all of it, and what it passes.

    The passed shares are divided by h w, which the inverse transform leaves out.
    """
    found: list[tuple[Array | None, npt.NDArray[np.float32]]] = []
    for wave in waves:
        center = wave.frequency * math.sin(wave.angle), wave.frequency * math.cos(wave.angle)
        rows, columns = (_band(n, f, wave.step_px) for n, f in zip(shape, center, strict=True))
        u, v = columns[None, :] / shape[1], rows[:, None] / shape[0]
        passed = wave.passes(u, v) / np.float32(math.prod(shape))
        if wave.step_px == 1:
            found.append((None, passed))
        else:
            to_first_sample = np.exp(2j * np.pi * (wave.step_px // 2) * (u + v)).astype(np.complex64)
            found.append((rows[:, None] * shape[1] + columns[None, :], passed * to_first_sample))
    return found


def _band(n: int, frequency: float, step_px: int) -> Array:
    """The n / step_px numbers, out of n, of the frequencies around one; all of them in order for a step of 1."""
    if step_px == 1:
        return np.arange(n)
    size = n // step_px
    return (np.arange(size) + round(frequency * n) - size // 2) % n


def mean_and_deviation(magnitudes: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Of (h, w) magnitudes; zeros for an empty region."""
    if magnitudes.size == 0:
        return 0.0, 0.0
    flat = np.ascontiguousarray(magnitudes).ravel()
    mean = float(flat.mean(dtype=np.float64))
    return mean, math.sqrt(max(float(np.dot(flat, flat)) / flat.size - mean**2, 0.0))
