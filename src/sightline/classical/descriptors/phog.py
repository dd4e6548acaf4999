"""Pyramid of histograms of oriented gradients: the outline of the whole thing and of its parts at once."""

from __future__ import annotations

import functools
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.grey import Grey, gradient_angles, gradient_codes, grey
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError

Cells = npt.NDArray[np.float64]
"""(rows, columns, bins): the summed gradient magnitude of each direction."""


class PHOG(GlobalDescriptor):
    """Gradient directions in the cells of a grid, and in windows of 2 x 2, 4 x 4, ... of those cells.

    Each pixel's magnitude is shared between the two nearest of `bins` directions. The windows of the first level are
    the grid's cells; those of level l are 2^l cells wide and lie half a window apart, where Bosch's lie side by side.
    Every level is divided by its sum and the root is taken: its length is 1, and the Euclidean distance of two is
    Hellinger's, which keeps a few strong edges from deciding alone. Unlike HOG, nothing is normalized locally, so that
    a faint fold stays faint beside an outline. Color pictures are turned to luma first. The order of the d values is
    level, window row, window column, bin; for the defaults d = (8^2 + 7^2 + 3^2) * 12 = 1464. Cost: O(size_px^2).

    A. Bosch, A. Zisserman, X. Munoz: Representing shape with a spatial pyramid kernel. CIVR 2007.

    Args:
        bins: directions told apart.
        grid: cells a side on the first level.
        levels: how many; the last windows must fit into the grid.
        signed: tell a dark-to-bright edge from a bright-to-dark one (360 degrees instead of 180).
        size_px: the picture is brought to size_px x size_px first, a multiple of grid.

    >>> import numpy as np
    >>> PHOG().describe(np.zeros((48, 64, 3), np.uint8)).shape
    (1464,)
    """

    accepts = Accepts(channels=(1, 3))
    invariant_to = ("gain", "offset")
    limits: ClassVar = {"bins": (1, 360), "grid": (1, 64), "levels": (1, 7), "size_px": (1, 1024)}

    def __init__(self, bins: int = 12, grid: int = 8, levels: int = 3, signed: bool = True, size_px: int = 32) -> None:
        self.bins = bins
        self.grid = grid
        self.levels = levels
        self.signed = signed
        self.size_px = size_px

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8 picture to (d,) float32 in [0, 1].

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter below 1, cells of unequal size, or windows larger than the picture.
        """
        self.accepts.check(picture, "PHOG")
        self._check_parameters()
        cells = cell_sums(grey(picture, self.size_px), self.bins, self.grid, self.signed)
        windows = [window_sums(cells, level) for level in range(self.levels)]
        return np.concatenate([_root_of_shares(sums).ravel() for sums in windows]).astype(np.float32)

    def _check_parameters(self) -> None:
        for name in ("bins", "grid", "levels"):
            if getattr(self, name) < 1:
                raise ComponentError(f"PHOG was given {name}={getattr(self, name)}; allowed: 1 or more")
        if self.size_px < 1 or self.size_px % self.grid:
            raise ComponentError(
                f"PHOG was given size_px={self.size_px} and grid={self.grid}; allowed: a size_px that grid divides"
            )
        if 2 ** (self.levels - 1) > self.grid:
            raise ComponentError(
                f"PHOG was given levels={self.levels} and grid={self.grid}; allowed: at most "
                f"{self.grid.bit_length()} levels, for the windows of the last must fit into the grid"
            )


def cell_sums(image: Grey, bins: int, grid: int, signed: bool) -> Cells:
    """(s, s) uint8 to the cells of a grid that divides s."""
    codes = gradient_codes(image)
    sums = np.zeros(grid * grid * bins)
    slots = _cells(len(image), grid) * bins
    for directions, shares in _votes(bins, signed):
        sums += np.bincount((slots + directions.take(codes)).ravel(), shares.take(codes).ravel(), len(sums))
    return sums.reshape(grid, grid, bins)


def window_sums(cells: Cells, level: int) -> Cells:
    """The sums over windows of 2^level x 2^level cells, half a window apart; the cells themselves on level 0."""
    width, step = 2**level, max(1, 2 ** (level - 1))
    windows = np.lib.stride_tricks.sliding_window_view(cells, (width, width), axis=(0, 1))[::step, ::step]
    sums: Cells = windows.sum(axis=(3, 4))
    return sums


def _root_of_shares(sums: Cells) -> Cells:
    total = sums.sum()
    roots: Cells = np.sqrt(sums / total) if total else np.zeros_like(sums)
    return roots


@functools.lru_cache(8)
def _votes(bins: int, signed: bool) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """For every gradient code: the direction below and its share of the magnitude, and the same for the one above."""
    turn = 360.0 if signed else 180.0
    angles, magnitudes = gradient_angles()
    position = angles % turn / (turn / bins)
    below = np.floor(position)
    share = position - below
    directions = below.astype(np.int32) % bins
    return (directions, magnitudes * (1 - share)), ((directions + 1) % bins, magnitudes * share)


@functools.lru_cache(8)
def _cells(size_px: int, grid: int) -> Array:
    """(s, s): the number of each pixel's cell."""
    cell = np.arange(size_px, dtype=np.intp) // (size_px // grid)
    return cell[:, None] * grid + cell[None, :]
