from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sightline.deep.courses.head import drawn_head, probe
from sightline.deep.nets.backbones import drawn, looking
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


@pytest.mark.parametrize("k", [2, 3])
def test_a_probe_tells_classes_apart_and_leaves_chance_alone(k: int) -> None:
    codes = np.arange(60) % k
    embeddings = (np.eye(4)[codes] + np.random.default_rng(0).normal(0, 0.1, (60, 4))).astype(np.float32)
    before = torch.get_rng_state()
    head = probe(embeddings, codes, k)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(one.requires_grad and one.device.type == "cpu" for one in head.parameters())
    with torch.no_grad():
        assert np.array_equal(head(torch.from_numpy(embeddings)).argmax(1).numpy(), codes)


def test_a_probe_is_stopped_between_two_rounds() -> None:
    """Of a thousand classes it takes minutes, in which the clock is to be heard."""
    random = np.random.default_rng(0)
    rounds = []

    def check() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probe(random.normal(size=(300, 8)).astype(np.float32), np.arange(300) % 30, 30, check)
    assert len(rounds) == 3


def test_a_network_of_another_size_is_told() -> None:
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    recipe = Recipe(Path("vit"), "vit_tiny_patch16_224", px=32)
    seeing = looking(drawn(recipe, 0), recipe)
    with pytest.raises(InputError, match=r"no embedding of a picture of 32 x 32 px \(.*224.*\); give another px$"):
        drawn_head(seeing, 32, 2, 0)
    assert drawn_head(seeing, 224, 3, 0).weight.shape == (3, 192)
