"""Networks of timm with drawn weights: what is exported gives the network's numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep import export
from sightline.deep.nets.backbones import drawn, sized
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ExportError, InputError
from sightline.networks.network import Network
from tests.deep import files

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
timm = pytest.importorskip("timm", reason="the extra [deep] is not installed")


def recipe(folder: Path, arch: str, px: int, **kwargs: Any) -> Recipe:
    torch.manual_seed(0)
    state = timm.create_model(arch, **kwargs).state_dict()
    path = files.write(folder / f"{arch}.safetensors", {"arch": arch}, {k: v.numpy() for k, v in state.items()})
    return Recipe(path, arch, kwargs, px=px)


def numbers(made: Recipe, pictures: np.ndarray) -> np.ndarray:
    """The embedding by plain timm."""
    network = export.module_of(made)
    mean, std = (torch.tensor(one).view(1, 3, 1, 1) for one in (made.mean, made.std))
    with torch.no_grad():
        scaled = (torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255 - mean) / std
        found: np.ndarray = network.forward_head(network.forward_features(scaled), pre_logits=True).flatten(1).numpy()
    return found


@pytest.mark.parametrize(
    ("arch", "px", "kwargs", "kind", "pooled", "free"),
    [
        ("mobilenetv2_050", 64, {"pad_type": "same"}, "map", True, True),
        ("mobilenetv3_small_050", 64, {}, "map", False, True),
        ("resnet10t", 64, {}, "map", True, True),
        ("vit_tiny_patch16_224", 0, {"img_size": 64}, "tokens", False, False),
    ],
)
def test_the_export_gives_the_networks_numbers(
    tmp_path: Path, arch: str, px: int, kwargs: dict[str, Any], kind: str, pooled: bool, free: bool
) -> None:
    made = recipe(tmp_path, arch, px, **kwargs)
    found = export.exported(made, arch)
    pictures = np.random.default_rng(3).integers(0, 256, (3, 64, 64, 3), np.uint8)
    expected = numbers(made, pictures)
    ours = np.stack([found.embed(one) for one in pictures])
    np.testing.assert_allclose(ours, expected, atol=1e-4 * np.abs(expected).max())
    assert (found.name, found.kind, found.pooled, found.feed.height) == (arch, kind, pooled, 64)
    assert found.feed.free is free
    vector, features = found.look(pictures[0])
    np.testing.assert_array_equal(vector, ours[0])
    assert features.ndim == 3
    if free:
        larger = np.random.default_rng(4).integers(0, 256, (2, 96, 96, 3), np.uint8)
        expected = numbers(made, larger)
        ours = np.stack([found.at(96).embed(one) for one in larger])
        np.testing.assert_allclose(ours, expected, atol=1e-4 * np.abs(expected).max())


def test_an_export_that_answers_otherwise_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = export._onnx

    def swapped(torch: Any, wrapped: Any, drawn: Any, made: Recipe) -> Any:
        wrapped.shift += 25
        return whole(torch, wrapped, drawn, made)

    monkeypatch.setattr(export, "_onnx", swapped)
    with pytest.raises(ExportError, match="differs from the network by"):
        export.exported(recipe(tmp_path, "resnet10t", 64), "resnet10t")


@pytest.mark.parametrize(
    ("arch", "kwargs", "px", "expected"),
    [
        ("resnet10t", {}, 0, 176),
        ("resnet10t", {}, 64, 64),
        ("vit_tiny_patch16_384", {"depth": 1}, 0, 384),
        ("vit_tiny_patch16_384", {"depth": 1, "img_size": [96, 96]}, 0, 96),
    ],
)
def test_a_size_that_nobody_says_is_timms(arch: str, kwargs: dict[str, Any], px: int, expected: int) -> None:
    made = Recipe(Path("w"), arch, kwargs, px=px)
    assert sized(drawn(made, 0), made).px == expected


def test_a_network_that_takes_no_such_pictures_is_named(tmp_path: Path) -> None:
    made = recipe(tmp_path, "vit_tiny_patch16_224", 96, img_size=64, depth=1)
    with pytest.raises(InputError, match=r"vit_tiny_patch16_224 gives no embedding of a picture of 96 x 96 px \("):
        export.exported(made, "x")


def test_weights_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    made = recipe(tmp_path, "resnet10t", 64)
    network = export.module_of(made)
    with torch.no_grad():
        network.conv1[0].weight[0] = float("nan")
    with pytest.raises(
        InputError, match=r"resnet10t\.safetensors: resnet10t with these weights gives an embedding that"
    ):
        export.exported_module(network, made, "x")


def test_weights_of_another_network_are_named(tmp_path: Path) -> None:
    made = recipe(tmp_path, "resnet10t", 64)
    with pytest.raises(InputError, match=r"\d+ missing \(.+, .+, .+, \.\.\.\); \d+ unknown \(.+\)"):
        export.exported(Recipe(made.weights, "mobilenetv3_small_050"), "x")
    with pytest.raises(InputError, match="cannot make no_such_net"):
        export.exported(Recipe(made.weights, "no_such_net"), "x")
    with pytest.raises(InputError, match="cannot make resnet10t with"):
        export.exported(Recipe(made.weights, "resnet10t", {"no_such": 1}), "x")


def test_weights_of_another_shape_are_named(tmp_path: Path) -> None:
    made = recipe(tmp_path, "mobilenetv2_050", 64)
    with pytest.raises(InputError, match="of another shape"):
        export.exported(Recipe(made.weights, "mobilenetv2_100"), "x")


def test_real_weights(real_data: Path) -> None:
    path = real_data.parent / "weights" / "mobilenetv2_100_same.safetensors"
    if not path.is_file():
        pytest.skip(f"no real weights at {path}")
    found = export.exported(Recipe.of_file(path), "mobilenetv2")
    assert isinstance(found, Network) and found.feed.free and found.pooled
    assert found.embedding.shape[1] == 1280
