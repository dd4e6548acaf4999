"""Which weights the networks of this process were exported from: what is to learn more needs them, not the export."""

from __future__ import annotations

import dataclasses
import threading

from sightline.deep.weights.recipe import Recipe
from sightline.errors import ComponentError
from sightline.networks.library import digest_in
from sightline.networks.network import Network

_lock = threading.Lock()
_origins: dict[str, Recipe] = {}


def remember_origin(network: Network, recipe: Recipe) -> Network:
    """Let `origin_of` know the weights that a network was exported from; the network is given back.

    A recipe that leaves the size to timm gets that of the network.
    """
    with _lock:
        _origins[network.digest] = recipe if recipe.px else dataclasses.replace(recipe, px=network.feed.height)
    return network


def has_origin(network: Network) -> bool:
    """Whether its weights are known."""
    with _lock:
        return network.digest in _origins


def origin_of(called: str) -> Recipe:
    """The recipe behind the network that is called "name@digest".

    Raises:
        ComponentError: the network came as an .onnx file, or is not of this process.
    """
    with _lock:
        found = _origins.get(digest_in(called))
    if found is None:
        raise ComponentError(
            f'the weights of the network "{called}" are not at hand, and an .onnx file cannot learn; give '
            "--backbone a .safetensors file, or a name of timm"
        )
    return found
