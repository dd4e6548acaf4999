"""Everyday JPEG, decoded to the pixels that OpenCV gives, in about two thirds of the time.

OpenCV asks the system for fresh memory with every large picture, and clearing its pages takes as long as half of the
decoding; it has no RGB at reduced scales either. Both stand on libjpeg-turbo, so the pixels are the same.
"""

from __future__ import annotations

import simplejpeg

from sightline.arrays import Picture


def decoded(data: bytes, height: int, width: int, reduce: int) -> Picture | None:
    """The bytes of an 8-bit grey or RGB file as (h, w, 3) uint8 RGB, not turned; None where anything is unusual.

    Args:
        data: the file.
        height: as its header says, whole.
        width: the same.
        reduce: 1, 2, 4 or 8: decoded at that fraction of each side, rounded up, in the DCT.
    """
    rows, columns = -(-height // reduce), -(-width // reduce)
    least = (rows, columns) if reduce > 1 else (0, 0)
    try:
        picture = simplejpeg.decode_jpeg(data, min_height=least[0], min_width=least[1], min_factor=reduce, strict=True)
    except ValueError:  # a warning of the decoder counts as well: who is slower decides what to make of such a file
        return None
    return picture if picture.shape == (rows, columns, 3) else None
