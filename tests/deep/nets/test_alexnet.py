from __future__ import annotations

from pathlib import Path

import pytest

from sightline.deep.nets.alexnet import alexnet
from sightline.deep.nets.backbones import module_of
from sightline.deep.weights.recipe import Recipe
from tests.deep import files

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
models = pytest.importorskip("torchvision.models", reason="the extra [deep] is not installed")


def test_weights_of_torchvision_fit_and_give_its_answers(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = models.alexnet().eval()
    arrays = {name: value.numpy() for name, value in theirs.state_dict().items()}
    path = files.write(tmp_path / "w.safetensors", {"arch": "alexnet"}, arrays)
    ours, pictures = module_of(Recipe.of_file(path)), torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        features = ours.forward_features(pictures)
        embedding = ours.forward_head(features, pre_logits=True)
        torch.testing.assert_close(theirs.classifier[6](embedding), theirs(pictures))
    assert features.shape == (1, 256, 6, 6) and embedding.shape == (1, ours.num_features)


def test_layers_are_in_order() -> None:
    from sightline.deep.training.layers import layers_of

    with torch.device("meta"):
        found = layers_of(alexnet())
    order = [f"features.{n}.weight" for n in (0, 3, 6, 8, 10)] + ["classifier.1.bias", "classifier.4.bias"]
    assert [found[name] for name in order] == list(range(7))
