"""The layers of a network as training treats them: from the input to the head, each learning at a rate of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from sightline.extras import need

FEW = 5_000
"""Pictures below which batch normalization keeps the statistics that it came with: of batches of so few it would learn
their chance."""


def layers_of(network: Any) -> dict[str, int]:
    """Parameter -> the number of its layer, 0 next to the input: as timm groups them, else in their order."""
    if not hasattr(network, "group_matcher"):  # MetaFormer, PiT, CSATv2 and MobileNetV5 of timm 1.0 have none
        return _in_their_order(network)
    models: Any = need("timm.models")
    found: dict[str, int] = models.group_parameters(network, network.group_matcher(coarse=False), reverse=True)
    return {name: int(layer) for name, layer in found.items()}


def groups(network: Any, head: Any, decay: float, weight_decay: float) -> list[dict[str, Any]]:
    """Parameter groups for an optimizer: the head at the full rate, each layer below at `decay` times that above.

    What early layers see is of use for all pictures and stays nearly as it is. Biases and what normalizes are not drawn
    to 0.

    J. Howard, S. Ruder: Universal language model fine-tuning for text classification. ACL 2018.
    K. Clark et al.: ELECTRA: pre-training text encoders as discriminators rather than generators. ICLR 2020.

    Returns:
        Each with "params", "layer", "share" (of the full rate) and "weight_decay"; the head's layer is the highest.
    """
    layer_of = layers_of(network)
    top = max(layer_of.values(), default=0) + 1
    members: dict[tuple[int, bool], list[Any]] = {}
    for name, parameter in network.named_parameters():
        members.setdefault((layer_of[name], parameter.ndim > 1), []).append(parameter)
    for parameter in head.parameters():
        members.setdefault((top, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "layer": layer,
            "share": decay ** (top - layer),
            "weight_decay": weight_decay if decays else 0.0,
        }
        for (layer, decays), parameters in sorted(members.items(), key=lambda one: one[0])
    ]


def lowest_learning(epoch: int, epochs: int, top: int, depth: float = 1.0) -> int:
    """The lowest layer that learns in an epoch: gradually more of them, from the last below the head on.

    Args:
        epoch: from 0.
        epochs: in all; over the first half of them layers are added. In one alone, all of them learn.
        top: the head's layer.
        depth: share of the layers below the head that learn in the end, 0 to 1.

    >>> [lowest_learning(epoch, 8, 10) for epoch in range(8)]
    [9, 6, 3, 0, 0, 0, 0, 0]
    """
    most = round(depth * top)
    rounds = max(1, math.ceil(epochs / 2) - 1)
    share = min(epoch / rounds, 1.0) if epochs > 1 else 1.0
    added = min(most, 1 + math.ceil(share * (most - 1))) if most else 0
    return top - added


def let_learn(parameter_groups: Sequence[dict[str, Any]], lowest: int) -> None:
    """Let the layers from `lowest` up learn, and hold those below."""
    for group in parameter_groups:
        for parameter in group["params"]:
            parameter.requires_grad_(group["layer"] >= lowest)


def keep_statistics(network: Any) -> None:
    """Let batch normalization use the statistics that it has and learn no others; call it after each `train()`."""
    for module in _batch_normalizations(network):
        module.eval()


def leave_nothing_to_chance(network: Any) -> None:
    """No dropout and no skipped blocks: they draw from torch's one generator, which trainings side by side share."""
    for module in network.modules():
        for name in ("p", "drop_prob"):
            if isinstance(module.__dict__.get(name), float):
                setattr(module, name, 0.0)


def _in_their_order(network: Any) -> dict[str, int]:
    """Parameter -> the number of its layer: the parts of a network, each stage of several that stand in a row.

    Parts are written down in the order in which they look. What is in none of them, as positions are, goes with the
    first.
    """
    torch: Any = need("torch")
    parts, rows = dict(network.named_children()), (torch.nn.Sequential, torch.nn.ModuleList)

    def part_of(name: str) -> tuple[str, ...]:
        path = name.split(".")
        return tuple(path[: 2 if isinstance(parts[path[0]], rows) else 1])

    own = dict.fromkeys((name for name, _ in network.named_parameters(recurse=False)), 0)
    of = {name: part_of(name) for name, _ in network.named_parameters() if name not in own}
    numbers = {part: number for number, part in enumerate(dict.fromkeys(of.values()))}
    return own | {name: numbers[part] for name, part in of.items()}


def _batch_normalizations(network: Any) -> Iterable[Any]:
    torch: Any = need("torch")
    kinds = torch.nn.modules.batchnorm._BatchNorm
    return [module for module in network.modules() if isinstance(module, kinds)]
