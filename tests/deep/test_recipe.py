from __future__ import annotations

import json
from pathlib import Path

import pytest

from sightline.deep.recipe import Recipe
from sightline.errors import InputError
from sightline.networks.feed import USUAL_MEAN
from tests.deep import weights


def test_the_header_says_all(tmp_path: Path) -> None:
    texts = {**weights.HEADER, "kwargs": '{"pad_type": "same"}'}
    found = Recipe.of_file(weights.write(tmp_path / "a.safetensors", texts))
    assert (found.arch, found.kwargs, found.mean, found.px) == (
        "mobilenetv3_small_050", {"pad_type": "same"}, (0.5, 0.5, 0.5), 64,
    )  # fmt: skip


def test_what_the_header_leaves_out_is_usual(tmp_path: Path) -> None:
    found = Recipe.of_file(weights.write(tmp_path / "a.safetensors", {"arch": "resnet18"}))
    assert (found.mean, found.px) == (USUAL_MEAN, 224)


def test_a_folder_of_the_hub(tmp_path: Path) -> None:
    config = {"architecture": "resnet10t", "pretrained_cfg": {"mean": [0.4] * 3, "input_size": [3, 176, 176]}}
    found = Recipe.of_folder(weights.hub_folder(tmp_path, "resnet10t.c3_in1k", config))
    assert (found.arch, found.mean, found.px, found.weights.name) == (
        "resnet10t", (0.4, 0.4, 0.4), 176, "model.safetensors",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (None, "does not say which architecture"),
        ({"mean": "0.5,0.5,0.5"}, "does not say which architecture"),
        ({**weights.HEADER, "mean": "a,b,c"}, "cannot be understood"),
        ({**weights.HEADER, "kwargs": "{"}, "cannot be understood"),
        ({**weights.HEADER, "kwargs": "[1]"}, "three numbers each"),
        ({**weights.HEADER, "mean": "0.5"}, "three numbers each"),
        ({**weights.HEADER, "std": "0,1,1"}, "std above 0"),
        ({**weights.HEADER, "size": "100000"}, "16 to 1024 px"),
    ],
)
def test_headers_that_say_too_little(tmp_path: Path, texts: dict[str, str] | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Recipe.of_file(weights.write(tmp_path / "a.safetensors", texts))


@pytest.mark.parametrize("data", [b"", b"1234", b"\xff" * 20, b"\x05\0\0\0\0\0\0\0[1,2]", b"PK\x03\x04" * 10])
def test_what_is_no_safetensors_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(data)
    with pytest.raises(InputError, match="is no safetensors file"):
        Recipe.of_file(tmp_path / "a.safetensors")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*: No such file"):
        Recipe.of_file(tmp_path / "none.safetensors")


@pytest.mark.parametrize("config", [None, {}, {"architecture": "a", "pretrained_cfg": {"input_size": 3}}])
def test_odd_folders(tmp_path: Path, config: dict[str, object] | None) -> None:
    with pytest.raises(InputError, match="says no architecture of timm"):
        Recipe.of_folder(weights.hub_folder(tmp_path, "x", config))


def test_everything_that_decides_is_in_the_key(tmp_path: Path) -> None:
    one = weights.write(tmp_path / "a.safetensors", weights.HEADER)
    keys = {Recipe.of_file(one).key()}
    keys.add(Recipe.of_file(weights.write(tmp_path / "b.safetensors", {**weights.HEADER, "mean": "0.4,0.5,0.5"})).key())
    keys.add(Recipe(one, "resnet18").key())
    assert len(keys) == 3
    assert json.loads(weights.header_of(one))["__metadata__"] == weights.HEADER
