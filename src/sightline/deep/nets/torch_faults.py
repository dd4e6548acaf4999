"""What torch 2.14 cannot do with networks as they are written, done otherwise; they answer as before."""

from __future__ import annotations

from typing import Any

from sightline.extras import need

FEW_CHANNELS = 16
"""Below this many, going back through a 1 x 1 convolution with a stride writes where it must not."""


def mended(network: Any) -> Any:
    """The network, which can be exported and learn whatever its layers are."""
    _in_steps(network)
    _strides_first(network)
    return network


def _in_steps(network: Any) -> None:
    """Attention in steps where torch cannot export the fused one: in MaxViT.

    On a CPU the fused one gives other strides than the rule that torch exports by, and the next step views them.
    """
    attention = need("timm.models.maxxvit").AttentionCl
    for layer in network.modules():
        if isinstance(layer, attention):
            layer.fused_attn = False


def _strides_first(network: Any) -> None:
    """1 x 1 convolutions with a stride look at every so-manieth pixel: in the first layers of FastViT and RepVGG.

    Where the channels of a pixel lie together, as in all that trains here, and there are few, as of a picture, going
    back through such a layer ends the process.
    """
    torch: Any = need("torch")
    for layer in network.modules():
        plain = isinstance(layer, torch.nn.Conv2d) and layer.kernel_size == (1, 1) and layer.padding == (0, 0)
        if plain and layer.stride != (1, 1) and layer.in_channels < FEW_CHANNELS:
            layer.register_forward_pre_hook(_every(*layer.stride))
            layer.stride = (1, 1)


def _every(down: int, across: int) -> Any:
    return lambda layer, given: (given[0][:, :, ::down, ::across],)
