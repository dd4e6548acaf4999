"""Statistics of the values themselves: how bright, how spread, how busy, channel by channel and place by place."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.regions import regions
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError, InputError

PERCENTILES = (5, 25, 50, 75, 95)
NAMES = (
    "mean",
    "deviation",
    "skewness",
    "kurtosis",
    *(f"percentile {percent}" for percent in PERCENTILES),
    "entropy",
    "edges",
)
"""What each channel of each region gives, in this order."""
DEEP_LEVELS = 4096
"""uint16 and float32 are counted on so many levels: as deep as most sensors, and 64 regions of 16 channels fit."""


class IntensityStatistics(GlobalDescriptor):
    """Moments, percentiles, entropy and edge density of every channel, on a grid of regions.

    - mean and deviation, with white = 1; skewness; excess kurtosis (a normal distribution has 0). Both are 0 where the
      deviation is.
    - the percentiles 5, 25, 50, 75 and 95: the least value that so many percent of the pixels do not exceed.
    - entropy of 256 equal classes of values, as a share of its 8 bits.
    - edges: the share of pixels that are steeper than `edge` (Sobel's slope).

    The order of the d = grid^2 * c * 11 values is region, channel, statistic; a region without pixels gives zeros.
    White is 255 in uint8, 65535 in uint16, 1 in float32; float32 values beyond [0, 1] count as its ends, and what is
    deeper than 8 bits is counted on 4,096 levels. Cost: O(h w c).

    L. G. Shapiro, G. C. Stockman: Computer vision, 2001, chapters 6 and 7.

    Args:
        grid: regions a side; 1 is the whole picture.
        edge: steepness in whites a pixel. The default is Canny's usual upper threshold: a step of 0.2 has it.

    >>> import numpy as np
    >>> IntensityStatistics().describe(np.full((8, 8, 1), 255, np.uint8))
    array([1., 0., 0., 0., 1., 1., 1., 1., 1., 0., 0.], dtype=float32)
    """

    accepts = Accepts(channels=tuple(range(1, 17)), depths=("uint8", "uint16", "float32"))
    limits: ClassVar = {"grid": (1, 16), "edge": (0, 1)}

    def __init__(self, grid: int = 1, edge: float = 0.1) -> None:
        self.grid = grid
        self.edge = edge

    def invariances(self) -> tuple[str, ...]:
        """Turning and mirroring move no pixel out of the picture."""
        return ("rotate90", "flip") if self.grid == 1 else ()

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 to 16) uint8, uint16 or float32 picture to (d,) float32.

        Raises:
            InputError: a picture of another kind, or with NaN or infinity.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "IntensityStatistics")
        if self.grid < 1 or not 0 <= self.edge <= 1:
            raise ComponentError(
                f"IntensityStatistics was given grid={self.grid}, edge={self.edge}; allowed: grid 1 or more, "
                "edge 0 to 1"
            )
        counts = np.concatenate([level_counts(part) for part in regions(levels(picture), self.grid)])
        edges = np.concatenate([_share(part) for part in regions(steeper(picture, self.edge), self.grid)])
        return np.column_stack([of_counts(counts), edges]).ravel().astype(np.float32)


def levels(picture: Picture) -> Array:
    """(h, w, c) to the same shape: uint8 as it is, uint16 and float32 as uint16 below `DEEP_LEVELS`.

    Raises:
        InputError: NaN or infinity.
    """
    picture = np.ascontiguousarray(picture)
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype == np.uint16:
        return picture >> 4
    if not np.isfinite(picture).all():
        raise InputError("IntensityStatistics was given a picture with NaN or infinity; allowed: finite, white is 1")
    return np.round(np.clip(picture, 0, 1) * np.float32(DEEP_LEVELS - 1)).astype(np.uint16)


def level_counts(part: Array) -> npt.NDArray[np.float64]:
    """(h, w, c) levels to (c, 256 or 4096): how many pixels of each channel have each level."""
    depth = 256 if part.dtype == np.uint8 else DEEP_LEVELS
    if part.size == 0:
        return np.zeros((part.shape[2], depth))
    part, ends = np.ascontiguousarray(part), [0.0, float(depth)]
    channels = range(part.shape[2])
    counts = [cv2.calcHist([part], [channel], None, [depth], ends).ravel() for channel in channels]
    return np.array(counts, np.float64)


def of_counts(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n, levels) counts to (n, 10): all of `NAMES` but the edges; zeros where nothing was counted."""
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    values = np.arange(counts.shape[1]) / (counts.shape[1] - 1)
    means = shares @ values
    away = values - means[:, None]
    squares = away * away * shares
    second, third, fourth = squares.sum(axis=1), (squares * away).sum(axis=1), (squares * away * away).sum(axis=1)
    spread = np.where(second > 0, second, 1)
    flat = np.where(second > 0, 3.0, 0.0)
    moments = (means, np.sqrt(second), third / spread**1.5, fourth / spread**2 - flat)
    return np.column_stack([*moments, _percentiles(counts, totals) / (values.size - 1), _entropy(shares)])


def _percentiles(counts: Array, totals: Array) -> Array:
    """(n, levels) to (n, 5): for each percentage the least level up to which so many lie; 0 where there are none."""
    reached = np.cumsum(counts, axis=1)
    return np.column_stack([(reached < totals * (percent / 100)).sum(axis=1) for percent in PERCENTILES])


def _entropy(shares: Array) -> Array:
    """(n, levels) to (n,) in [0, 1]: entropy of 256 classes, in bytes."""
    classes = shares.reshape(len(shares), 256, -1).sum(axis=2)
    entropy: Array = (classes * np.log2(1 / np.where(classes > 0, classes, 1))).sum(axis=1) / 8
    return entropy


def _share(part: Array) -> Array:
    """(h, w, c) bool to (c,): how much of each channel is set; 0 for no pixels."""
    share: Array = part.sum(axis=(0, 1)) / max(part.shape[0] * part.shape[1], 1)
    return share


def steeper(picture: Picture, edge: float) -> Array:
    """(h, w, c) to (h, w, c) bool: where Sobel's slope exceeds `edge` whites a pixel."""
    picture = np.ascontiguousarray(picture)
    white = 1.0 if picture.dtype == np.float32 else float(np.iinfo(picture.dtype).max)
    right = cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=1 / (8 * white)).reshape(picture.shape)
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=1 / (8 * white)).reshape(picture.shape)
    with np.errstate(over="ignore"):  # float32 pictures may hold any number; infinity is steep
        steep: Array = right * right + down * down > edge * edge
    return steep
