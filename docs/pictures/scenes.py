"""What the components look at in the pictures: drawn things, and the digits that come with scikit-learn."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture
from tests import pictures

LARGER = 4
"""Drawn so many times larger and then averaged, which smooths edges the same way everywhere."""


def mat(broken: bool = True, seed: int = 5, size: int = 128) -> Picture:
    """A woven mat, torn or whole, (size, size, 1) uint8."""
    return pictures.mat(size, seed, broken=broken)[..., :1]


def stripes(size: int = 128, period: float = 8, angle: float = 30) -> Picture:
    """A grating, (size, size, 1) uint8."""
    return pictures.grating(size, period, angle)[..., :1]


def in_light(picture: Picture, gain: float) -> Picture:
    """The same picture in other light."""
    return np.clip(np.round(picture * gain), 0, 255).astype(np.uint8)


def blurred(picture: Picture, deviation: float) -> Picture:
    """The same picture out of focus."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), deviation), np.uint8).reshape(picture.shape)


def wrench(angle: float = 0, scale: float = 1, size: int = 128) -> Picture:
    """A bright wrench on dark ground, turned by `angle` degrees around the middle, (size, size, 1) uint8."""
    fine = size * LARGER
    line = (np.arange(fine) + 0.5) / fine * 2 - 1
    turn = np.deg2rad(angle)
    x = (line[None, :] * np.cos(turn) + line[:, None] * np.sin(turn)) / scale
    y = (line[:, None] * np.cos(turn) - line[None, :] * np.sin(turn)) / scale
    handle = (np.abs(x) < 0.55) & (np.abs(y) < 0.11)
    jaw = (np.hypot(x - 0.55, y) < 0.27) & ~((np.abs(y - 0.03) < 0.11) & (x > 0.5))
    ring = np.hypot(x + 0.55, y) < 0.2
    inside = (handle | jaw | ring) & (np.hypot(x + 0.55, y) > 0.1)
    return _averaged((30 + 185 * inside)[..., None])


def pin(bend: float, angle: float, size: int = 48) -> Picture:
    """A thin bright pin on dark ground, bent by a part of its half length, (size, size, 1) uint8."""
    fine = size * LARGER
    line = (np.arange(fine) + 0.5) / fine * 2 - 1
    turn = np.deg2rad(angle)
    x = line[None, :] * np.cos(turn) + line[:, None] * np.sin(turn)
    y = line[:, None] * np.cos(turn) - line[None, :] * np.sin(turn)
    inside = (np.abs(x) < 0.6) & (np.abs(y - bend * (x / 0.6) ** 2 + bend / 2) < 0.05)
    return _averaged((40 + 170 * inside)[..., None])


def nut(size: int = 128) -> Picture:
    """A bright hexagonal nut on dark ground."""
    fine = size * LARGER
    line = (np.arange(fine) + 0.5) / fine * 2 - 1
    x, y = line[None, :] + 0 * line[:, None], line[:, None] + 0 * line[None, :]
    sides = [np.abs(x * np.cos(turn) + y * np.sin(turn)) for turn in np.deg2rad([0, 60, 120])]
    inside = (np.max(sides, axis=0) < 0.55) & (np.hypot(x, y) > 0.3)
    return _averaged((30 + 185 * inside)[..., None])


def _averaged(large: Array) -> Picture:
    size = large.shape[0] // LARGER
    small = large.reshape(size, LARGER, size, LARGER, -1).astype(np.float64).mean(axis=(1, 3))
    return np.asarray(small.round(), np.uint8)


@functools.cache
def board(size: int = 128) -> Picture:
    """A circuit board with traces, two chips and a few parts: corners, blobs and colors."""
    unit = size * LARGER / 128
    large = np.full((size * LARGER, size * LARGER, 3), (26, 92, 62), np.uint8)

    def at(*values: float) -> tuple[int, ...]:
        return tuple(round(value * unit) for value in values)

    def box(x: float, y: float, width: float, height: float, color: tuple[int, int, int]) -> None:
        cv2.rectangle(large, at(x, y), at(x + width, y + height), color, -1)

    for start, corner, end in TRACES:
        bent = np.array([at(*start), at(*corner), at(*end)], np.int32)
        cv2.polylines(large, [bent], False, (72, 150, 96), at(1.6)[0])
    for x, y, width, height in CHIPS:
        for pin in range(int(width) // 5):
            box(x + 2 + pin * 5, y - 4, 2, height + 8, (214, 206, 176))
        box(x, y, width, height, (40, 40, 46))
        cv2.circle(large, at(x + 4, y + 4), at(1.6)[0], (150, 150, 150), -1)
    for x, y, radius, color in PARTS:
        cv2.circle(large, at(x, y), at(radius)[0], (214, 206, 176), -1)
        cv2.circle(large, at(x, y), at(radius - 1.6)[0], color, -1)
    for left, top in ((22, 62), (22, 72)):
        box(left, top, 22, 5, (206, 180, 130))
        for band, color in enumerate(((150, 60, 30), (40, 40, 40), (200, 40, 40))):
            box(left + 5 + 5 * band, top, 2, 5, color)
    return _averaged(large)


TRACES = (
    ((6, 8), (6, 56), (30, 56)),
    ((34, 40), (34, 58), (70, 58)),
    ((50, 40), (50, 50), (84, 50)),
    ((122, 10), (122, 80), (100, 100)),
    ((90, 100), (40, 100), (18, 118)),
    ((70, 118), (104, 118), (122, 100)),
    ((62, 84), (62, 64), (112, 64)),
)
CHIPS = ((20.0, 18.0, 36.0, 18.0), (72.0, 82.0, 26.0, 22.0))
PARTS = (
    (86.0, 26.0, 12.0, (196, 60, 44)),
    (108.0, 38.0, 7.0, (44, 88, 176)),
    (28.0, 98.0, 9.0, (222, 178, 50)),
    (48.0, 110.0, 5.0, (196, 60, 44)),
    (108.0, 112.0, 5.0, (222, 178, 50)),
)


def turned(picture: Picture, angle: float, scale: float) -> Picture:
    """The same picture, turned and scaled around its middle, on the color of its corner."""
    size = picture.shape[0]
    matrix = cv2.getRotationMatrix2D((size / 2 - 0.5, size / 2 - 0.5), angle, scale)
    around = [float(channel) for channel in picture[0, 0]]
    moved = cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=around)
    return np.asarray(moved, np.uint8)


def sky(size: int = 96) -> Picture:
    """A red sun in a blue sky over a yellow field: three colors in large areas."""
    y, x = np.mgrid[0:size, 0:size] / size
    picture = np.full((size, size, 3), (70, 130, 210), np.uint8)
    picture[y > 0.7] = (214, 178, 60)
    picture[np.hypot(x - 0.65, y - 0.32) < 0.16] = (208, 66, 48)
    return picture


def confetti(picture: Picture, side: int = 4) -> Picture:
    """The same squares of `side` pixels in another order: the same colors, elsewhere."""
    count = picture.shape[0] // side
    squares = picture.reshape(count, side, count, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)
    mixed = squares[np.random.default_rng(0).permutation(len(squares))]
    return mixed.reshape(count, count, side, side, 3).swapaxes(1, 2).reshape(picture.shape)


@functools.cache
def digits(count: int = 1000) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Hand-written digits, (count, 8, 8, 1) uint8, and which they are."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return (found.images[:count, :, :, None] * 15.9).astype(np.uint8), found.target[:count].astype(np.int64)
