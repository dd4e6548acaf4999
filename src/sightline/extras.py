"""Doors to optional libraries: import one, or say which extra to install."""

from __future__ import annotations

import importlib
from types import ModuleType

from sightline.errors import MissingExtraError

EXTRAS = {
    "accelerate": "deep",
    "huggingface_hub": "deep",
    "onnx": "fast",  # [deep] brings it as well, and torch with it
    "open_clip": "deep",
    "openvino": "fast",
    "pyarrow": "table",
    "safetensors": "deep",  # its part for torch
    "timm": "deep",
    "torch": "deep",
    "torchvision": "deep",
    "voyager": "neighbors",
}
"""Top-level module -> the extra of this package that installs it."""
CHECKOUT = "in a checkout of Sightline"
"""Where pip is run: what PyPI has under the name "sightline" is another project."""


def how_to_get(extra: str) -> str:
    """What brings an extra, in words that fit behind a colon or a semicolon.

    >>> how_to_get("deep")
    'run in a checkout of Sightline: pip install ".[deep]"'
    """
    return f'run {CHECKOUT}: pip install ".[{extra}]"'


def need(module: str) -> ModuleType:
    """Import `module` ("pyarrow.parquet") or say how to get it.

    Raises:
        MissingExtraError: the extra that brings the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        extra = EXTRAS[module.split(".")[0]]
        raise MissingExtraError(
            f"this needs {module.split('.')[0]}, which is not installed; {how_to_get(extra)}"
        ) from None
