from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.gradients import Gradients
from sightline.deep.recipe import Recipe
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
