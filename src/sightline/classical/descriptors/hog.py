"""Histograms of oriented gradients: the outline of things, tolerant of small shifts and of light."""

from __future__ import annotations

import functools
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.grey import Grey, gradient_angles, gradient_codes, grey
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError, InputError

CLIP = 0.2
EPSILON = 1e-5
"""Both as Dalal and Triggs, and scikit-image, have them; EPSILON is for pictures with white = 1."""

MAX_LENGTH = 10_000_000
"""A vector of 80 MB while it is computed: what asks for more is a mistake, or an attack."""


class HOG(GlobalDescriptor):
    """Histograms of oriented gradients in cells, normalized over overlapping blocks (L2-Hys).

    Each pixel votes with its magnitude for the bin of its angle in the cell that it lies in, without interpolation, as
    scikit-image has it (agreement within 1e-4; a gradient exactly on the border of two bins may fall to the other side
    than there). Color pictures are turned to luma first. The order of the d values is
    block row, block column, cell row, cell column, bin; for the defaults d = 7 * 7 * 2 * 2 * 9 = 1764. Cost: O(h w).

    N. Dalal, B. Triggs: Histograms of oriented gradients for human detection. CVPR 2005.

    Args:
        bins: directions told apart.
        cell_px: side of a cell, in pixels.
        block_cells: side of a block, in cells.
        signed: tell a dark-to-bright edge from a bright-to-dark one (360 degrees instead of 180).
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.

    >>> import numpy as np
    >>> HOG().describe(np.zeros((48, 64, 3), np.uint8)).shape
    (1764,)
    """

    accepts = Accepts(channels=(1, 3))
    invariant_to = ("gain", "offset")
    limits: ClassVar = {"bins": (1, 360), "cell_px": (1, 1024), "block_cells": (1, 16), "size_px": (1, 2048)}

    def __init__(
        self, bins: int = 9, cell_px: int = 8, block_cells: int = 2, signed: bool = False, size_px: int | None = 64
    ) -> None:
        self.bins = bins
        self.cell_px = cell_px
        self.block_cells = block_cells
        self.signed = signed
        self.size_px = size_px

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8 picture to (d,) float32 in [0, 1].

        Raises:
            InputError: a picture of another kind, or smaller than one block.
            ComponentError: a parameter below 1.
        """
        self.accepts.check(picture, "HOG")
        for name in ("bins", "cell_px", "block_cells"):
            if getattr(self, name) < 1:
                raise ComponentError(f"HOG was given {name}={getattr(self, name)}; allowed: 1 or more")
        image = grey(picture, self.size_px)
        if min(image.shape) < self.cell_px * self.block_cells:
            raise InputError(
                f"HOG was given a picture of {image.shape[1]} x {image.shape[0]} pixels; one block is "
                f"{self.cell_px * self.block_cells} pixels wide; set size_px or take a smaller cell_px"
            )
        length = image.size // self.cell_px**2 * self.bins * self.block_cells**2
        if length > MAX_LENGTH:
            raise ComponentError(f"HOG would give about {length:,} values; allowed: {MAX_LENGTH:,}; raise cell_px")
        cells = cell_histograms(image, self.bins, self.cell_px, self.signed)
        return normalize_blocks(cells, self.block_cells).ravel().astype(np.float32)


def cell_histograms(image: Grey, bins: int, cell_px: int, signed: bool) -> npt.NDArray[np.float64]:
    """(h, w) uint8 to (rows, columns, bins): the mean gradient magnitude of each direction; odd edges are left out."""
    rows, columns = image.shape[0] // cell_px, image.shape[1] // cell_px
    directions, magnitudes = _tables(bins, signed)
    codes = gradient_codes(image)[: rows * cell_px, : columns * cell_px]
    slots = directions.take(codes) + _slots(rows, columns, cell_px, bins)
    sums = np.bincount(slots.ravel(), magnitudes.take(codes).ravel(), rows * columns * bins)
    return sums.reshape(rows, columns, bins) / cell_px**2


def normalize_blocks(cells: npt.NDArray[np.float64], block_cells: int) -> npt.NDArray[np.float64]:
    """(rows, columns, bins) to (blocks, block_cells^2 * bins), each block of length 1 after its peaks were clipped."""
    windows = np.lib.stride_tricks.sliding_window_view(cells, (block_cells, block_cells), axis=(0, 1))
    blocks = windows.transpose(0, 1, 3, 4, 2).reshape(-1, block_cells**2 * cells.shape[2])
    blocks = np.minimum(blocks / _lengths(blocks), CLIP)
    normalized: npt.NDArray[np.float64] = blocks / _lengths(blocks)
    return normalized


def _lengths(blocks: npt.NDArray[np.float64]) -> Array:
    lengths: Array = np.sqrt(np.einsum("ij,ij->i", blocks, blocks) + EPSILON**2)
    return lengths[:, None]


@functools.lru_cache(8)
def _tables(bins: int, signed: bool) -> tuple[Array, Array]:
    """For every gradient code: its bin (uint8 if it fits) and its magnitude."""
    turn = 360.0 if signed else 180.0
    angles, magnitudes = gradient_angles()
    directions = np.minimum(np.floor(angles % turn / (turn / bins)), bins - 1)
    return directions.astype(np.min_scalar_type(bins)), magnitudes


@functools.lru_cache(32)
def _slots(rows: int, columns: int, cell_px: int, bins: int) -> Array:
    """For every pixel: where the histogram of its cell begins."""
    y = np.repeat(np.arange(rows, dtype=np.intp), cell_px)
    x = np.repeat(np.arange(columns, dtype=np.intp), cell_px)
    return (y[:, None] * columns + x[None, :]) * bins
