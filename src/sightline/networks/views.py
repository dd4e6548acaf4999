"""Where a network looks at a picture: at all of it, and at squares of it that show more detail."""

from __future__ import annotations

import math

from sightline.arrays import Picture

MOST = 12
"""Squares of a picture: a long one is looked at in fewer than would cover it."""


def boxes(height: int, width: int, zoom: float) -> list[tuple[int, int, int, int]]:
    """Top, left, bottom and right of each part of a picture of h x w pixels that is looked at.

    Args:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        zoom: 0: the whole picture, whatever its shape; from 1: squares of the shorter side divided by this, evenly
            spaced from edge to edge, as many as cover the picture, at most `MOST`.

    >>> boxes(300, 200, 0)
    [(0, 0, 300, 200)]
    >>> boxes(300, 200, 1)
    [(0, 0, 200, 200), (100, 0, 300, 200)]
    """
    if not zoom:
        return [(0, 0, height, width)]
    side = max(1, round(min(height, width) / zoom))
    rows, columns = (math.ceil(length / side - 1e-9) for length in (height, width))
    while rows * columns > MOST:
        rows, columns = (rows - 1, columns) if rows >= columns else (rows, columns - 1)
    tops, lefts = _spread(height - side, rows), _spread(width - side, columns)
    return [(top, left, top + side, left + side) for top in tops for left in lefts]


def _spread(room: int, count: int) -> list[int]:
    """`count` starts from 0 to `room`; a single one in the middle."""
    if count == 1:
        return [room // 2]
    return [round(room * number / (count - 1)) for number in range(count)]


def parts(picture: Picture, zoom: float) -> list[Picture]:
    """The parts of a picture in `boxes`, as views of it."""
    height, width = picture.shape[:2]
    return [picture[top:bottom, left:right] for top, left, bottom, right in boxes(height, width, zoom)]
