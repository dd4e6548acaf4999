from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.gradients import Gradients
from sightline.deep.nets.backbones import drawn
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.parallel import ordered_map
from tests.deep import files

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
    path = files.write(folder / "w.safetensors", None, {name: one.numpy() for name, one in state.items()})
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


def test_a_map_is_gradients_times_activations(tmp_path: Path) -> None:
    network = made(tmp_path, "resnet10t", {})
    direction = np.ones(len(network.embed(picture())), np.float32)
    found = network.look(picture(), direction)
    layer, kept = network.network.get_submodule(network._listed()["module"]), []
    handle = layer.register_forward_hook(lambda module, given, out: kept.append(out))
    embedding = network._embedding(picture())
    handle.remove()
    (slope,) = torch.autograd.grad(embedding.sum(), kept[0])
    expected = (slope * kept[0]).sum(1)[0].detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_the_other_way_is_the_other_sign_of_a_map(tmp_path: Path) -> None:
    network = made(tmp_path, "resnet10t", {})
    direction = np.random.default_rng(1).normal(size=512).astype(np.float32)
    np.testing.assert_allclose(network.look(picture(), -direction), -network.look(picture(), direction), atol=1e-6)


def untrained(arch: str, kwargs: dict[str, Any], px: int = 64) -> Gradients:
    """A network with drawn weights, without a file; asked as `Gradients.of` asks."""
    recipe = Recipe(Path(arch), arch, kwargs, px=px)
    return Gradients(recipe, asked(drawn(recipe, 0)))


def asked(network: Any) -> Any:
    for layer in network.modules():
        if hasattr(layer, "fused_attn"):
            layer.fused_attn = False
    return network


ANSWERING: list[tuple[str, dict[str, Any], slice]] = [
    ("test_vit", {"img_size": 64}, slice(0, 1)),
    ("test_vit", {"img_size": 64, "global_pool": "avg"}, slice(1, None)),
    ("deit_tiny_distilled_patch16_224", {"img_size": 64}, slice(0, 2)),
    ("eva02_tiny_patch14_224", {"img_size": 56}, slice(1, None)),
]


@pytest.mark.parametrize(("arch", "kwargs", "rows"), ANSWERING, ids=["token", "mean", "two tokens", "EVA02"])
def test_the_rollout_is_of_the_tokens_that_answer(arch: str, kwargs: dict[str, Any], rows: slice) -> None:
    """Not of the first, where a network has one and answers from the mean of the others."""
    network = untrained(arch, kwargs, kwargs["img_size"])
    shown = picture()[: kwargs["img_size"], : kwargs["img_size"]]
    direction = np.random.default_rng(1).normal(size=len(network.embed(shown))).astype(np.float32)
    kept: list[Any] = []
    for block in network.network.blocks:
        block.attn.attn_drop.register_forward_hook(lambda module, given, made: kept.append(made))
    answer = network._embedding(shown)[0] @ torch.from_numpy(direction)
    attended = list(kept)
    relevance = torch.eye(attended[0].shape[-1])
    for attention, slope in zip(attended, torch.autograd.grad(answer, attended), strict=True):
        relevance = relevance + (attention * slope).clamp(min=0)[0].mean(dim=0) @ relevance
    expected = relevance[rows].mean(dim=0)[network.network.num_prefix_tokens :].detach().numpy()
    np.testing.assert_allclose(network.look(shown, direction).ravel(), expected, rtol=1e-3, atol=1e-9)


def test_maps_whose_channels_come_last_are_turned() -> None:
    """VOLO says nothing of it; weights times activations are found by hand."""
    torch.manual_seed(0)
    small = {"embed_dims": (8, 16, 16, 16), "num_heads": (2, 2, 2, 2), "stem_hidden_dim": 8}
    module = pytest.importorskip("timm.models.volo").VOLO((1, 1, 1, 1), img_size=64, num_classes=0, **small).eval()
    network = Gradients(Recipe(Path("volo"), "volo_d1_224", px=64), asked(module))
    kept: list[Any] = []
    handle = module.get_submodule(network._listed()["module"]).register_forward_hook(lambda *all: kept.append(all[2]))
    embedding = network._embedding(picture())
    handle.remove()
    (slope,) = torch.autograd.grad(embedding.sum(), kept[0])
    assert kept[0].shape == (1, 4, 4, 16)
    expected = (slope.mean((1, 2), keepdim=True) * kept[0]).sum(3)[0].detach().numpy()
    np.testing.assert_allclose(network.look(picture(), np.ones(16, np.float32)), expected, rtol=1e-4, atol=1e-9)


def test_a_layer_of_other_channels_than_listed_is_no_map() -> None:
    network = untrained("test_resnet", {})
    network.network.feature_info = [{**one, "num_chs": 7} for one in network.network.feature_info]
    with pytest.raises(
        InputError, match=r"test_resnet .*a layer gives \[192, 4, 4\] where a map of 7 channels is listed"
    ):
        network.look(picture(), np.ones(network.network.num_features, np.float32))


UNASKABLE: list[tuple[str, dict[str, Any], int]] = [
    ("coat_tiny", {"img_size": 64}, 64),
    ("convit_tiny", {"img_size": 64}, 64),
    ("crossvit_tiny_240", {}, 240),
    ("hrnet_w18_small", {}, 64),
    ("mvitv2_tiny", {"img_size": 64}, 64),
    ("pit_ti_224", {"img_size": 64}, 64),
    ("twins_svt_small", {"img_size": 64}, 64),
    ("xcit_nano_12_p16_224", {"img_size": 64}, 64),
]


@pytest.mark.parametrize(("arch", "kwargs", "px"), UNASKABLE, ids=[arch for arch, *_ in UNASKABLE])
def test_a_network_that_neither_can_be_asked_of_says_so(arch: str, kwargs: dict[str, Any], px: int) -> None:
    network = untrained(arch, kwargs, px)
    with pytest.raises(InputError, match=rf"^{arch} cannot be asked for gradients \(.+\); use the method occlusion$"):
        network.look(np.zeros((px, px, 3), np.uint8), np.ones(network.network.num_features, np.float32))


def test_attention_without_a_batch_is_not_taken_for_one() -> None:
    """That of SAM: (heads, n, n), of which the first head would pass for all."""
    small = {"patch_size": 16, "embed_dim": 16, "depth": 2, "num_heads": 2, "neck_chans": 16, "num_classes": 0}
    made = pytest.importorskip("timm.models.vision_transformer_sam").VisionTransformerSAM(img_size=64, **small).eval()
    network = Gradients(Recipe(Path("sam"), "samvit_base_patch16_224", px=64), asked(made))
    with pytest.raises(InputError, match=r"^samvit_base_patch16_224 cannot be asked for gradients \(a layer does not"):
        network.look(picture(), np.ones(16, np.float32))


@pytest.mark.parametrize(("arch", "kwargs"), [ARCHES[0], ARCHES[2]], ids=[ARCHES[0][0], ARCHES[2][0]])
def test_several_threads_may_ask_at_once(tmp_path: Path, arch: str, kwargs: dict[str, Any]) -> None:
    """While one watches the layers, another may embed: it wants no gradients, and the layers are the same."""
    network = made(tmp_path, arch, kwargs)
    pictures = [np.random.default_rng(seed).integers(0, 256, (64, 64, 3), np.uint8) for seed in range(24)]
    direction = np.random.default_rng(1).normal(size=len(network.embed(picture()))).astype(np.float32)

    def both(one: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return network.embed(one), network.look(one, direction)

    alone = [both(one) for one in pictures]
    together = list(ordered_map(both, pictures, workers=4))
    for mine, theirs in zip(alone, together, strict=True):
        np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(mine[1], theirs[1], rtol=1e-3, atol=1e-6)


def test_weights_are_named_by_their_file_and_loaded_once(tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = {name: one.numpy() for name, one in timm.create_model("resnet10t").state_dict().items()}
    path = files.write(tmp_path / "w.safetensors", {"arch": "resnet10t", "size": "64"}, state)
    first = Gradients.of_weights(path)
    assert first.recipe == Recipe(path, "resnet10t", px=64) and Gradients.of_weights(str(path)) is first
    expected = Gradients.of(first.recipe).embed(picture())
    np.testing.assert_array_equal(first.embed(picture()), expected)
    state = {name: one * 0.5 if one.ndim == 4 else one for name, one in state.items()}
    files.write(path, {"arch": "resnet10t", "size": "64", "note": "another"}, state)
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
