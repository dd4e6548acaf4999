"""Squares of a picture that are looked at one by one, and what was found in them as one heat without seams."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array
from sightline.pipeline.explaining.grid import Box, Heat, painted

ENOUGH = 16
"""Squares of a picture; where that are not enough to lie half over each other, they overlap less."""
MOST = 32
"""Squares of a picture at all: of one eight times as long as wide they leave gaps."""


def squares(height: int, width: int, zoom: float) -> list[Box]:
    """Squares of the shorter side divided by `zoom`, from edge to edge, each half over the next; 0: the whole picture.

    A network that sees a picture in squares lays them beside each other. Laid half over each other they are asked for
    more, and what is found in them joins without an edge.

    >>> squares(300, 200, 0)
    [(0, 0, 300, 200)]
    >>> squares(300, 200, 1)
    [(0, 0, 200, 200), (100, 0, 300, 200)]
    """
    if not zoom:
        return [(0, 0, height, width)]
    side = max(1, round(min(height, width) / zoom))
    tops, lefts = (
        np.round(np.linspace(0, length - side, count)).astype(int).tolist()
        for length, count in zip((height, width), _counts((height, width), side), strict=True)
    )
    return [(top, left, top + side, left + side) for top in tops for left in lefts]


def _counts(lengths: tuple[int, int], side: int) -> list[int]:
    """How many squares along each side of a picture lie half over each other, or less where that are too many."""
    least = [math.ceil(length / side) for length in lengths]
    halves = (math.ceil(round(2 * length / side, 1)) - 1 for length in lengths)
    counts = [max(few, many) for few, many in zip(least, halves, strict=True)]
    while math.prod(counts) > ENOUGH and counts != least:
        counts[0 if counts[0] - least[0] > counts[1] - least[1] else 1] -= 1
    while math.prod(counts) > MOST:
        counts[0 if counts[0] > counts[1] else 1] -= 1
    return counts


def joined(found: Sequence[tuple[Box, Array]], picture: tuple[int, int], shape: tuple[int, int]) -> Heat:
    """What the places of each square count for, as one heat: where squares overlap, their mean.

    A square weighs most in its middle and nothing at its edges, so none is seen; where no square lies, heat is 0.
    All nats together, and so the mean of the heat, stay but for what the weights shift between neighbors.

    Args:
        found: square of the picture -> (rows, columns) nats of its places, all squares together those of the picture.
        picture: height and width.
        shape: of the heat.
    """
    heat, weights = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for box, nats in found:
        top, left, bottom, right = _scaled(box, picture, shape)
        weight = np.outer(_tent(bottom - top), _tent(right - left))
        heat[top:bottom, left:right] += weight * painted(nats * len(found), weight.shape)
        weights[top:bottom, left:right] += weight
    return np.asarray(heat / np.where(weights > 0, weights, 1), np.float32)


def _tent(size: int) -> npt.NDArray[np.float32]:
    """(size,) weights, rising from the edges to the middle."""
    at = np.arange(size, dtype=np.float32) + np.float32(0.5)
    return np.asarray(np.minimum(at, size - at))


def _scaled(box: Box, picture: tuple[int, int], shape: tuple[int, int]) -> Box:
    """A box of the picture in the heat, of a pixel at least."""
    scale = np.array([shape[0] / picture[0], shape[1] / picture[1]] * 2)
    top, left, bottom, right = np.round(np.array(box) * scale).astype(int).tolist()
    top, left = min(top, shape[0] - 1), min(left, shape[1] - 1)
    return top, left, max(bottom, top + 1), max(right, left + 1)
