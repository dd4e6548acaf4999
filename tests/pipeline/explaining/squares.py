"""Pictures of two classes: noise, and noise with a bright checkered square at a place that is known."""

from __future__ import annotations

import numpy as np

from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Node
from sightline.pipeline.model import Model
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.task import Task

CLASSES = ("plain", "square")
Box = tuple[int, int, int, int]


def plain(seed: int, size: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).normal(90, 12, (size, size, 3)).clip(0, 255).astype(np.uint8)


def squared(seed: int, size: int = 64) -> tuple[np.ndarray, Box]:
    """The picture, and top, left, bottom, right of its square, a quarter of the side long."""
    picture, side = plain(seed, size), size // 4
    top, left = np.random.default_rng(seed + 1000).integers(0, size - side, 2).tolist()
    y, x = np.indices((side, side)) // 4
    picture[top : top + side, left : left + side] = (150 + 100 * ((x + y) % 2))[..., None]
    return picture, (top, left, top + side, left + side)


def fitted(text: str, n: int = 40) -> Node:
    """A pipeline that has learned to tell squares from noise."""
    pictures = [squared(seed)[0] if seed % 2 else plain(seed) for seed in range(n)]
    return tree.fit(parse(text), pictures, np.arange(n, dtype=np.int64) % 2)


def model_of(graph: Node, preparation: Preparation | None = None) -> Model:
    return Model(Task(classes=CLASSES), preparation or Preparation(), graph)


def hit(heat: np.ndarray, box: Box, size: int = 64, around: int = 6) -> bool:
    """Whether the hottest place lies in the square, or a few pixels beside it."""
    row, column = np.array(np.unravel_index(heat.argmax(), heat.shape)) * size / np.array(heat.shape)
    top, left, bottom, right = box
    return bool(top - around <= row < bottom + around and left - around <= column < right + around)
