"""Local phase quantization: a texture that stays itself when the picture is blurred."""

from __future__ import annotations

import functools
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.grey import Grey, grey
from sightline.classical.descriptors.regions import regions
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError

MAX_WINDOW_PX = 63
CORRELATION = 0.9
"""Of neighboring pixels, as Ojansivu and Heikkilä assume for photographs."""
FAINT = 2e-4
"""A response below FAINT * window_px^2 is zero: float32 leaves less of a flat window, and its bits would be noise."""
PARTS = 8
"""The real and the imaginary part of four frequencies, one bit each."""


class LocalPhaseQuantization(GlobalDescriptor):
    """Histograms of the signs of four local Fourier coefficients, on a grid of regions.

    A window around each pixel is transformed at the frequencies (a, 0), (0, a), (a, a) and (a, -a), a = 1 / window_px;
    the signs of the real and imaginary parts make a code of 8 bits. A blur that is the same in all directions (out of
    focus, a long exposure of moving air) changes the amplitude of low frequencies but not these signs. Windows lie
    fully inside the picture, which is extended by its border where it is smaller than one. Each region's histogram sums
    to 1; d = grid^2 * 256. Cost: O(h w window_px).

    V. Ojansivu, J. Heikkilä: Blur insensitive texture classification using local phase quantization. ICISP 2008.

    Args:
        window_px: side of the window, odd.
        decorrelate: turn the 8 parts into uncorrelated ones before taking signs, as the paper advises.
        grid: regions a side; 1 is the whole picture.
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.

    >>> import numpy as np
    >>> int(LocalPhaseQuantization().describe(np.full((32, 32, 3), 9, np.uint8)).argmax())  # flat: no phase at all
    0
    """

    accepts = Accepts(channels=(1, 3))
    invariant_to = ("offset",)  # a gain changes no sign either, but is rounded to whole levels, which flips weak ones
    metric = "chi2"
    limits: ClassVar = {"window_px": (3, MAX_WINDOW_PX), "grid": (1, 16), "size_px": (1, 2048)}

    def __init__(self, window_px: int = 7, decorrelate: bool = True, grid: int = 1, size_px: int | None = None) -> None:
        self.window_px = window_px
        self.decorrelate = decorrelate
        self.grid = grid
        self.size_px = size_px

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8 picture to (d,) float32 in [0, 1].

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "LocalPhaseQuantization")
        if not 3 <= self.window_px <= MAX_WINDOW_PX or self.window_px % 2 == 0 or self.grid < 1:
            raise ComponentError(
                f"LocalPhaseQuantization was given window_px={self.window_px}, grid={self.grid}; allowed: window_px "
                f"odd, 3 to {MAX_WINDOW_PX}, grid 1 or more"
            )
        image = grey(picture, self.size_px, least_px=self.window_px)
        codes = phase_codes(image, self.window_px, self.decorrelate)
        return np.concatenate([_histogram(part) for part in regions(codes, self.grid)])


def phase_codes(image: Grey, window_px: int, decorrelate: bool) -> Grey:
    """(h, w) uint8 to the codes of all windows inside, (h - window_px + 1, w - window_px + 1) uint8."""
    parts = fourier_parts(image, window_px)
    if decorrelate:
        parts = (_decorrelation(window_px) @ parts.reshape(PARTS, -1)).reshape(parts.shape)
    codes = np.zeros(parts.shape[1:], np.uint8)
    for bit, part in enumerate(parts):
        codes |= (part > FAINT * window_px**2).view(np.uint8) << np.uint8(bit)
    return codes


def fourier_parts(image: Grey, window_px: int) -> npt.NDArray[np.float32]:
    """(h, w) to (8, rows, columns): real and imaginary part at (a, 0), (0, a), (a, a) and (a, -a), x first."""
    flat, even, odd = _waves(window_px)
    edge = window_px // 2
    rows, columns = (length - 2 * edge for length in image.shape)

    def windows(along_x: Array, along_y: Array) -> Array:
        sums = cv2.sepFilter2D(image, cv2.CV_32F, along_x, along_y)
        inside: Array = np.asarray(sums)[edge : edge + rows, edge : edge + columns]
        return inside

    parts = np.empty((PARTS, rows, columns), np.float32)
    parts[0], parts[1] = windows(even, flat), windows(odd, flat)
    parts[2], parts[3] = windows(flat, even), windows(flat, odd)
    both_even, both_odd = windows(even, even), windows(odd, odd)
    odd_even, even_odd = windows(odd, even), windows(even, odd)
    parts[4], parts[5] = both_even - both_odd, odd_even + even_odd
    parts[6], parts[7] = both_even + both_odd, odd_even - even_odd
    return parts


def _waves(window_px: int) -> tuple[Array, Array, Array]:
    """What a window is weighted with along a side: 1, and both parts of exp(-2 pi i x / window_px)."""
    turns = 2 * np.pi * (np.arange(window_px) - window_px // 2) / window_px
    return np.ones(window_px), np.cos(turns), -np.sin(turns)


@functools.lru_cache(8)
def _decorrelation(window_px: int) -> npt.NDArray[np.float32]:
    """(8, 8) rows: the principal axes of the parts in pictures whose pixels correlate by `CORRELATION` ** distance."""
    flat, even, odd = _waves(window_px)
    one_way = [np.outer(flat, even), np.outer(flat, odd), np.outer(even, flat), np.outer(odd, flat)]
    both, twisted = np.outer(even, even), np.outer(odd, odd)
    right, down = np.outer(even, odd), np.outer(odd, even)
    basis = np.stack([*one_way, both - twisted, right + down, both + twisted, right - down]).reshape(PARTS, -1)
    y, x = np.divmod(np.arange(window_px**2), window_px)
    distance = np.hypot(y[:, None] - y[None, :], x[:, None] - x[None, :])
    # Axes of equal variance could be turned at will by the library that finds them; this makes no two equal.
    apart = np.diag(1 + 1e-6 * np.arange(PARTS)[::-1])
    _, axes = np.linalg.eigh(apart @ basis @ CORRELATION**distance @ basis.T @ apart)
    axes = axes.T[::-1]
    signs = np.sign(axes[np.arange(PARTS), np.abs(axes).argmax(axis=1)])
    return np.asarray(axes * signs[:, None], np.float32)


def _histogram(codes: Grey) -> Vector:
    """The share of each code, summing to 1; zeros for an empty region."""
    if codes.size == 0:
        return np.zeros(256, np.float32)
    counts = cv2.calcHist([np.ascontiguousarray(codes)], [0], None, [256], [0.0, 256.0]).ravel()
    shares: Vector = (counts / codes.size).astype(np.float32)
    return shares
