"""Small networks of timm with drawn weights, for tests of training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sightline.deep.weights.recipe import Recipe
from tests.deep import files

ARCH = "resnet10t"
PX = 32


def recipe(folder: Path, arch: str = ARCH, px: int = PX, change: Callable[[dict[str, Any]], None] | None = None) -> Any:
    """Drawn weights in a file, perhaps changed before."""
    import timm
    import torch

    torch.manual_seed(0)
    state = {name: value.numpy().copy() for name, value in timm.create_model(arch).state_dict().items()}
    if change is not None:
        change(state)
    return Recipe(files.write(folder / f"{arch}.safetensors", {"arch": arch, "size": str(px)}, state), arch, px=px)


def color_blind(state: dict[str, Any]) -> None:
    """Red and blue are one to the first layer."""
    first = state["conv1.0.weight"]
    first[:, [0, 2]] = first[:, [0, 2]].mean(axis=1, keepdims=True)


def red_and_blue(n: int, seed: int = 0) -> tuple[list[Any], Any]:
    """Noise, reddish in class 0 and bluish in class 1: the sum of red and blue tells nothing."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    pictures = []
    for number in y:
        one = rng.integers(60, 140, (36, 40, 3)).astype(np.float64)
        one[..., 0 if number == 0 else 2] += 60
        pictures.append(np.clip(one, 0, 255).astype(np.uint8))
    return pictures, y
