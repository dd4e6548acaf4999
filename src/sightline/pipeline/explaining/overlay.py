"""Heat laid over a picture: warm where it speaks for a class, cold where it speaks against it."""

from __future__ import annotations

import functools
import itertools
import os
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture
from sightline.errors import ArtifactError, InputError
from sightline.files import write_whole
from sightline.preparation.geometry import resize

FOR = ("#ffe9a8", "#ff9e1b", "#d1235b")
AGAINST = ("#bfe6ff", "#3a8fd9", "#27348b")
"""Weak to strong. Between them colors are mixed in Oklab, where equal steps look equal; orange and blue are told apart
by those who do not see red or green."""
STEPS = 256
DENSEST = 0.75
"""Share of the color where the heat is strongest; the picture stays visible below."""
GREYED = 0.7
"""Share of the picture's own color that is taken away, so that what is warm is the heat's doing."""
LEAST_PX = 256
"""Shorter pictures are enlarged to this on the longer side, by a whole number."""
MOST_BYTES = 200
"""Of the stem of a file's name: most file systems take 255 for all of it, and a number and the suffix come after."""

Floats = npt.NDArray[np.float64]


def overlay(picture: Picture, heat: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """A picture with its heat, as strong as it is against its strongest place, for or against.

    Args:
        picture: (h, w, 3) uint8 RGB.
        heat: (h, w) of the same shape of things, of any size; positive speaks for.

    Returns:
        (h, w, 3) uint8 RGB of the heat's size, enlarged where that is small. Heat of zeros leaves the picture grey.

    Raises:
        InputError: a picture of another kind, heat that is no (h, w) of finite numbers.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or not picture.size:
        raise InputError(f"a picture of shape {picture.shape}, {picture.dtype} was given; allowed: (h, w, 3) uint8")
    if heat.ndim != 2 or not heat.size or not np.isfinite(heat).all():
        raise InputError(f"heat of shape {heat.shape} was given; allowed: (h, w) finite numbers")
    times = max(1, round(LEAST_PX / max(heat.shape)))
    height, width = (side * times for side in heat.shape)
    below = _greyed(resize(picture, *heat.shape).repeat(times, axis=0).repeat(times, axis=1))
    enlarged = np.asarray(cv2.resize(heat.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR))
    strength = enlarged.reshape(height, width, 1) / max(float(np.abs(heat).max()), 1e-30)
    color = np.where(strength > 0, _scale(FOR)[_step(strength)], _scale(AGAINST)[_step(strength)])
    mixed = below + (color - below) * (DENSEST * np.abs(strength) ** 0.8)
    pixels: npt.NDArray[np.uint8] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return pixels


def write_overlay(folder: Path, stem: str, picture: Picture, heat: npt.NDArray[np.float32]) -> Path:
    """Write `overlay` as STEM.png into a folder, or STEM-2.png, ...: no file that is there is touched.

    Of a stem above `MOST_BYTES` the beginning is taken.

    Returns:
        The path of the file.

    Raises:
        ArtifactError: it cannot be written.
    """
    while len(os.fsencode(stem)) > MOST_BYTES:
        stem = stem[:-1]
    named = (folder / f"{stem}{'' if number == 1 else f'-{number}'}.png" for number in itertools.count(1))
    path = next(path for path in named if not os.path.lexists(path))
    write_png(path, overlay(picture, heat))
    return path


def write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write (h, w, 3) RGB as a PNG file, whole or not at all.

    Raises:
        ArtifactError: it is called otherwise, or cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise ArtifactError(f"cannot write {path}: a picture with its heat is a PNG; give a name that ends in .png")
    write_whole(path, cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes())


def _step(strength: Array) -> Array:
    """(h, w, 1) in [-1, 1] to the steps of a scale, (h, w)."""
    steps: Array = np.rint(np.abs(strength[..., 0]) * (STEPS - 1)).astype(np.int64)
    return steps


def _greyed(picture: Picture) -> Floats:
    values = picture.astype(np.float64)
    grey = values @ np.array([0.299, 0.587, 0.114])
    mixed: Floats = values + GREYED * (grey[..., None] - values)
    return mixed


@functools.cache
def _scale(colors: tuple[str, ...]) -> Floats:
    """(STEPS, 3) in [0, 255]: the way from the first of some "#rrggbb" to the last."""
    stops = _to_oklab(np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in colors]) / 255)
    at = np.linspace(0, len(colors) - 1, STEPS)
    return 255 * _from_oklab(np.stack([np.interp(at, np.arange(len(colors)), stop) for stop in stops.T], axis=1))


_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""B. Ottosson: A perceptual color space for image processing. 2020."""


def _to_oklab(colors: Floats) -> Floats:
    """(n, 3) sRGB in [0, 1]."""
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    lab: Floats = np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T
    return lab


def _from_oklab(colors: Floats) -> Floats:
    """(n, 3) sRGB in [0, 1]; what a screen cannot show is cut off."""
    linear = np.clip((colors @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
