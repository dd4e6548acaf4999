"""What the benchmarks of trained networks share: the weights, and the peer's way of using them.

The peer does what tutorials do: the picture resized to 256 px and cropped to the middle 224, the network's embedding,
and scikit-learn behind it. Its embeddings come from the same export as ours, so that both sides see with the same eyes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from benchmarks import harness
from benchmarks.real_sets import DATA
from sightline.data.store import FeatureStore
from sightline.deep.wanted import network_of
from sightline.networks.network import Network

WEIGHTS = Path(os.environ.get("SIGHTLINE_WEIGHTS", DATA.parent / "weights")) / "mobilenetv2_100_same.safetensors"
SHORT_PX, CROP_PX = 256, 224


def are_there() -> bool:
    """Whether the weights are there; prints a word where they are not."""
    if not WEIGHTS.is_file():
        print(f"nothing is measured: {WEIGHTS} is absent; set SIGHTLINE_DATA or SIGHTLINE_WEIGHTS")
        return False
    return True


def network(runs: Path = harness.ROOT) -> Network:
    """The network in the weights; its export is kept beside runs in a folder, so that torch is asked once."""
    return network_of(str(WEIGHTS), lambda: FeatureStore(runs / ".cache"))


def center(path: Path) -> np.ndarray:
    """The middle 224 px of a picture whose shorter side is brought to 256, bilinear: torchvision's evaluation."""
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    scale = SHORT_PX / min(picture.size)
    wide, high = (max(CROP_PX, round(side * scale)) for side in picture.size)
    pixels = np.asarray(picture.resize((wide, high), Image.Resampling.BILINEAR))
    top, left = (high - CROP_PX) // 2, (wide - CROP_PX) // 2
    return np.ascontiguousarray(pixels[top : top + CROP_PX, left : left + CROP_PX])


def embeddings(found: Network, paths: Sequence[Path]) -> np.ndarray:
    """(n, d) float32 of the middles of pictures."""
    cv2.setNumThreads(1)
    return np.stack([found.embed(center(path)) for path in paths])
