"""All that a training knows, as tensors and plain numbers, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sightline.deep.nets.backbones import chance, give_chance_back
from sightline.deep.training.optimizers import Together
from sightline.extras import need

RANDOM = "random"
"""What torch draws next."""


def tensors_of(network: Any, optimizers: Together, more: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Name -> tensor, of the network, of what the optimizers remember, of other states, and of torch's chance."""
    torch: Any = need("torch")
    found = {f"network/{name}": value for name, value in network.state_dict().items()}
    for number, part in enumerate(optimizers.parts):
        for place, kept in part.state_dict()["state"].items():
            found |= {f"optimizer/{number}/{place}/{name}": torch.as_tensor(one) for name, one in kept.items()}
    for kind, values in more.items():
        found |= {f"{kind}/{name}": value for name, value in values.items()}
    # A copy each: two names for the same memory cannot be written.
    return {name: value.detach().clone() for name, value in found.items()} | {RANDOM: chance()}


def give_back(tensors: Mapping[str, Any], network: Any, optimizers: Together) -> None:
    """Let a network and its optimizers be as they were."""
    network.load_state_dict(under(tensors, "network"))
    for number, part in enumerate(optimizers.parts):
        states: dict[int, dict[str, Any]] = {}
        for name, value in under(tensors, f"optimizer/{number}").items():
            place, _, what = name.partition("/")
            states.setdefault(int(place), {})[what] = value
        part.load_state_dict({**part.state_dict(), "state": states})
    give_chance_back(tensors[RANDOM])


def under(tensors: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Those of one kind, without its name."""
    return {name.removeprefix(f"{kind}/"): value for name, value in tensors.items() if name.startswith(f"{kind}/")}
