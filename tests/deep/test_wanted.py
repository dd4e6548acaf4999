from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

from sightline.data.store import FeatureStore
from sightline.deep import wanted
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.networks.library import find
from sightline.networks.network import EMBEDDING, Network
from sightline.runtime.onnx_file import with_metadata
from tests.deep import files
from tests.networks import tiny


def test_an_onnx_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "my net.onnx"
    path.write_bytes(tiny.foreign())
    found = wanted.network_of(str(path))
    assert found.name == "my-net" and find(found.key) is found


def test_an_export_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def exported(recipe: Recipe, name: str) -> Network:
        made.append(name)
        return tiny.network(seed=21, name=name)

    monkeypatch.setattr("sightline.deep.export.exported", exported)
    path = files.write(tmp_path / "w.safetensors", files.HEADER)
    store = FeatureStore(tmp_path / "kept")

    def kept() -> FeatureStore:
        return store

    first = wanted.network_of(str(path), kept)
    assert wanted.network_of(str(path), kept).key == first.key
    assert made == ["w"]
    files.write(path, {**files.HEADER, "mean": "0.1,0.1,0.1"})
    wanted.network_of(str(path), kept)
    assert made == ["w", "w"]


@pytest.mark.parametrize(
    ("name", "words"), [("none.onnx", "cannot read"), ("none.safetensors", "cannot read"), ("x.pth", "no network")]
)
def test_files_that_are_none(tmp_path: Path, name: str, words: str) -> None:
    if name == "x.pth":
        (tmp_path / name).write_bytes(b"\x80\x02")
    with pytest.raises(InputError, match=words):
        wanted.network_of(str(tmp_path / name))


def test_a_name_with_a_dot_that_no_file_can_have_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match=r"xx\.x"):
        wanted.weights_of("x" * 300 + ".x")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes and devices")
@pytest.mark.parametrize("kind", ["device", "pipe"])
@pytest.mark.parametrize("name", ["a.onnx", "a.safetensors"])
def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path, name: str, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).symlink_to(os.devnull)
    with pytest.raises(InputError, match=rf"cannot read .*{name}: is no regular file; give a "):
        wanted.network_of(str(tmp_path / name))


def test_a_broken_onnx_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"\xff\xff")
    with pytest.raises(InputError, match=r"a\.onnx: the bytes are no ONNX network"):
        wanted.network_of(str(tmp_path / "a.onnx"))


def picture_to(operator: str) -> bytes:
    """A network whose embedding is the mean of each channel, put through an operator with itself."""
    nodes = [
        helper.make_node("ReduceMean", ["input", "axes"], ["mean"], keepdims=0),
        helper.make_node("Sub", ["mean", "mean"], ["zero"]),
        helper.make_node(operator, ["zero", "zero"], [EMBEDDING], **({"axis": 0} if operator == "Concat" else {})),
    ]
    ports = [("input", tiny.FLOAT, ["n", 3, 16, 16])], [(EMBEDDING, tiny.FLOAT, ["n", 3])]
    return tiny.model(nodes, *ports, {"axes": np.array([2, 3], np.int64)})


@pytest.mark.parametrize(
    ("onnx", "words"),
    [
        (picture_to("Div"), "an embedding that is not finite"),
        (picture_to("Concat"), r"of shape \[2, 3\] for one picture; allowed: \[1, 3\]"),
        (with_metadata(tiny.foreign(), {"std": "[0, 0, 0]"}), 'says "\\[0, 0, 0\\]" for std'),
        (with_metadata(tiny.foreign(), {"mean": "[1e30, 0, 0]"}), "for mean; allowed: three numbers"),
        (with_metadata(tiny.foreign(), {"mean": "[123.7, 116.3, 103.5]"}), r"mean \[123.7, .*values in \[0, 1\]"),
    ],
)
def test_an_onnx_file_is_tried_at_once(tmp_path: Path, onnx: bytes, words: str) -> None:
    (tmp_path / "a.onnx").write_bytes(onnx)
    with pytest.raises(InputError, match=rf"a\.onnx: .*{words}"):
        wanted.network_of(str(tmp_path / "a.onnx"))


def test_where_weights_are_needed_an_onnx_file_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(tiny.foreign())
    with pytest.raises(InputError, match=r"a\.onnx was given where weights are needed, and an ONNX file has no"):
        wanted.weights_of(str(tmp_path / "a.onnx"))


@pytest.mark.parametrize("asked", ["", "  "])
def test_nothing_was_asked_for_is_not_the_same_as_an_empty_text(
    asked: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv(wanted.VARIABLE, "")
    with pytest.raises(InputError, match=f'--backbone "{asked}" was given; allowed'):
        wanted.asked_or_at_hand(asked)
    assert wanted.asked_or_at_hand(None) == (None, [])


NAME = "resnet18.a1_in1k"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache of somebody who has the extra [deep]."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "a folder"))
    monkeypatch.delenv(wanted.VARIABLE, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    return tmp_path / "a folder"


def told(cache: Path) -> str:
    """The finding on weights that nobody asked for; a search that needs a network is refused with the same words."""
    network, (finding,) = wanted.asked_or_at_hand(None)
    assert network is None and finding.kind == "network-unusable"
    assert str(cache) not in finding.message and NAME in finding.message
    with pytest.raises(InputError) as caught:
        wanted.asked_or_at_hand(None, needed=True)
    assert str(caught.value) == f"{finding.message}; {finding.remedy}"
    return finding.message


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"architecture": "resnet18", "pretrained_cfg": {"input_size": [3]}}, "IndexError"),
        ({"architecture": "resnet18", "pretrained_cfg": {"input_size": [3, float("inf"), 3]}}, "OverflowError"),
        ({"architecture": "hf-hub:a/b"}, "no address or folder"),
        ({"architecture": "resnet18", "model_args": {"in_chans": 1}}, 'kwargs were given with "in_chans"'),
    ],
)
def test_what_nobody_asked_for_ends_no_fit(cache: Path, config: Mapping[str, Any], words: str) -> None:
    files.hub_folder(cache, NAME, config)
    assert words in told(cache)


def test_whatever_a_library_says_of_it_ends_no_fit(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files.hub_folder(cache, NAME, {"architecture": "resnet18"})

    def exported(recipe: Recipe, name: str) -> Network:
        raise ZeroDivisionError(f"in {recipe.weights}\nand nowhere else" if recipe.weights.parent == folder else "")

    monkeypatch.setattr("sightline.deep.export.exported", exported)
    network, (finding,) = wanted.asked_or_at_hand(None)
    assert network is None
    assert finding.message.endswith(f"cannot be used: in {NAME} and nowhere else")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"architecture": "resnet10t"}, "does not hold the weights of resnet10t"),
        ({"architecture": "no_such_net"}, "cannot make no_such_net"),
    ],
)
def test_weights_that_do_not_fit_end_no_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Mapping[str, Any], words: str
) -> None:
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "a folder"))
    monkeypatch.delenv(wanted.VARIABLE, raising=False)
    files.hub_folder(tmp_path / "a folder", NAME, config)
    assert words in told(tmp_path / "a folder")
