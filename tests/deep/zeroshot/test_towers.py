"""Drawn towers, saved and loaded by the real path: the export and the texts give open_clip's own numbers."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.data.store import FeatureStore
from sightline.deep import wanted
from sightline.deep.zeroshot.class_texts import ClassTexts
from sightline.deep.zeroshot.config import TowerConfig
from sightline.deep.zeroshot.image_text import ImageText, behind, image_text
from sightline.deep.zeroshot.prompts import prompt
from sightline.deep.zeroshot.text_tower import class_vectors, tokenizer_of
from sightline.deep.zeroshot.towers import logit_scale, towers
from sightline.errors import InputError, MissingExtraError
from sightline.networks.zero_shot import ZeroShot
from tests.deep.zeroshot import toy_towers
from tests.networks import tiny

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
open_clip = pytest.importorskip("open_clip", reason="the extra [deep] is not installed")

CLASSES = ClassTexts.of("ok=an intact mat, torn=a broken mat, gone=no mat")
TEMPLATES = ("a photo of a {}.", "a close-up of a {}.")
Made = Callable[[str], ImageText]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Towers of each kind, exported once: an export takes seconds."""
    return functools.cache(lambda kind: image_text(str(toy_towers.write(tmp_path_factory.mktemp(kind), kind))))


def fed(pictures: list[Any]) -> Any:
    """What open_clip's preprocessing makes of pictures of the towers' own size: scaled, and nothing else."""
    transform = open_clip.image_transform(
        toy_towers.PX, is_train=False, mean=toy_towers.FED["mean"], std=toy_towers.FED["std"]
    )
    from PIL import Image

    return torch.stack([transform(Image.fromarray(one)) for one in pictures])


@pytest.mark.parametrize("kind", toy_towers.KINDS)
def test_probabilities_are_those_of_open_clip(kind: str, made: Made) -> None:
    pictures, plain, found = toy_towers.pictures(4), toy_towers.model(kind), made(kind)
    assert behind(found.network) is not None and found.network.kind == ("tokens" if kind == "vit" else "map")
    tokens = open_clip.SimpleTokenizer(context_length=24)
    with torch.no_grad():
        seen = plain.encode_image(fed(pictures), normalize=True)
        texts = [
            plain.encode_text(tokens([prompt(one, text) for one in TEMPLATES]), normalize=True).mean(dim=0)
            for text in CLASSES.texts
        ]
        classes = torch.nn.functional.normalize(torch.stack(texts), dim=-1)
        expected = (plain.logit_scale.exp() * seen @ classes.T).softmax(dim=-1).numpy()
    rows = np.stack([found.network.embed(one) for one in pictures])
    np.testing.assert_allclose(rows / np.linalg.norm(rows, axis=1, keepdims=True), seen.numpy(), atol=1e-5)
    known = found.texts(CLASSES, TEMPLATES)
    np.testing.assert_allclose(known.vectors, classes.numpy(), atol=1e-6)
    np.testing.assert_allclose(ZeroShot(texts=known.key).fit_texts().predict_proba(rows), expected, atol=1e-4)


def test_half_precision_is_read(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = toy_towers.write(tmp_path / "half")
    path = folder / "open_clip_model.safetensors"
    save_file({name: value.half() for name, value in load_file(path).items()}, path)
    whole = toy_towers.model("vit").encode_image(fed(toy_towers.pictures(2))).detach()
    found = loaded(folder).encode_image(fed(toy_towers.pictures(2))).detach()
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), whole.numpy(), atol=2e-2)


def test_what_was_made_is_found_again_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.deep.zeroshot.image_tower.exported_tower", lambda *given: tiny.network(seed=31))
    folder = str(toy_towers.write(tmp_path / "vit"))
    first = image_text(folder, lambda: FeatureStore(tmp_path / "kept"))
    texts = first.texts(CLASSES, TEMPLATES)
    monkeypatch.setattr("sightline.deep.zeroshot.towers.towers", lambda *given: pytest.fail("loaded the towers"))
    again = image_text(folder, lambda: FeatureStore(tmp_path / "kept"))
    assert wanted.network_of(folder, lambda: FeatureStore(tmp_path / "kept")).key == first.network.key
    assert again.network.key == first.network.key and again.texts(CLASSES, TEMPLATES).key == texts.key
    with pytest.raises(pytest.fail.Exception):
        again.texts(CLASSES, TEMPLATES[:1])


def test_names_of_classes_are_no_part_of_what_is_kept(tmp_path: Path, made: Made) -> None:
    found = dataclasses.replace(made("vit"), store=FeatureStore(tmp_path / "kept"))
    one, other = (found.texts(ClassTexts(names, ("x", "y")), TEMPLATES) for names in (("a", "b"), ("c", "d")))
    assert one.names != other.names and one.key != other.key
    np.testing.assert_array_equal(one.vectors, other.vectors)


def loaded(folder: Path) -> Any:
    return towers(TowerConfig.of_folder(folder), folder / "open_clip_model.safetensors")


def test_loading_draws_nothing_that_others_would_see(tmp_path: Path) -> None:
    folder = toy_towers.write(tmp_path / "vit")
    torch.manual_seed(5)
    loaded(folder)
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))


def test_weights_of_another_network(tmp_path: Path) -> None:
    def wider(plain: dict[str, Any]) -> None:
        plain["model_cfg"]["embed_dim"] = 24

    with pytest.raises(InputError, match=r"does not hold the weights of the network that its configuration describes"):
        loaded(toy_towers.write(tmp_path / "a", change=wider))


def test_a_configuration_that_describes_more_than_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def huge(plain: dict[str, Any]) -> None:
        plain["model_cfg"]["text_cfg"].update(width=16384, layers=64, heads=64)

    folder = toy_towers.write(tmp_path / "a", change=huge)
    monkeypatch.setattr("sightline.deep.zeroshot.towers.need", lambda name: pytest.fail("made it"))
    with pytest.raises(InputError, match=r"holds 8\d\d,\d\d\d numbers and its configuration describes a network of"):
        loaded(folder)


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where each network was made since the test began."""
    found: list[str] = []

    def recorded(kind: Any) -> Any:
        def made(**given: Any) -> Any:
            found.append(torch.empty(0).device.type)
            return kind(**given)

        return made

    for name in ("CLIP", "CustomTextCLIP"):
        monkeypatch.setattr(open_clip, name, recorded(getattr(open_clip, name)))
    return found


def test_a_trunk_is_compared_before_memory_is_taken(tmp_path: Path, devices: list[str]) -> None:
    """What the name of a trunk stands for only timm knows."""

    def large(plain: dict[str, Any]) -> None:
        plain["model_cfg"]["vision_cfg"]["timm_model_name"] = "resnet50"

    folder, fine = toy_towers.write(tmp_path / "a", "timm", large), toy_towers.write(tmp_path / "b", "timm")
    devices.clear()
    words = r"its configuration describes \(\d+ missing \(visual.trunk.*\); .* unknown .*; give both as open_clip saved"
    with pytest.raises(InputError, match=words):
        loaded(folder)
    assert devices == ["meta"]
    loaded(fine)
    assert devices == ["meta", "meta", "cpu"]


def test_a_trunk_that_cannot_be_sketched_is_made_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one would be that reads a number of its own while it is made."""
    whole = open_clip.CLIP

    def reading(**given: Any) -> Any:
        torch.zeros(1).item()
        return whole(**given)

    folder = toy_towers.write(tmp_path / "a")
    monkeypatch.setattr(open_clip, "CLIP", reading)
    assert isinstance(loaded(folder), whole)


def test_parts_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.deep.nets.backbones.MOST_CALLS", 50)
    with pytest.raises(InputError, match="the network of its configuration has more parts than any network"):
        loaded(toy_towers.write(tmp_path / "a"))


def rewritten(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    from safetensors.torch import load_file, save_file

    path = folder / "open_clip_model.safetensors"
    state = load_file(path)
    change(state)
    save_file(state, path)
    return folder


def test_positions_of_another_width_are_not_resized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the places that the configuration has, of a width that the file has, they would take any memory."""
    monkeypatch.setattr(torch.nn.functional, "interpolate", lambda *given, **named: pytest.fail("resized them"))
    wide = {"visual.positional_embedding": torch.zeros(5, 4096)}
    folder = rewritten(toy_towers.write(tmp_path / "a"), lambda state: state.update(wide))
    with pytest.raises(InputError, match=r"visual.positional_embedding \[5, 4096\] instead of \[17, 32\]"):
        loaded(folder)


def named_as_once(state: dict[str, Any]) -> None:
    """A text tower's names before it was a part of its own."""
    for name in [name for name in state if name.startswith("text.")]:
        state[name.removeprefix("text.")] = state.pop(name)
    state["text_projection"] = state.pop("text_projection.weight").T.contiguous()
    del state["text_projection.bias"]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("vit", lambda state: state.update({"visual.positional_embedding": torch.ones(26, 32)})),
        ("vit", lambda state: state.update(positional_embedding=torch.ones(40, 16))),
        ("vit", lambda state: state.update(logit_scale=state["logit_scale"].reshape(1))),
        ("timm", lambda state: state.pop("logit_bias")),
        ("timm", named_as_once),
    ],
    ids=["places", "tokens", "scale", "bias", "names"],
)
def test_what_open_clip_makes_fit_is_loaded(
    kind: str, change: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    def said(plain: dict[str, Any]) -> None:
        if change is named_as_once:
            del plain["model_cfg"]["text_cfg"]["proj_bias"]

    model = loaded(rewritten(toy_towers.write(tmp_path / "a", kind, said), change))
    assert model.encode_text(open_clip.SimpleTokenizer(context_length=24)(["a mat"])).isfinite().all()
    assert model.encode_image(fed(toy_towers.pictures(1))).isfinite().all()


def test_a_file_that_is_no_safetensors_file(tmp_path: Path) -> None:
    folder = toy_towers.write(tmp_path / "a")
    (folder / "open_clip_model.safetensors").write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(InputError, match="is no safetensors file"):
        loaded(folder)


def test_weights_that_are_no_numbers(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = toy_towers.write(tmp_path / "a")
    path = folder / "open_clip_model.safetensors"
    state = load_file(path)
    for name, words in (("logit_scale", "logit scale is nan"), ("text_projection", "text tower gives vectors that")):
        save_file({**state, name: state[name] * torch.nan}, path)
        model, config = loaded(folder), TowerConfig.of_folder(folder)
        with pytest.raises(InputError, match=words):
            logit_scale(model)
            class_vectors(model, tokenizer_of(config, folder), ["a", "b"], ["{}"])
    save_file({**state, "visual.proj": state["visual.proj"] * torch.nan}, path)
    with pytest.raises(InputError, match="not finite"):
        image_text(str(folder))


def test_a_prompt_is_never_cut_off(made: Made) -> None:
    long = ClassTexts(("a", "b"), ("a mat", " ".join(["mat"] * 30)))
    with pytest.raises(InputError, match=r"has 37 tokens; allowed: 24; shorten it"):
        made("vit").texts(long, TEMPLATES[:1])


def test_tokens_that_the_tower_does_not_know(tmp_path: Path) -> None:
    def small(plain: dict[str, Any]) -> None:
        plain["model_cfg"]["text_cfg"]["vocab_size"] = 100

    folder = toy_towers.write(tmp_path / "a")
    model = loaded(folder)
    model.vocab_size = 100
    with pytest.raises(InputError, match=r"gives the number 49,407 and the text tower knows 100 tokens"):
        class_vectors(model, tokenizer_of(TowerConfig.of_folder(folder), folder), ["a", "b"], ["{}"])


def test_a_tokenizer_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def named(plain: dict[str, Any]) -> None:
        plain["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "somebody/else"

    folder = toy_towers.write(tmp_path / "a", change=named)
    config = TowerConfig.of_folder(folder)
    with pytest.raises(InputError, match=r"has no tokenizer\.json"):
        tokenizer_of(config, folder)
    (folder / "tokenizer.json").write_text("{}")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="run: pip install transformers"):
        tokenizer_of(config, folder)


def test_prompts_are_read_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = toy_towers.write(tmp_path / "a")
    model, tokenizer = loaded(folder), tokenizer_of(TowerConfig.of_folder(folder), folder)
    texts, told = [f"number {n}" for n in range(7)], []
    whole = class_vectors(model, tokenizer, texts, TEMPLATES)
    monkeypatch.setattr("sightline.deep.zeroshot.text_tower.BATCH", 3)
    some = class_vectors(model, tokenizer, texts, TEMPLATES, lambda *given: told.append(given[1:]))
    np.testing.assert_allclose(some, whole, atol=1e-6)
    assert told[0] == (0, 14) and told[-1] == (14, 14)
