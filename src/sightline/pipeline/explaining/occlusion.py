"""What a model answers when it is not shown a part of the picture: works with any tree, and takes longest."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sightline.arrays import Array, Picture
from sightline.parallel import chunks, ordered_map
from sightline.pipeline.explaining.evidence import lost
from sightline.pipeline.explaining.grid import Box, Grid, Heat, heat_shape, painted
from sightline.pipeline.graph import Node, predict_proba

ALONG = (3, 12)
"""Cells on the longer side, of each grid: at most 153 answers. The fine one finds small defects: on factory pictures
the hottest place lay on them in 48 %, with 6 and 9 cells in 40 %. The coarse one is for answers that no small square
changes."""
TOGETHER = 8
"""Changed pictures that a worker holds at a time."""


def occlusion(graph: Node, picture: Picture, number: int, k: int, along: Sequence[int] = ALONG) -> Heat:
    """The evidence for class `number` that is lost when a square of the picture is hidden, at every place.

    Each square is filled with what surrounds it, so that nothing appears that no picture has. Several grids of squares
    are averaged. Cost: an answer for each square, on all cores that are free.

    M. D. Zeiler, R. Fergus: Visualizing and understanding convolutional networks. ECCV 2014.

    Args:
        graph: a fitted tree that ends in probabilities.
        picture: (h, w, c), prepared.
        number: the class, in the task's order.
        k: number of classes.
        along: squares on the longer side of each grid.

    Returns:
        Heat of `heat_shape`; positive where the class needs what is there.
    """
    height, width = picture.shape[:2]
    grids = [Grid.of(height, width, count) for count in along]
    boxes = [box for grid in grids for box in grid.boxes()]
    changed = (hidden(picture, box) for box in boxes)
    rows = list(ordered_map(lambda some: predict_proba(graph, some, k), chunks(changed, TOGETHER)))
    losses = lost(predict_proba(graph, [picture], k), np.concatenate(rows), number)
    return averaged(grids, losses, heat_shape(height, width))


def averaged(grids: Sequence[Grid], losses: Array, shape: tuple[int, int]) -> Heat:
    """Heat of `shape` from what is lost without each cell of several grids, one grid after the other."""
    ends = np.cumsum([len(grid) for grid in grids])[:-1]
    parts = zip(grids, np.split(losses, ends), strict=True)
    heats = [painted(part.reshape(grid.rows, grid.columns), shape) for grid, part in parts]
    mean: Heat = np.mean(heats, axis=0, dtype=np.float32)
    return mean


def hidden(picture: Picture, box: Box) -> Picture:
    """The picture (h, w, c) with a box filled smoothly with what surrounds it; all of it hidden is its mean color."""
    top, left, bottom, right = box
    reach = max(bottom - top, right - left)
    outer_top, outer_left = max(0, top - reach), max(0, left - reach)
    around = picture[outer_top : bottom + reach, outer_left : right + reach]
    inner = slice(top - outer_top, bottom - outer_top), slice(left - outer_left, right - outer_left)
    seen = np.ones(around.shape[:2], np.float32)
    seen[inner] = 0
    whole = picture.copy()
    whole[top:bottom, left:right] = _filled(around, seen, reach)[inner] if seen.any() else _mean_color(around)
    return whole


def _filled(picture: Picture, seen: Array, reach: int) -> Picture:
    """Each pixel as the mean of those in reach that are seen, near ones more."""
    side = 2 * reach + 1
    weights, values = seen, picture.astype(np.float32) * seen[..., None]
    for size in (side, side // 2 + 1):  # twice a box is a tent, nearly
        weights, values = (_mean_around(one, size).reshape(one.shape) for one in (weights, values))
    filled = values / np.maximum(weights, np.float32(1e-12))[..., None]
    return np.asarray(np.rint(filled) if picture.dtype.kind == "u" else filled).astype(picture.dtype)


def _mean_around(values: Array, size: int) -> Array:
    return np.asarray(cv2.blur(values, (size, size), borderType=cv2.BORDER_CONSTANT))


def _mean_color(picture: Picture) -> Picture:
    mean = picture.mean(axis=(0, 1), dtype=np.float64)
    return np.asarray(np.rint(mean) if picture.dtype.kind == "u" else mean).astype(picture.dtype)
