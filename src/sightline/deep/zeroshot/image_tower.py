"""The tower of pictures as one ONNX network: its embedding is what open_clip's `encode_image` gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sightline.deep.export import exported_module
from sightline.deep.weights.recipe import Recipe
from sightline.deep.zeroshot.config import TowerConfig
from sightline.errors import InputError
from sightline.extras import need
from sightline.networks.network import Network

ARCH = "open_clip"
"""What the recipe of such an export says: timm does not know it, and nothing trains it on."""


def exported_tower(model: Any, config: TowerConfig, weights: Path, name: str) -> Network:
    """The tower of pictures, normalization inside, checked against torch.

    Args:
        model: open_clip's network.
        config: what it is fed.
        weights: for messages.
        name: what to call it.

    Raises:
        InputError: torch cannot export it.
        ExportError: the export answers otherwise than the network.
    """
    recipe = Recipe(weights, ARCH, mean=config.mean, std=config.std, px=config.px)
    return exported_module(with_faces(model.visual), recipe, name)


def with_faces(visual: Any) -> Any:
    """A tower of open_clip with the two faces that timm's networks have, so that it is exported as those are.

    Raises:
        InputError: a tower of a kind that open_clip had not when this was written.
    """
    torch: Any = need("torch")
    first, last = _halves(visual)

    class Tower(torch.nn.Module):  # type: ignore[misc]  # torch is only there with the extra
        def __init__(self) -> None:
            super().__init__()
            self.visual = visual
            trunk = getattr(visual, "trunk", None)
            self.output_fmt = getattr(trunk, "output_fmt", "NCHW")
            self.num_prefix_tokens = getattr(trunk, "num_prefix_tokens", 0 if trunk is not None else 1)

        def forward_features(self, scaled: Any) -> Any:
            return first(scaled)

        def forward_head(self, features: Any, pre_logits: bool = True) -> Any:
            return last(features)

    return Tower().eval()


def _halves(visual: Any) -> tuple[Any, Any]:
    """Pictures to the last features, and these to the embedding."""
    kind = type(visual).__name__
    if kind == "TimmModel":
        return visual.trunk.forward_features, lambda features: visual.head(visual.trunk.forward_head(features))
    if kind == "VisionTransformer":
        # Its blocks take tokens; class token first, as its pooling expects.
        return lambda scaled: visual.transformer(visual._embeds(scaled)), lambda tokens: _projected(visual, tokens)
    if kind == "ModifiedResNet":
        return lambda scaled: _layers(visual, scaled), visual.attnpool
    raise InputError(f"its tower of pictures is a {kind}; allowed: TimmModel, VisionTransformer or ModifiedResNet")


def _projected(visual: Any, tokens: Any) -> Any:
    pooled, _ = visual._pool(tokens)
    return pooled if visual.proj is None else pooled @ visual.proj


def _layers(visual: Any, scaled: Any) -> Any:
    for name in ("stem", "layer1", "layer2", "layer3", "layer4"):
        scaled = getattr(visual, name)(scaled)
    return scaled
