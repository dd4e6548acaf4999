"""Files of weights for tests: drawn ones, named as timm names them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

HEADER = {"arch": "mobilenetv3_small_050", "kwargs": "{}", "mean": "0.5,0.5,0.5", "std": "0.5,0.5,0.5", "size": "64"}


def write(path: Path, texts: Mapping[str, str] | None = None, arrays: Mapping[str, Any] | None = None) -> Path:
    """A safetensors file with this header."""
    arrays = {"x": np.zeros(2, np.float32)} if arrays is None else arrays
    path.write_bytes(save(dict(arrays), None if texts is None else dict(texts)))
    return path


def hub_folder(cache: Path, name: str, config: Mapping[str, Any] | None, version: str = "0123abcd") -> Path:
    """What the hub's cache looks like after a download."""
    repository = cache / f"models--timm--{name}"
    folder = repository / "snapshots" / version
    folder.mkdir(parents=True)
    (repository / "refs").mkdir(exist_ok=True)
    (repository / "refs" / "main").write_text(version)
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    write(folder / "model.safetensors")
    return folder


def header_of(path: Path) -> bytes:
    data = path.read_bytes()
    return data[8 : 8 + struct.unpack("<Q", data[:8])[0]]
