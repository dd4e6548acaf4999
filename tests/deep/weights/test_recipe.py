from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sightline.deep.distilled import Distilled
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.networks.feed import USUAL_MEAN
from tests.deep import files


def test_the_header_says_all(tmp_path: Path) -> None:
    texts = {**files.HEADER, "kwargs": '{"pad_type": "same"}'}
    found = Recipe.of_file(files.write(tmp_path / "a.safetensors", texts))
    assert (found.arch, found.kwargs, found.mean, found.px) == (
        "mobilenetv3_small_050", {"pad_type": "same"}, (0.5, 0.5, 0.5), 64,
    )  # fmt: skip


def test_what_the_header_leaves_out_is_usual(tmp_path: Path) -> None:
    found = Recipe.of_file(files.write(tmp_path / "a.safetensors", {"arch": "resnet18"}))
    assert (found.mean, found.px) == (USUAL_MEAN, 0)  # timm's own, known once the network is made


def test_a_folder_of_the_hub(tmp_path: Path) -> None:
    config = {"architecture": "resnet10t", "pretrained_cfg": {"mean": [0.4] * 3, "input_size": [3, 176, 176]}}
    found = Recipe.of_folder(files.hub_folder(tmp_path, "resnet10t.c3_in1k", config))
    assert (found.arch, found.mean, found.px, found.weights.name) == (
        "resnet10t", (0.4, 0.4, 0.4), 176, "model.safetensors",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (None, "does not say which architecture"),
        ({"mean": "0.5,0.5,0.5"}, "does not say which architecture"),
        ({**files.HEADER, "mean": "a,b,c"}, "cannot be understood"),
        ({**files.HEADER, "kwargs": "{"}, "cannot be understood"),
        ({**files.HEADER, "kwargs": "[1]"}, r"kwargs \[1\] were given; allowed: a JSON object"),
        ({**files.HEADER, "kwargs": "[" * 9 + "]" * 9}, "kwargs"),
        ({**files.HEADER, "mean": "0.5"}, "three numbers from 0 to 1 each"),
        ({**files.HEADER, "mean": "127,127,127"}, "three numbers from 0 to 1 each"),
        ({**files.HEADER, "mean": "nan,nan,nan"}, r"mean \[nan, nan, nan\]"),
        ({**files.HEADER, "std": "inf,inf,inf"}, r"std \[inf, inf, inf\]"),
        ({**files.HEADER, "std": "0.5,0.5,nan"}, r"std \[0\.5, 0\.5, nan\]"),
        ({**files.HEADER, "std": "0,1,1"}, "std above 0"),
        ({**files.HEADER, "size": "100000"}, "16 to 1024 px"),
        ({**files.HEADER, "size": "-1"}, "16 to 1024 px"),
    ],
)
def test_headers_that_say_too_little(tmp_path: Path, texts: dict[str, str] | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Recipe.of_file(files.write(tmp_path / "a.safetensors", texts))


ADDRESSES = ["hf-hub:timm/resnet18.a1_in1k", "hf_hub:a/b", "local-dir:/etc", "a/b", "../x", "a.b.c", "a\n", ""]


@pytest.mark.parametrize("arch", ADDRESSES)
def test_an_architecture_is_a_name_and_no_address(tmp_path: Path, arch: str) -> None:
    words = r"the architecture \".*\" was given; allowed: a name of timm"
    with pytest.raises(InputError, match=f"(?s){words}"):
        Recipe.of_file(files.write(tmp_path / "a.safetensors", {"arch": arch}))
    with pytest.raises(InputError, match=f"(?s){words}"):
        Recipe.of_folder(files.hub_folder(tmp_path, "x", {"architecture": arch}))
    with pytest.raises(InputError, match=f"(?s){words}"):
        Distilled(arch=arch).student()


REFUSED = {
    "cache_dir": "/etc",
    "checkpoint_path": "/tmp/evil.pth",
    "device": "cpu",
    "features_only": True,
    "in_chans": 1,
    "num_classes": 5,
    "pretrained": True,
    "pretrained_cfg": {"file": "/tmp/evil.pth"},
    "pretrained_cfg_overlay": {"url": "http://127.0.0.1"},
    "pretrained_custom_load": True,
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_file_decides_what_else_is_opened(tmp_path: Path, name: str) -> None:
    kwargs = {"pad_type": "same", name: REFUSED[name]}
    with pytest.raises(InputError, match=f'kwargs were given with "{name}"'):
        Recipe.of_file(files.write(tmp_path / "a.safetensors", {"arch": "resnet18", "kwargs": json.dumps(kwargs)}))
    with pytest.raises(InputError, match=f'kwargs were given with "{name}"'):
        Recipe.of_folder(files.hub_folder(tmp_path, "x", {"architecture": "resnet18", "model_args": kwargs}))


def test_arguments_are_plain_values(tmp_path: Path) -> None:
    plain = {"a": 1, "b": 0.5, "c": "x", "d": None, "e": True, "f": [1, [2, 3]]}
    assert Recipe(tmp_path / "w", "resnet18", plain).kwargs == plain
    for odd in ({"x": 1}, [[[[1]]]], [{}]):
        with pytest.raises(InputError, match=r'kwargs were given with .* for "odd"; allowed: a text, a number'):
            Recipe(tmp_path / "w", "resnet18", {"odd": odd})


@pytest.mark.parametrize("data", [b"", b"1234", b"\xff" * 20, b"\x05\0\0\0\0\0\0\0[1,2]", b"PK\x03\x04" * 10])
def test_what_is_no_safetensors_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(data)
    with pytest.raises(InputError, match="is no safetensors file"):
        Recipe.of_file(tmp_path / "a.safetensors")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*: No such file"):
        Recipe.of_file(tmp_path / "none.safetensors")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes and devices")
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    folder = files.hub_folder(tmp_path, "x", {"architecture": "resnet18"})
    for name in ("config.json", "model.safetensors"):
        (folder / name).unlink()
        if kind == "pipe":
            os.mkfifo(folder / name)
        else:
            (folder / name).symlink_to(os.devnull)
    with pytest.raises(InputError, match=r"cannot read .*model\.safetensors: is no regular file; give a"):
        Recipe.of_file(folder / "model.safetensors")
    with pytest.raises(InputError, match=r"cannot read .*model\.safetensors: is no regular file; give a"):
        Recipe(folder / "model.safetensors", "resnet18").key()
    with pytest.raises(InputError, match=r"config\.json says no architecture of timm .*is no regular file"):
        Recipe.of_folder(folder)


def of_size(size: object) -> dict[str, object]:
    return {"architecture": "a", "pretrained_cfg": {"input_size": size}}


@pytest.mark.parametrize(
    "config",
    [None, {}, of_size(3), of_size([3]), of_size([3, float("inf"), 3]), of_size([3, "x", 3]), of_size({"a": 1})],
)
def test_odd_folders(tmp_path: Path, config: dict[str, object] | None) -> None:
    with pytest.raises(InputError, match="says no architecture of timm"):
        Recipe.of_folder(files.hub_folder(tmp_path, "x", config))


def test_a_folder_without_a_size_leaves_it_to_timm(tmp_path: Path) -> None:
    folder = files.hub_folder(tmp_path, "x", {"architecture": "vit_tiny_patch16_384", "model_args": {"depth": 2}})
    found = Recipe.of_folder(folder)
    assert (found.px, found.kwargs) == (0, {"depth": 2})


@pytest.mark.parametrize("trained", [{"mean": [10**400] * 3}, {"std": [0, 0, 1]}, {"std": [[1]] * 3}, {"mean": "abc"}])
def test_a_folder_with_odd_numbers(tmp_path: Path, trained: dict[str, object]) -> None:
    with pytest.raises(InputError, match="three numbers from 0 to 1 each"):
        Recipe.of_folder(files.hub_folder(tmp_path, "x", {"architecture": "resnet18", "pretrained_cfg": trained}))


def test_everything_that_decides_is_in_the_key(tmp_path: Path) -> None:
    one = files.write(tmp_path / "a.safetensors", files.HEADER)
    keys = {Recipe.of_file(one).key()}
    keys.add(Recipe.of_file(files.write(tmp_path / "b.safetensors", {**files.HEADER, "mean": "0.4,0.5,0.5"})).key())
    keys.add(Recipe(one, "resnet18").key())
    assert len(keys) == 3
    assert json.loads(files.header_of(one))["__metadata__"] == files.HEADER


@pytest.mark.parametrize(
    "value",
    [60_000, -60_000, 1e9, float("nan"), float("inf"), [60_000] * 3, [[1], [10**12]], [1] * 65, [[1] * 65]],
)
def test_arguments_are_neither_large_nor_long(tmp_path: Path, value: object) -> None:
    words = 'for "depth"; allowed: a text, a number up to 16,384, .* or a list of up to 64 of them'
    texts = {"arch": "small", "kwargs": json.dumps({"depth": value})}
    with pytest.raises(InputError, match=words):
        Recipe.of_file(files.write(tmp_path / "a.safetensors", texts))


def test_pictures_are_no_larger_by_an_argument(tmp_path: Path) -> None:
    assert Recipe(tmp_path / "w", "swin_tiny_patch4_window7_224", {"img_size": [1024, 1024]}).px == 0
    with pytest.raises(InputError, match='for "img_size"; allowed: a text, a number up to 1,024'):
        Recipe(tmp_path / "w", "swin_tiny_patch4_window7_224", {"img_size": [1025, 1024]})
