"""Every family that `sightline models` lists is made, learns, is exported and says where it looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.families import members
from sightline.deep.nets import backbones
from sightline.deep.nets.backbones import OWN, drawn, looking, module_of, sized, sketching
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from tests.deep import files

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
timm = pytest.importorskip("timm", reason="the extra [deep] is not installed")

TINY_VIT = {"depth": 2, "embed_dim": 48, "num_heads": 3}
QUICK: dict[str, tuple[int, dict[str, Any]]] = {
    "lenet5": (32, {}),
    "small": (32, {"widths": [8, 16, 24]}),
    "resnet18": (32, {"layers": [1, 1, 1, 1]}),
}
LONG: dict[str, tuple[int, dict[str, Any]]] = {
    "alexnet": (63, {}),
    "googlenet": (64, {}),
    "vgg11": (32, {"mlp_ratio": 0.05}),
    "inception_v3": (96, {}),
    "densenet121": (32, {"growth_rate": 8, "block_config": [2, 2, 2, 2]}),
    "mobilenetv2_050": (64, {}),
    "mobilenetv3_small_100": (64, {}),
    "mobilenetv4_conv_small": (64, {}),
    "efficientnet_b0": (64, {}),
    "tf_efficientnetv2_b0": (64, {}),
    "convnext_atto": (64, {"depths": [1, 1, 1, 1]}),
    "vit_tiny_patch16_224": (64, {"img_size": 64, **TINY_VIT}),
    "deit3_small_patch16_224": (64, {"img_size": 64, **TINY_VIT}),
    "swin_tiny_patch4_window7_224": (64, {"img_size": 64, "window_size": 2, "embed_dim": 24, "depths": [1, 1, 2, 1]}),
    "coatnet_nano_rw_224": (64, {"img_size": 64}),
    "maxvit_nano_rw_256": (64, {"img_size": 64}),
    "mobilevit_xxs": (64, {}),
    "fastvit_t8": (64, {"layers": [1, 1, 1, 1]}),
    "efficientformer_l1": (224, {"depths": [1, 1, 1, 2], "embed_dims": [16, 24, 32, 48]}),
    "efficientformerv2_s0": (64, {"img_size": 64}),
    "tiny_vit_5m_224": (64, {"depths": [1, 1, 2, 1]}),
    "vit_small_patch14_dinov2": (56, {"img_size": 56, **TINY_VIT}),
    "vit_small_patch16_dinov3": (64, {"img_size": 64, **TINY_VIT}),
    "vit_base_patch32_clip_224": (64, {"img_size": 64, **TINY_VIT}),
    "vit_base_patch32_siglip_256": (64, {"img_size": 64, **TINY_VIT}),
}
"""An architecture of each family that is not quick -> its size in pixels and arguments that make it small."""
TOKENS = ("vit_", "deit3", "efficientformer_l1")
CASES = [
    *(pytest.param(*case, id=name) for name, size in QUICK.items() for case in [(name, *size)]),
    *(pytest.param(*case, id=name, marks=pytest.mark.long) for name, size in LONG.items() for case in [(name, *size)]),
]


def drawn_pictures(n: int, px: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, px, px, 3), np.uint8)


def two_steps(seeing: Any, px: int, width: int, network: Any) -> Any:
    """A trainer that has taken two steps of two pictures."""
    from sightline.deep.courses.head import headed
    from sightline.deep.training.layers import groups
    from sightline.deep.training.loop import Trainer
    from sightline.deep.training.regime import Regime
    from sightline.deep.training.shown.batches import Batches, of_classes

    head = torch.nn.Linear(width, 2)
    shown = Batches(list(drawn_pictures(4, px)), of_classes(np.arange(4) % 2), px, workers=1)
    rated = groups(network, head, 0.75, 0.05)
    trainer = Trainer(headed(seeing, head), shown, Regime(epochs=1, batch=2, rate=1e-3), rated)
    trainer.run()
    return trainer


@pytest.mark.parametrize(("arch", "px", "kwargs"), CASES)
def test_a_family_is_made_learns_is_exported_and_says_where_it_looks(
    arch: str, px: int, kwargs: dict[str, Any], tmp_path: Path
) -> None:
    from sightline.deep.export import exported_module
    from sightline.deep.gradients import Gradients

    recipe = Recipe(tmp_path / "w.safetensors", arch, kwargs, px=px)
    network = drawn(recipe, 0)
    seeing, pictures = looking(network, recipe), drawn_pictures(2, px, seed=1)
    with torch.no_grad():
        before = seeing(torch.from_numpy(pictures))[0].numpy()
    trainer = two_steps(seeing, px, before.shape[1], network)
    assert trainer.steps == 2 and np.isfinite(trainer.losses).all()

    with torch.no_grad():
        after = seeing(torch.from_numpy(pictures))[0].numpy()
    assert not np.array_equal(after, before)
    found = exported_module(network, recipe, arch)
    looks = [found.look(picture) for picture in pictures]
    np.testing.assert_allclose(np.stack([one for one, _ in looks]), after, atol=1e-3 * np.abs(after).max())
    assert found.kind == ("tokens" if arch.startswith(TOKENS) else "map")
    assert all(places.ndim == 3 and places.shape[0] == places.shape[1] >= 1 for _, places in looks)

    files.write(recipe.weights, arrays={name: value.numpy() for name, value in network.state_dict().items()})
    map_of = Gradients.of(recipe).look(pictures[0], np.linspace(-1, 1, after.shape[1], dtype=np.float32))
    assert map_of.ndim == 2 and np.isfinite(map_of).all() and np.abs(map_of).max() > 0


def test_every_family_has_a_case() -> None:
    tried = {one.family for one in members() if one.name in {**QUICK, **LONG}}
    assert tried == {one.family for one in members()}


def test_our_names_are_none_of_timms() -> None:
    assert not set(OWN) & set(timm.list_models())
    assert {one.name for one in members() if not one.tag} == set(OWN)


@pytest.mark.parametrize(("arch", "px"), [("lenet5", 32), ("small", 32), ("alexnet", 224), ("googlenet", 224)])
def test_a_size_that_nobody_says_is_the_networks_own(arch: str, px: int) -> None:
    recipe = Recipe(Path("w"), arch)
    with torch.device("meta"):
        assert sized(drawn(recipe, 0), recipe).px == px


def test_arguments_that_ours_do_not_take_are_named() -> None:
    with pytest.raises(InputError, match=r"lenet5 cannot be made with \{'depth': 2\} \(.*depth"):
        drawn(Recipe(Path("w"), "lenet5", {"depth": 2}), 0)


def test_weights_of_another_network_of_ours_are_named(tmp_path: Path) -> None:
    path = files.write(tmp_path / "w.safetensors", {"arch": "lenet5"})
    with pytest.raises(InputError, match=r"the weights of lenet5: 16 missing \(c1.weight, .*1 unknown \(x\)"):
        module_of(Recipe.of_file(path))


def test_weights_are_compared_before_memory_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three widths in the header of a small file would be a network of 29 GB."""
    made, small = [], OWN["small"]

    def recorded(**kwargs: Any) -> Any:
        made.append(torch.empty(0).device.type)
        return small(**kwargs)

    monkeypatch.setattr(backbones, "OWN", {**OWN, "small": recorded})
    texts = {"arch": "small", "kwargs": '{"widths": [16000, 16000, 16000]}'}
    network = small(widths=[8, 16, 24])
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    recipe = Recipe.of_file(files.write(tmp_path / "w.safetensors", texts, arrays))
    words = r"of another shape \(blocks.0.first.weight \[8, 24, 3, 3\] instead of \[16000, 24, 3, 3\], .*, .*, \.\.\.\)"
    with pytest.raises(InputError, match=words):
        module_of(recipe)
    assert made == ["meta"]
    texts["kwargs"] = '{"widths": [8, 16, 24]}'
    found = module_of(Recipe.of_file(files.write(tmp_path / "w.safetensors", texts, arrays)))
    assert made == ["meta", "meta", "cpu"]
    assert torch.equal(found.blocks[1].second.weight, network.blocks[1].second.weight)


def test_a_network_of_layers_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "MOST_CALLS", 2000)
    texts = {"arch": "vit_tiny_patch16_224", "kwargs": '{"depth": 16000}'}
    recipe = Recipe.of_file(files.write(tmp_path / "w.safetensors", texts))
    with pytest.raises(InputError, match=r"with \{'depth': 16000\} has more parts than any network"):
        module_of(recipe)


@pytest.mark.parametrize(
    ("px", "window", "words"),
    [
        (64, 8, ""),
        (
            256,
            64,
            r"bytes.* that no file holds \((indices of \[4096, 4096\]|.*_index has 134,217,728)\); allowed: 64,000,",
        ),
        (
            1024,
            16,
            r"computes \d\d,\d*,\d* bytes that no file holds \(layers.0.blocks.1.attn_mask has 67,108,864\); all",
        ),
    ],
)
def test_what_no_file_holds_is_counted_before_memory_is_taken(
    px: int, window: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pairs of places grow with the fourth power of a side: at 384 px a file of 0.3 MB took 2.7 GB."""
    arch = "swin_tiny_patch4_window7_224"
    kwargs = {"embed_dim": 8, "depths": [2, 1, 1, 1], "num_heads": [1] * 4, "img_size": px, "window_size": window}
    with sketching(arch, 10**9):
        shapes = timm.create_model(arch, num_classes=0, **kwargs).state_dict()
    arrays = {name: np.zeros(tuple(value.shape), np.float16) for name, value in shapes.items()}
    recipe = Recipe(files.write(tmp_path / "w.safetensors", arrays=arrays), arch, kwargs)
    if not words:
        assert not any(one.is_meta for one in module_of(recipe).buffers())
        return
    monkeypatch.setattr(backbones, "_made", lambda recipe: pytest.fail("took memory"))
    with pytest.raises(InputError, match=words):
        module_of(recipe)


def test_indices_are_refused_before_they_are_counted_out(tmp_path: Path) -> None:
    """In Python, 10 million for each layer."""
    kwargs = {"window_sizes": [56, 56, 56, 56]}
    recipe = Recipe(files.write(tmp_path / "w.safetensors"), "tiny_vit_5m_224", kwargs)
    with pytest.raises(InputError, match=r"78,675,968 bytes or more that no file holds \(indices of \[3136, 3136\]\)"):
        module_of(recipe)


def test_a_rate_for_each_layer_is_known_before_memory_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three in five architectures of timm 1.0.20 nothing would be compared."""
    made = []

    def rated(**kwargs: Any) -> Any:
        made.append(torch.empty(0).device.type)
        assert len([one.item() for one in torch.linspace(0, 0.1, 3)]) == 3
        return OWN["small"](**kwargs)

    monkeypatch.setattr(backbones, "OWN", {"small": rated})
    with pytest.raises(InputError, match="does not hold the weights of small"):
        module_of(Recipe(files.write(tmp_path / "w.safetensors"), "small", {"widths": [8, 16, 24]}))
    assert made == ["meta"]


def test_a_network_that_cannot_be_made_without_memory_is_made_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needing(**kwargs: Any) -> Any:
        torch.arange(3)[1].item()  # meta tensors hold no number
        return OWN["small"](**kwargs)

    monkeypatch.setattr(backbones, "OWN", {"small": needing})
    network = OWN["small"](widths=[8, 16, 24])
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    recipe = Recipe(files.write(tmp_path / "w.safetensors", arrays=arrays), "small", {"widths": [8, 16, 24]})
    assert torch.equal(module_of(recipe).stem.weight, network.stem.weight)
    with pytest.raises(InputError, match="of another shape"):
        module_of(Recipe(recipe.weights, "small", {"widths": [8, 16, 25]}))


def test_weights_that_are_read_leave_chance_alone(tmp_path: Path) -> None:
    network = OWN["small"](widths=[8, 16, 24])
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    recipe = Recipe(files.write(tmp_path / "w.safetensors", arrays=arrays), "small", {"widths": [8, 16, 24]})
    before = torch.get_rng_state()
    module_of(recipe)
    assert torch.equal(torch.get_rng_state(), before)
