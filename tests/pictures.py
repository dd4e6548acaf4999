"""Test pictures, drawn by code: all (h, w, 3) uint8 RGB, the same for the same arguments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Picture = npt.NDArray[np.uint8]


def disc(size: int, radius: float) -> Picture:
    """A white disc in the middle of black."""
    y, x = _centered(size)
    return _grey(np.where(np.hypot(x, y) <= radius, 255.0, 0.0))


def grating(size: int, period: float, angle: float) -> Picture:
    """Sine stripes; `angle` in degrees is the direction in which they change, 0 to the right, 90 downwards."""
    y, x = _centered(size)
    along = x * np.cos(np.deg2rad(angle)) + y * np.sin(np.deg2rad(angle))
    return _grey(127.5 + 127.5 * np.sin(2 * np.pi * along / period))


def gradient(size: int) -> Picture:
    """Red grows to the right, green grows downwards, blue is 128: every orientation looks different."""
    ramp = np.round(np.linspace(0, 255, size)).astype(np.uint8)
    picture = np.full((size, size, 3), 128, np.uint8)
    picture[..., 0] = ramp[None, :]
    picture[..., 1] = ramp[:, None]
    return picture


def noise(size: int, seed: int) -> Picture:
    """Every value independent and uniform."""
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def mat(size: int, seed: int, broken: bool = False) -> Picture:
    """A woven mat under its own light, shift and turn; when broken, a dark tear with a light frayed edge."""
    rng = np.random.default_rng(seed)
    y, x = _centered(size)
    turn, period = rng.normal(0, 0.05), size / 12
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    phases = rng.uniform(0, 2 * np.pi, 2)
    weave = np.sin(2 * np.pi * u / period + phases[0]) * np.sin(2 * np.pi * v / period + phases[1])
    light = rng.uniform(110, 150) + rng.uniform(-20, 20) * x / size + rng.uniform(-20, 20) * y / size
    values = light + 40 * weave + rng.normal(0, 6, (size, size))
    if broken:
        values = _torn(values, rng)
    tint = np.array([1.05, 1.0, 0.85]) * rng.uniform(0.97, 1.03, 3)
    return _clipped(values[..., None] * tint)


def write_picture(path: Path, picture: npt.NDArray[Any], **how: Any) -> Path:
    """Save by the suffix, through Pillow; `how` is what its `save` takes (quality, exif, ...)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, **how)
    return path


def write_folders(
    root: Path,
    per_class: int,
    size: int,
    seed: int,
    classes: Sequence[str] = ("broken", "normal"),
    suffix: str = ".jpg",
) -> Path:
    """A folder for each class, `per_class` pictures in each; a model can learn them. Returns `root`.

    "broken" and "normal" are mats; any other class is a noisy grating whose direction is the class's own.
    """
    for number, name in enumerate(classes):
        for index in range(per_class):
            own = (seed * 1000 + number) * 100_000 + index
            picture = _of_class(name, number, len(classes), size, own)
            write_picture(root / name / f"{name}_{index:04d}{suffix}", picture)
    return root


def _of_class(name: str, number: int, of: int, size: int, seed: int) -> Picture:
    if name in ("broken", "normal"):
        return mat(size, seed, broken=name == "broken")
    rng = np.random.default_rng(seed)
    stripes = grating(size, size / rng.uniform(5, 7), 180 * number / of + rng.normal(0, 4))
    return _clipped(64 + stripes * 0.5 + rng.normal(0, 10, stripes.shape))


def _torn(values: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    size = len(values)
    y, x = _centered(size)
    angle, (cy, cx) = rng.uniform(0, np.pi), rng.uniform(-0.2, 0.2, 2) * size
    along = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
    across = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
    across = across + 0.02 * size * np.sin(along * 12 / size + rng.uniform(0, 6))
    half, width = rng.uniform(0.2, 0.35) * size, rng.uniform(0.03, 0.05) * size
    open_to = width * np.clip(1 - np.abs(along) / half, 0, 1)
    frayed = (np.abs(across) < 2 * open_to + 1) & (np.abs(along) < half)
    torn = np.where(frayed, 0.5 * values + 110, values)
    return np.where((np.abs(across) < open_to + 0.5) & (np.abs(along) < half), 20.0, torn)


def _centered(size: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Row and column of each pixel, 0 in the middle of the picture."""
    line = np.arange(size) - (size - 1) / 2
    return line[:, None] + 0 * line[None, :], line[None, :] + 0 * line[:, None]


def _grey(values: npt.NDArray[Any]) -> Picture:
    return np.repeat(_clipped(values)[..., None], 3, axis=2)


def _clipped(values: npt.NDArray[Any]) -> Picture:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
