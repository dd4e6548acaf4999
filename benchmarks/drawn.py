"""Pictures drawn by code, fast: woven mats, some of them torn. No foreign data, any number, the same for the same seed.

Each is a crop of one of a few large woven textures under its own light, with grain; the torn ones have a dark, ragged
cut. About 3 ms for a JPEG of 512 px on one core of 2023.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
CLASSES = ("normal", "torn")
TEXTURES = 6
SPARE_PX = 256


@functools.lru_cache(maxsize=8)
def texture(number: int, height: int, width: int) -> npt.NDArray[np.int16]:
    """A woven texture with grain, (height, width, 3) int16 around 120; one thread is 6 to 16 px wide."""
    random = np.random.default_rng([number, height, width])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch = 6 + 2 * number
    warp, weft = np.sin(2 * math.pi * x / pitch), np.sin(2 * math.pi * y / pitch)
    woven = 30 * np.where((x // pitch + y // pitch) % 2 == 0, warp, weft)
    grain = random.normal(0, 9, (height, width))
    tint = random.uniform(0.8, 1.2, 3)
    drawn: npt.NDArray[np.int16] = ((120 + woven + grain)[..., None] * tint).astype(np.int16)
    return drawn


def mat(seed: int, torn: bool, height: int, width: int) -> Picture:
    """One mat, (height, width, 3) uint8."""
    random = np.random.default_rng([seed, int(torn)])
    large = texture(int(random.integers(TEXTURES)), height + SPARE_PX, width + SPARE_PX)
    top, left = random.integers(0, SPARE_PX, 2)
    light = random.integers(-25, 26) + np.linspace(0, random.uniform(-20, 20), width)
    lit = large[top : top + height, left : left + width] + light.astype(np.int16)[:, None]
    picture: Picture = np.clip(lit, 0, 255).astype(np.uint8)
    if torn:
        tear(picture, random)
    return picture


def tear(picture: Picture, random: np.random.Generator) -> None:
    """Cut a dark, ragged line of a third of the picture's length into `picture`, in place."""
    height, width = picture.shape[:2]
    length, steps = min(height, width) / 3, 8
    start = np.array([random.uniform(0.2, 0.5) * width, random.uniform(0.2, 0.5) * height])
    angle = random.uniform(0, math.pi / 2)
    along = np.linspace(0, length, steps)[:, None] * [math.cos(angle), math.sin(angle)]
    ragged = start + along + random.normal(0, length / 25, (steps, 2))
    points = ragged.round().astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(picture, [points], False, (25, 22, 20), max(2, round(min(height, width) / 60)))


def folder(path: Path, n: int, height: int, width: int, seed: int = 0, quality: int = 85) -> list[Path]:
    """Write `n` JPEGs into the class folders `normal` and `torn`, half each; the paths, in order of writing."""
    paths = []
    for name in CLASSES:
        (path / name).mkdir(parents=True, exist_ok=True)
    for i in range(n):
        torn = i % 2 == 1
        target = path / CLASSES[torn] / f"{i:06d}.jpg"
        write_jpeg(target, mat(seed * 1_000_003 + i, torn, height, width), quality)
        paths.append(target)
    return paths


def write_jpeg(path: Path, picture: Picture, quality: int = 85) -> None:
    """Write an RGB picture as a JPEG."""
    options: Any = [cv2.IMWRITE_JPEG_QUALITY, quality]
    done, data = cv2.imencode(".jpg", picture[..., ::-1], options)
    if not done:
        raise RuntimeError(f"OpenCV could not encode {path.name}")
    path.write_bytes(data.tobytes())
