from __future__ import annotations

from pathlib import Path

import pytest

from sightline.deep.nets.backbones import module_of
from sightline.deep.nets.googlenet import LAYERS, googlenet
from sightline.deep.weights.recipe import Recipe
from tests.deep import files

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
models = pytest.importorskip("torchvision.models", reason="the extra [deep] is not installed")


def test_weights_of_torchvision_fit_and_give_its_answers(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = models.googlenet(aux_logits=True, transform_input=True, init_weights=False).eval()  # as its own weights
    arrays = {name: value.numpy() for name, value in theirs.state_dict().items()}
    half = {"arch": "googlenet", "mean": "0.5,0.5,0.5", "std": "0.5,0.5,0.5"}
    recipe = Recipe.of_file(files.write(tmp_path / "w.safetensors", half, arrays))
    ours, pictures = module_of(recipe), torch.rand(1, 3, 64, 64)
    mean, std = (torch.tensor(one).view(1, 3, 1, 1) for one in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.no_grad():
        features = ours.forward_features((pictures - 0.5) / 0.5)
        embedding = ours.forward_head(features, pre_logits=True)
        torch.testing.assert_close(theirs.fc(embedding), theirs((pictures - mean) / std))
    torch.testing.assert_close(embedding, features.mean(dim=(2, 3)))


def test_layers_are_in_order() -> None:
    from sightline.deep.training.layers import layers_of

    with torch.device("meta"):
        found = layers_of(googlenet())
    order = [
        min(layer for name, layer in found.items() if name.startswith(f"{one}.")) for one in LAYERS if "pool" not in one
    ]
    assert order == list(range(12)) == sorted(set(found.values()))
