"""Small towers with drawn weights, saved as open_clip saves its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

PX = 32
_TEXT = {"context_length": 24, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
KINDS: dict[str, dict[str, Any]] = {
    "vit": {
        "embed_dim": 12,
        "quick_gelu": True,
        "vision_cfg": {"image_size": PX, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
        "text_cfg": _TEXT,
    },
    "resnet": {
        "embed_dim": 12,
        "vision_cfg": {"image_size": PX, "layers": [1, 1, 1, 1], "width": 8, "head_width": 8, "patch_size": None},
        "text_cfg": _TEXT,
    },
    "timm": {
        "embed_dim": 12,
        "init_logit_bias": -10,
        "custom_text": True,
        "vision_cfg": {"image_size": PX, "timm_model_name": "resnet10t", "timm_pool": "avg", "timm_proj": "linear"},
        "text_cfg": {**_TEXT, "no_causal_mask": True, "proj_bias": True, "pool_type": "last"},
    },
}
"""Each tower of pictures that open_clip knows: its own two, and a trunk of timm's with a text tower like SigLIP's."""
FED = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.3], "resize_mode": "shortest"}


def model(kind: str, seed: int = 0) -> Any:
    """open_clip's network, drawn, in evaluation mode."""
    import open_clip
    import torch

    torch.manual_seed(seed)
    plain = json.loads(json.dumps(KINDS[kind]))
    kind = open_clip.CustomTextCLIP if plain.pop("custom_text", False) else open_clip.CLIP
    return kind(**plain).eval()


def write(folder: Path, kind: str = "vit", change: Callable[[dict[str, Any]], None] | None = None) -> Path:
    """A folder with configuration and weights; the configuration perhaps changed before."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    plain = json.loads(json.dumps({"model_cfg": KINDS[kind], "preprocess_cfg": FED}))
    if change is not None:
        change(plain)
    (folder / "open_clip_config.json").write_text(json.dumps(plain))
    state = {name: value.contiguous().clone() for name, value in model(kind).state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    return folder


def pictures(n: int, seed: int = 0) -> list[Any]:
    """Noise of the size that the towers are fed."""
    return list(np.random.default_rng(seed).integers(0, 256, (n, PX, PX, 3), np.uint8))
