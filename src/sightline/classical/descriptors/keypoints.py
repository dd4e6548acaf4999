"""Dense SIFT: what each patch of a picture looks like, for a codebook to count."""

from __future__ import annotations

import functools
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture
from sightline.classical.descriptors.grey import Grey, gradient_angles, gradient_codes, grey
from sightline.contracts import Accepts, LocalDescriptor, LocalFeatures
from sightline.errors import ComponentError

BINS = 4
"""Spatial bins a side of a patch."""
DIRECTIONS = 8
CLIP = 0.2
FAINT = 0.02
"""A patch whose whole gradient, with white = 1, is shorter than this is scaled by it instead of to length 1.

A flat patch holds rounding noise alone; scaled to length 1 it would look like any texture."""


class DenseSIFT(LocalDescriptor):
    """SIFT descriptors of upright patches on a regular grid.

    Each patch has 4 x 4 bins of bin_px pixels and 8 directions; votes are shared linearly between directions and
    between bins, the Gaussian window is taken as constant inside a bin (Vedaldi and Fulkerson's flat window).
    Vectors are normalized, clipped at 0.2 and normalized again. The order of the 128 values is bin row, bin column,
    direction. Cost: O(h w) for the gradients and two matrix products; 225 patches of a 128 x 128 picture take 1 ms.

    D. G. Lowe: Distinctive image features from scale-invariant keypoints. IJCV 60, 2004.
    A. Vedaldi, B. Fulkerson: VLFeat, 2008.
    R. Arandjelovic, A. Zisserman: Three things everyone should know to improve object retrieval. CVPR 2012 (the root).

    Args:
        step_px: distance of neighboring patches.
        bin_px: side of a bin; a patch covers 4 * bin_px pixels.
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.
        root: RootSIFT, the square root of each vector's shares.

    >>> import numpy as np
    >>> DenseSIFT().describe(np.zeros((128, 128, 3), np.uint8)).vectors.shape
    (225, 128)
    """

    accepts = Accepts(channels=(1, 3))
    limits: ClassVar = {"step_px": (1, 1024), "bin_px": (1, 1024), "size_px": (1, 1024)}

    def __init__(self, step_px: int = 8, bin_px: int = 4, size_px: int | None = None, root: bool = True) -> None:
        self.step_px = step_px
        self.bin_px = bin_px
        self.size_px = size_px
        self.root = root

    def describe(self, picture: Picture) -> LocalFeatures:
        """One (h, w, 1 or 3) uint8 picture to m vectors of 128; m is 0 where the picture is smaller than a patch.

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter below 1.
        """
        self.accepts.check(picture, "DenseSIFT")
        if self.step_px < 1 or self.bin_px < 1:
            raise ComponentError(
                f"DenseSIFT was given step_px={self.step_px}, bin_px={self.bin_px}; allowed: 1 or more"
            )
        image = grey(picture, self.size_px)
        rows, columns = (_centers(length, self.step_px, self.bin_px) for length in image.shape)
        if not len(rows) or not len(columns):
            return LocalFeatures(np.zeros((0, BINS * BINS * DIRECTIONS), np.float32), np.zeros((0, 2), np.float32))
        vectors = normalize(gather(image, rows, columns, self.bin_px), self.root)
        x, y = np.meshgrid(columns / image.shape[1], rows / image.shape[0])
        return LocalFeatures(vectors, np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32))


def _centers(length: int, step_px: int, bin_px: int) -> Array:
    """Patch centers along a side, in pixels from the edge of the picture; what is left over is shared by both edges."""
    patch = BINS * bin_px
    room = length - patch
    return np.arange(room % step_px // 2, room + 1, step_px) + patch / 2 if room >= 0 else np.zeros(0)


def direction_maps(image: Grey) -> npt.NDArray[np.float32]:
    """(h, w) uint8 to (h, 8, w) float32: each pixel's magnitude, shared between the two nearest of 8 directions."""
    height, width = image.shape
    codes = gradient_codes(image)
    lower, low_share, high_share = _shares()
    maps = np.zeros((height, DIRECTIONS, width), np.float32)
    first = lower.take(codes)
    y, x = np.arange(height)[:, None] * (DIRECTIONS * width), np.arange(width)[None, :]
    flat, pixel = maps.reshape(-1), y + x
    flat[pixel + first * width] = low_share.take(codes)
    flat[pixel + (first + 1) % DIRECTIONS * width] = high_share.take(codes)
    return maps


@functools.lru_cache(1)
def _shares() -> tuple[Array, Array, Array]:
    """For every gradient code: the direction below its angle, and the magnitude given to it and to the next one."""
    angles, magnitudes = gradient_angles()
    direction = angles / (360.0 / DIRECTIONS)
    lower = np.floor(direction).astype(np.intp)
    above = direction - lower
    shares = ((1 - above) * magnitudes).astype(np.float32), (above * magnitudes).astype(np.float32)
    return (lower % DIRECTIONS, *shares)


def gather(image: Grey, rows: Array, columns: Array, bin_px: int) -> npt.NDArray[np.float32]:
    """Raw descriptors (m, 4, 4, 8) of the patches centered at rows x columns.

    Summing with triangles and reading at the bins' centers is linear along each side, hence two matrix products: one
    with each distinct bin row, one with each distinct bin column. BLAS does that faster than any filter.
    """
    height, width = image.shape
    row_weights, row_of = _triangles(tuple(rows), height, bin_px)
    column_weights, column_of = _triangles(tuple(columns), width, bin_px)
    maps = direction_maps(image).reshape(height, DIRECTIONS * width)
    partial = (row_weights @ maps).reshape(len(row_weights) * DIRECTIONS, width)
    bins = (partial @ column_weights.T).reshape(len(row_weights), DIRECTIONS, len(column_weights))
    bins = np.ascontiguousarray(bins.transpose(0, 2, 1))
    patches = bins[row_of[:, None, :, None], column_of[None, :, None, :]]
    window = _window()
    weighted: npt.NDArray[np.float32] = (
        patches.reshape(-1, BINS, BINS, DIRECTIONS) * np.outer(window, window)[:, :, None]
    )
    return weighted


@functools.lru_cache(64)
def _triangles(centers: tuple[float, ...], length: int, bin_px: int) -> tuple[Array, Array]:
    """Weights (u, length) of the u distinct bins along a side, and (centers, 4) which of them each patch has."""
    offsets = (np.arange(BINS) - (BINS - 1) / 2) * bin_px
    positions, which = np.unique(np.asarray(centers)[:, None] + offsets, return_inverse=True)
    distance = np.abs(np.arange(length) + 0.5 - positions[:, None]) / bin_px
    return np.maximum(1 - distance, 0).astype(np.float32), which.reshape(-1, BINS)


@functools.lru_cache(1)
def _window() -> npt.NDArray[np.float32]:
    """Lowe's Gaussian of half a patch, at the bins' centers."""
    offsets = np.arange(BINS) - (BINS - 1) / 2
    window: npt.NDArray[np.float32] = np.exp(-0.5 * (offsets / (BINS / 2)) ** 2).astype(np.float32)
    return window


def normalize(patches: npt.NDArray[np.float32], root: bool) -> npt.NDArray[np.float32]:
    """(m, 4, 4, 8) sums to (m, 128) float32 vectors of length 1 (shorter where the patch is flat)."""
    vectors: npt.NDArray[np.float32] = patches.reshape(len(patches), -1)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors = np.minimum(vectors / np.maximum(lengths, FAINT)[:, None], np.float32(CLIP))
    if root:
        vectors /= np.maximum(vectors.sum(axis=1), 1.0)[:, None]
        return np.sqrt(vectors, out=vectors)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.maximum(lengths, CLIP)[:, None]
    return vectors
