from __future__ import annotations

from pathlib import Path

import pytest

from sightline.deep.weights.origins import has_origin, origin_of, remember_origin
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ComponentError
from tests.networks import tiny


def test_weights_are_found_by_the_key_of_their_export() -> None:
    network, recipe = tiny.network(seed=71), Recipe(Path("w.safetensors"), "resnet10t", px=64)
    assert not has_origin(network)
    assert remember_origin(network, recipe) is network
    assert has_origin(network) and origin_of(network.key) is recipe


def test_a_size_left_to_timm_is_that_of_the_export() -> None:
    network = remember_origin(tiny.network(seed=72), Recipe(Path("w.safetensors"), "resnet10t"))
    assert origin_of(network.key).px == network.feed.height == 32


@pytest.mark.parametrize("called", ["", "tiny@0123456789abcdef"])
def test_an_onnx_file_cannot_learn(called: str) -> None:
    with pytest.raises(ComponentError, match=r"cannot learn; give --backbone a \.safetensors file"):
        origin_of(called)
