"""Sets of real pictures under $SIGHTLINE_DATA, else ../shared/data; two are written to class folders first."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

import sightline as sl
from benchmarks import harness

DATA = Path(os.environ.get("SIGHTLINE_DATA", harness.ROOT.parent / "shared" / "data"))
BOOK_SETS = {
    "magnetic_tile": "tile_group",
    "textures_dtd5": None,
    "flowers": None,
    "nails": "time_run",
    "rsscn7": None,
    "brain_mri": None,
}
"""Set -> the column of its groups.csv."""


def is_there(name: str) -> bool:
    """Whether a set is there; prints a word where it is not."""
    if not (DATA / name).is_dir():
        print(f"{name} is left out: {DATA / name} is absent")
        return False
    return True


def catalog(name: str) -> sl.Catalog:
    """A set of class folders, with its groups."""
    group = BOOK_SETS.get(name)
    return sl.read(DATA / name, metadata=DATA / name / "groups.csv" if group else None, group=group)


def fashion_mnist(root: Path) -> None:
    """The official files as PNG, a folder for each part and class."""
    for part, stem in (("train", "train"), ("test", "t10k")):
        pixels, labels = unpacked(f"{stem}-images-idx3-ubyte.gz", 16), unpacked(f"{stem}-labels-idx1-ubyte.gz", 8)
        for number, (picture, label) in enumerate(zip(pixels.reshape(-1, 28, 28), labels, strict=True)):
            write(root / part / str(label) / f"{number:05}.png", cv2.imencode(".png", picture)[1].tobytes())


def unpacked(name: str, header: int) -> np.ndarray:
    """The bytes after the header of a packed file."""
    with gzip.open(DATA / "fashion_mnist" / name) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def cifar10(root: Path) -> None:
    """The JPEG files as they are, a folder for each part and class."""
    for part in ("train", "test"):
        stored = np.load(DATA / f"cifar10/{part}.npz", allow_pickle=False)
        jpeg, ends, labels = stored["jpeg"].tobytes(), stored["offsets"], stored["label"]
        for number, label in enumerate(labels):
            write(root / part / str(label) / f"{number:05}.jpg", jpeg[ends[number] : ends[number + 1]])


def write(path: Path, data: bytes) -> None:
    """A file, its folder made where missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


WRITTEN: dict[str, Callable[[Path], None]] = {"fashion_mnist": fashion_mnist, "cifar10": cifar10}
"""Set -> what writes it to class folders."""
