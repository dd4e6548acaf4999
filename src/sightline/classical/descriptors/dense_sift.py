"""Dense SIFT: what each patch of a picture looks like, for a codebook to count."""

from __future__ import annotations

import dataclasses
import functools
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix, Picture
from sightline.classical.descriptors.grey import STEPS, Grey, gradient_angles, gradient_codes, grey
from sightline.classical.descriptors.patch_grid import patch_positions, patch_starts
from sightline.contracts import Accepts, LocalDescriptor, LocalFeatures
from sightline.errors import ComponentError

BINS = 4
"""Spatial bins a side of a patch."""
DIRECTIONS = 8
LENGTH = BINS * BINS * DIRECTIONS
CLIP = 0.2
FAINT = 0.02
"""A patch whose whole gradient, with white = 1, is shorter than this is scaled by it instead of to length 1.

A flat patch holds rounding noise alone; scaled to length 1 it would look like any texture."""
MAX_SIZES = 8
BLOCK = 8
"""Bins summed by one matrix product. A bin sees 2 * bin_px pixels of a side: a product of all bins with the whole side
multiplies zeros mostly, one for each bin is all overhead; of 8, 16, 32 and 64, 8 was the fastest at every step."""


class DenseSIFT(LocalDescriptor):
    """SIFT descriptors of upright patches on a regular grid.

    Each patch has 4 x 4 bins of bin_px pixels and 8 directions; votes are shared linearly between directions and
    between bins, the Gaussian window is taken as constant inside a bin (Vedaldi and Fulkerson's flat window).
    Vectors are normalized, clipped at 0.2 and normalized again. The order of the 128 values is bin row, bin column,
    direction. With several bin_px (PHOW), each size has its own grid of the same step, and the vectors of all of them
    follow each other, smallest index first; the picture is not smoothed between sizes.
    Cost: O(h w) for the gradients and the bins, O(m) for the patches; 225 patches of a 128 x 128 picture take 0.2 ms.

    D. G. Lowe: Distinctive image features from scale-invariant keypoints. IJCV 60, 2004.
    A. Bosch, A. Zisserman, X. Munoz: Image classification using random forests and ferns. ICCV 2007 (several sizes).
    A. Vedaldi, B. Fulkerson: VLFeat, 2008.
    R. Arandjelovic, A. Zisserman: Three things everyone should know to improve object retrieval. CVPR 2012 (the root).

    Args:
        step_px: distance of neighboring patches.
        bin_px: side of a bin, a patch covers 4 * bin_px pixels; or up to 8 sides.
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.
        root: RootSIFT, the square root of each vector's shares.

    >>> import numpy as np
    >>> DenseSIFT().describe(np.zeros((128, 128, 3), np.uint8)).vectors.shape
    (225, 128)
    >>> len(DenseSIFT(bin_px=(4, 8)).describe(np.zeros((128, 128, 3), np.uint8)))
    394
    """

    accepts = Accepts(channels=(1, 3))
    limits: ClassVar = {"step_px": (1, 1024), "bin_px": (1, 1024), "size_px": (1, 1024)}

    def __init__(
        self, step_px: int = 8, bin_px: int | tuple[int, ...] = 4, size_px: int | None = None, root: bool = True
    ) -> None:
        self.step_px = step_px
        self.bin_px = bin_px
        self.size_px = size_px
        self.root = root

    def describe(self, picture: Picture) -> LocalFeatures:
        """One (h, w, 1 or 3) uint8 picture to m vectors of 128; m is 0 where the picture is smaller than a patch.

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter below 1, or no bin_px, or more than 8 of them.
        """
        self.accepts.check(picture, "DenseSIFT")
        sizes = self.bin_px if isinstance(self.bin_px, tuple) else (self.bin_px,)
        if self.step_px < 1 or not 1 <= len(sizes) <= MAX_SIZES or not all(size >= 1 for size in sizes):
            raise ComponentError(
                f"DenseSIFT was given step_px={self.step_px}, bin_px={self.bin_px}; "
                f"allowed: 1 or more, and 1 to {MAX_SIZES} values of bin_px"
            )
        image = grey(picture, self.size_px)
        maps = direction_maps(image)
        found = [self._of_size(maps, bin_px) for bin_px in sizes]
        if len(found) == 1:
            return found[0]
        return LocalFeatures(
            np.concatenate([one.vectors for one in found]), np.concatenate([one.positions for one in found])
        )

    def _of_size(self, maps: npt.NDArray[np.float32], bin_px: int) -> LocalFeatures:
        """The patches of one size."""
        rows, columns = (patch_starts(length, BINS * bin_px, self.step_px) for length in maps.shape[:2])
        if not len(rows) or not len(columns):
            return LocalFeatures(np.zeros((0, LENGTH), np.float32), np.zeros((0, 2), np.float32))
        vectors = normalize(gather(maps, rows, columns, bin_px), self.root)
        return LocalFeatures(vectors, patch_positions(rows, columns, BINS * bin_px, maps.shape))


def direction_maps(image: Grey) -> npt.NDArray[np.float32]:
    """(h, w) uint8 to (h, w, 8) float32: each pixel's magnitude, shared between the two nearest of 8 directions."""
    maps: npt.NDArray[np.float32] = _shares().take(gradient_codes(image), axis=0)
    return maps


@functools.lru_cache(1)
def _shares() -> npt.NDArray[np.float32]:
    """For every gradient code: its magnitude, shared between directions; 8 MB, of which a picture touches little."""
    angles, magnitudes = gradient_angles()
    direction = angles / (360.0 / DIRECTIONS)
    lower = np.floor(direction).astype(np.intp)
    above = direction - lower
    shares = np.zeros((STEPS * STEPS, DIRECTIONS), np.float32)
    codes = np.arange(STEPS * STEPS)
    shares[codes, lower % DIRECTIONS] = (1 - above) * magnitudes
    shares[codes, (lower + 1) % DIRECTIONS] = above * magnitudes
    return shares


def gather(maps: npt.NDArray[np.float32], rows: Indices, columns: Indices, bin_px: int) -> Matrix:
    """Raw descriptors (m, 128) of the patches that start at pixels rows x columns of (h, w, 8) direction maps.

    Summing with triangles and reading at the bins' centers is linear along each side, and neighboring patches share
    bins: each distinct bin is summed once, along rows, then along columns, then each patch takes its sixteen.
    """
    height, width, _ = maps.shape
    down, across = _bins(tuple(rows.tolist()), height, bin_px), _bins(tuple(columns.tolist()), width, bin_px)
    partial = down.sums(maps.reshape(height, width * DIRECTIONS)).reshape(-1, width, DIRECTIONS)
    sums = across.sums(partial)
    where = down.of_patch[:, None, :, None] * sums.shape[1] + across.of_patch[None, :, None, :]
    patches: Matrix = sums.reshape(-1, DIRECTIONS).take(where, axis=0).reshape(-1, LENGTH)
    patches *= _window()
    return patches


@dataclasses.dataclass(frozen=True)
class _Bins:
    """The distinct bins along a side.

    Attributes:
        count: how many.
        of_patch: (patches, 4), which of them each patch has.
        blocks: for some of the bins: which, the pixels that they see, and the weights (bins, pixels).
    """

    count: int
    of_patch: Indices
    blocks: tuple[tuple[slice, slice, npt.NDArray[np.float32]], ...]

    def sums(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(..., pixels, n) to (..., bins, n)."""
        summed = np.empty((*values.shape[:-2], self.count, values.shape[-1]), np.float32)
        for bins, pixels, weights in self.blocks:
            np.matmul(weights, values[..., pixels, :], out=summed[..., bins, :])
        return summed


@functools.lru_cache(64)
def _bins(starts: tuple[int, ...], length_px: int, bin_px: int) -> _Bins:
    """The bins of patches that start at these pixels of a side, each a triangle of 2 * bin_px pixels."""
    centers = np.asarray(starts)[:, None] + (np.arange(BINS) + 0.5) * bin_px
    positions, of_patch = np.unique(centers, return_inverse=True)
    blocks = []
    for first in range(0, len(positions), BLOCK):
        some = positions[first : first + BLOCK]
        begin, end = max(int(some[0] - bin_px), 0), min(int(some[-1] + bin_px) + 1, length_px)
        distance = np.abs(np.arange(begin, end) + 0.5 - some[:, None]) / bin_px
        weights = np.maximum(1 - distance, 0).astype(np.float32)
        blocks.append((slice(first, first + len(some)), slice(begin, end), weights))
    return _Bins(len(positions), of_patch.reshape(-1, BINS), tuple(blocks))


@functools.lru_cache(1)
def _window() -> npt.NDArray[np.float32]:
    """Lowe's Gaussian of half a patch, at the bins' centers, for each of the 128 values."""
    offsets = np.arange(BINS) - (BINS - 1) / 2
    line = np.exp(-0.5 * (offsets / (BINS / 2)) ** 2).astype(np.float32)
    return np.repeat(np.outer(line, line).ravel(), DIRECTIONS)


def normalize(vectors: Matrix, root: bool) -> Matrix:
    """(m, 128) sums to vectors of length 1 (shorter where the patch is flat), in place.

    Clipped at 0.2 of the length instead of divided by the length and clipped: one pass less over what is most of the
    work where patches are dense.
    """
    lengths = _lengths(vectors)
    np.maximum(lengths, np.float32(FAINT), out=lengths)
    np.minimum(vectors, (np.float32(CLIP) * lengths)[:, None], out=vectors)
    if root:
        vectors /= np.maximum(vectors @ np.ones(vectors.shape[1], np.float32), lengths)[:, None]
        return np.sqrt(vectors, out=vectors)
    vectors /= np.maximum(_lengths(vectors), np.float32(CLIP) * lengths)[:, None]
    return vectors


def _lengths(vectors: Matrix) -> Array:
    lengths: Array = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return lengths
