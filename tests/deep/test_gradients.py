from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.gradients import Gradients
from sightline.deep.recipe import Recipe
from sightline.errors import InputError
from sightline.parallel import ordered_map
from tests.deep import weights

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
timm = pytest.importorskip("timm", reason="the extra [deep] is not installed")

ARCHES: list[tuple[str, dict[str, Any]]] = [
    ("resnet10t", {}),
    ("mobilenetv3_small_050", {}),
    ("vit_tiny_patch16_224", {"img_size": 64}),
    ("swin_s3_tiny_224", {"img_size": 64, "window_size": 2}),
]


def made(folder: Path, arch: str, kwargs: dict[str, Any]) -> Gradients:
    torch.manual_seed(0)
    state = timm.create_model(arch, **kwargs).state_dict()
    path = weights.write(folder / "w.safetensors", None, {name: one.numpy() for name, one in state.items()})
    return Gradients.of(Recipe(path, arch, kwargs, px=64))


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)


@pytest.mark.parametrize(("arch", "kwargs"), ARCHES, ids=[arch for arch, _ in ARCHES])
def test_every_kind_says_where_it_looks(tmp_path: Path, arch: str, kwargs: dict[str, Any]) -> None:
    network = made(tmp_path, arch, kwargs)
    direction = np.random.default_rng(1).normal(size=len(network.embed(picture()))).astype(np.float32)
    found = network.look(picture(), direction)
    assert found.dtype == np.float32 and found.ndim == 2 and min(found.shape) >= 2
    assert np.isfinite(found).all() and found.std() > 0
    np.testing.assert_array_equal(network.look(picture(), direction), found)


def test_grad_cam_is_weights_times_activations(tmp_path: Path) -> None:
    network = made(tmp_path, "resnet10t", {})
    direction = np.ones(len(network.embed(picture())), np.float32)
    found = network.look(picture(), direction)
    layer, kept = network._layer(), []
    handle = layer.register_forward_hook(lambda module, given, out: kept.append(out))
    embedding = network._embedding(picture())
    handle.remove()
    (slope,) = torch.autograd.grad(embedding.sum(), kept[0])
    expected = (slope.mean((2, 3), keepdim=True) * kept[0]).sum(1)[0].detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_the_other_way_is_the_other_sign_of_grad_cam(tmp_path: Path) -> None:
    network = made(tmp_path, "resnet10t", {})
    direction = np.random.default_rng(1).normal(size=512).astype(np.float32)
    np.testing.assert_allclose(network.look(picture(), -direction), -network.look(picture(), direction), atol=1e-6)


@pytest.mark.parametrize(("arch", "kwargs"), [ARCHES[0], ARCHES[2]], ids=[ARCHES[0][0], ARCHES[2][0]])
def test_several_threads_may_ask_at_once(tmp_path: Path, arch: str, kwargs: dict[str, Any]) -> None:
    """While one watches the layers, another may embed: it wants no gradients, and the layers are the same."""
    network = made(tmp_path, arch, kwargs)
    pictures = [np.random.default_rng(seed).integers(0, 256, (64, 64, 3), np.uint8) for seed in range(24)]
    direction = np.random.default_rng(1).normal(size=len(network.embed(picture()))).astype(np.float32)

    def asked(one: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return network.embed(one), network.look(one, direction)

    alone = [asked(one) for one in pictures]
    together = list(ordered_map(asked, pictures, workers=4))
    for mine, theirs in zip(alone, together, strict=True):
        np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(mine[1], theirs[1], rtol=1e-3, atol=1e-6)


def test_weights_are_named_by_their_file_and_loaded_once(tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = {name: one.numpy() for name, one in timm.create_model("resnet10t").state_dict().items()}
    path = weights.write(tmp_path / "w.safetensors", {"arch": "resnet10t", "size": "64"}, state)
    first = Gradients.of_weights(path)
    assert first.recipe == Recipe(path, "resnet10t", px=64) and Gradients.of_weights(str(path)) is first
    expected = Gradients.of(first.recipe).embed(picture())
    np.testing.assert_array_equal(first.embed(picture()), expected)
    state = {name: one * 0.5 if one.ndim == 4 else one for name, one in state.items()}
    weights.write(path, {"arch": "resnet10t", "size": "64", "note": "another"}, state)
    assert Gradients.of_weights(path) is not first


def test_what_are_no_weights_is_told_in_one_line(tmp_path: Path) -> None:
    wrong: list[tuple[Any, str]] = [
        (tmp_path / "gone.safetensors", r"cannot read .*gone\.safetensors: No such file"),
        (tmp_path / "some.onnx", r"some\.onnx has no gradients"),
        (3, "weights of type int were given; allowed: a .safetensors file"),
    ]
    for given, said in wrong:
        with pytest.raises(InputError, match=said):
            Gradients.of_weights(given)
