"""Pictures to measure speed with where a person gives none."""

from __future__ import annotations

import re

import cv2
import numpy as np

from sightline.errors import InputError

MAX_SIDE = 20_000


def drawn_jpegs(size: str, count: int = 24, seed: int = 0) -> list[bytes]:
    """JPEG files of smooth noise, as heavy to decode as photographs.

    Args:
        size: "WIDTHxHEIGHT" in pixels.
        count: how many.
        seed: decides the noise.

    Raises:
        InputError: no such size.
    """
    match = re.fullmatch(r"(\d+)x(\d+)", size)
    width, height = (int(number) for number in match.groups()) if match else (0, 0)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise InputError(f'"{size}" is no size; allowed: WIDTHxHEIGHT up to {MAX_SIDE}, like 1024x768')
    noise = np.random.default_rng(seed)
    files = []
    for _ in range(count):
        coarse = noise.integers(0, 256, (max(1, height // 8), max(1, width // 8), 3), np.uint8)
        smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        grain = noise.integers(0, 12, smooth.shape, np.uint8)
        files.append(cv2.imencode(".jpg", cv2.add(smooth, grain), [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    return files
