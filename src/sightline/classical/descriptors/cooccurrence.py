"""Co-occurrence of grey levels: how a level is followed by another, at a distance and in a direction."""

from __future__ import annotations

import functools
from typing import ClassVar

import cv2
import numpy as np

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.grey import Grey, grey
from sightline.classical.descriptors.pair_counts import GREATEST, Tally, tally
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError, nearest

DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1))
"""Rows down and columns right to the second pixel of a pair, in Haralick's order: 0, 45, 90 and 135 degrees."""
MAX_DISTANCE = 64
POOLINGS = ("mean", "mean+range", "each")


class Cooccurrence(GlobalDescriptor):
    """Statistics of the co-occurrence matrices of grey levels, in four directions.

    Pairs are counted both ways, so that a matrix is symmetric; a distance is that of the larger axis, as Haralick has
    it: (2, 2) pixels for 2 on a diagonal. "haralick" gives his 13 statistics as mahotas computes them with
    use_x_minus_y_variance=True, in this order: angular second moment, contrast, correlation, variance, inverse
    difference moment, sum average, sum variance, sum entropy, entropy, difference variance, difference entropy, first
    and second information measure of correlation (entropies in bits). "properties" gives the six of scikit-image:
    contrast, dissimilarity, homogeneity, ASM, energy, correlation. Correlation is 1 where all pixels are equal.
    A picture with no pair at a distance is extended by its border until it has one.
    `pooling` is over the directions: their mean, Haralick's mean and range (greatest less least), or each. The vector
    goes by distance, then mean and range or direction, then statistic; d = len(distances) * (1, 2 or 4) * (13 or 6).
    Cost: O(h w + levels^2) for each distance.

    R. M. Haralick, K. Shanmugam, I. Dinstein: Textural features for image classification. IEEE TSMC 3, 1973.

    Args:
        features: "haralick" or "properties".
        levels: grey levels, of equal width, that the 256 are brought to.
        distances: of the pixels of a pair.
        pooling: "mean", "mean+range" or "each".
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.

    >>> import numpy as np
    >>> stripes = np.tile(np.array([0, 100], np.uint8), (16, 8))[:, :, None]
    >>> Cooccurrence("properties", pooling="each").describe(stripes).reshape(4, 6)[:, 0]  # contrast is along the rows
    array([10000., 10000.,     0., 10000.], dtype=float32)
    """

    accepts = Accepts(channels=(1, 3))
    limits: ClassVar = {"levels": (2, 256), "distances": (1, MAX_DISTANCE), "size_px": (1, 2048)}

    def __init__(
        self,
        features: str = "haralick",
        levels: int = 256,
        distances: tuple[int, ...] = (1,),
        pooling: str = "mean+range",
        size_px: int | None = None,
    ) -> None:
        self.features = features
        self.levels = levels
        self.distances = distances
        self.pooling = pooling
        self.size_px = size_px

    def invariances(self) -> tuple[str, ...]:
        """A quarter turn and a mirror exchange the directions, which mean and range forget."""
        return () if self.pooling == "each" else ("rotate90", "flip")

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8 picture to (d,) float32.

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "Cooccurrence")
        self._check_parameters()
        image = quantize(grey(picture, self.size_px, least_px=max(self.distances) + 1), self.levels)
        return np.concatenate([self._at(image, distance) for distance in self.distances]).astype(np.float32)

    def _at(self, image: Grey, distance: int) -> Array:
        """The statistics at one distance, pooled."""
        steps = [(down * distance, right * distance) for down, right in DIRECTIONS]
        rows = FEATURES[self.features](tally(image, steps))
        if self.pooling == "each":
            return rows.ravel()
        mean: Array = rows.sum(axis=0) / len(rows)
        return mean if self.pooling == "mean" else np.concatenate([mean, rows.max(axis=0) - rows.min(axis=0)])

    def _check_parameters(self) -> None:
        if self.features not in FEATURES:
            raise ComponentError(f'Cooccurrence has no features "{self.features}"; {nearest(self.features, FEATURES)}')
        if self.pooling not in POOLINGS:
            raise ComponentError(f'Cooccurrence has no pooling "{self.pooling}"; {nearest(self.pooling, POOLINGS)}')
        far = not self.distances or not all(1 <= distance <= MAX_DISTANCE for distance in self.distances)
        if far or not 2 <= self.levels <= GREATEST + 1:
            raise ComponentError(
                f"Cooccurrence was given levels={self.levels}, distances={self.distances}; allowed: levels 2 to "
                f"{GREATEST + 1}, one or more distances of 1 to {MAX_DISTANCE}"
            )


def quantize(image: Grey, levels: int) -> Grey:
    """(h, w) uint8 to levels 0 to levels - 1, of equal width."""
    if levels == GREATEST + 1:
        return image
    return np.asarray(cv2.LUT(image, (np.arange(GREATEST + 1) * levels // (GREATEST + 1)).astype(np.uint8)), np.uint8)


def properties(of: Tally) -> Array:
    """(s, 6): contrast, dissimilarity, homogeneity, ASM, energy, correlation."""
    contrast, dissimilarity, homogeneity = _of_differences(of)
    _, variance = _mean_and_variance(of)
    correlation = _correlation(contrast, variance)
    return np.stack([contrast, dissimilarity, homogeneity, of.moments, np.sqrt(of.moments), correlation], axis=1)


def haralick(of: Tally) -> Array:
    """(s, 13): Haralick's statistics in his order.

    A symmetric matrix has one marginal, hence i + j has variance 4 v - contrast, and the entropy of the product of both
    marginals is twice that of one.
    """
    contrast, dissimilarity, homogeneity = _of_differences(of)
    mean, variance = _mean_and_variance(of)
    joint, difference, total, single = of.entropies
    shared = joint - 2 * single
    rows = [
        of.moments,
        contrast,
        _correlation(contrast, variance),
        variance,
        homogeneity,
        2 * mean,
        4 * variance - contrast,
        total,
        joint,
        contrast - dissimilarity**2,
        difference,
        shared / np.maximum(single, 1e-300),
        np.sqrt(np.maximum(1 - np.exp(2 * shared), 0)),
    ]
    return np.array(rows).T


FEATURES = {"haralick": haralick, "properties": properties}
"""Name -> the function of a `Tally` that gives the statistics of its matrices."""


def _of_differences(of: Tally) -> Array:
    """(3, s): the means of (i - j)^2, |i - j| and 1 / (1 + (i - j)^2)."""
    means: Array = (of.differences @ _weights()[: of.differences.shape[1]]).T
    return means


def _mean_and_variance(of: Tally) -> tuple[Array, Array]:
    square, mean, _ = (of.marginals @ _weights()[: of.marginals.shape[1]]).T
    return of.lowest + mean, square - mean**2


@functools.lru_cache(1)
def _weights() -> Array:
    """(256, 3): k^2, k and 1 / (1 + k^2)."""
    k = np.arange(GREATEST + 1.0)
    return np.stack([k**2, k, 1 / (1 + k**2)], axis=1)


def _correlation(contrast: Array, variance: Array) -> Array:
    """Of both ends of a pair: (i - j)^2 has mean 2 v - 2 cov."""
    varied = variance > 0
    return np.where(varied, 1 - contrast / np.where(varied, 2 * variance, 1), 1.0)
