from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
import pytest

from sightline.deep.nets.backbones import OWN
from sightline.deep.weights import hub, reaching
from sightline.errors import InputError
from tests.deep import files
from tests.deep.hubs import Hub

CONFIG = {"architecture": "resnet10t"}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path


def test_what_the_cache_has_is_taken_without_asking(cache: Path) -> None:
    folder = files.hub_folder(cache, "resnet10t.c3_in1k", CONFIG)
    assert hub.recipe_of("resnet10t.c3_in1k").weights.parent == folder
    assert hub.recipe_of("resnet10t").weights.parent == folder  # the one tag that is here


def test_a_name_that_several_tags_could_mean_is_not_guessed(cache: Path) -> None:
    files.hub_folder(cache, "resnet10t.c3_in1k", CONFIG)
    files.hub_folder(cache, "resnet10t.other", CONFIG)
    with pytest.raises(InputError, match=r"cache has resnet10t\.c3_in1k, resnet10t\.other; allowed: one of them"):
        hub.recipe_of("resnet10t")
    assert hub.recipe_of("resnet10t.other").weights.parent.is_dir()


@pytest.mark.parametrize("name", OWN)
def test_our_own_architectures_are_asked_of_nobody(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_fetched", lambda name: pytest.fail("the hub was asked"))
    with pytest.raises(
        InputError, match=rf'^"{name}" was given, whose weights are (torchvision\'s; the guide|none at all)'
    ):
        hub.recipe_of(name)


def test_half_a_download_is_no_other_tag(cache: Path) -> None:
    folder = files.hub_folder(cache, "resnet10t.c3_in1k", CONFIG)
    (files.hub_folder(cache, "resnet10t.other", CONFIG) / "config.json").unlink()
    assert hub.recipe_of("resnet10t").weights.parent == folder


def test_what_is_told_of_the_cache_has_no_folders(cache: Path) -> None:
    folder = files.hub_folder(cache, "resnet10t.c3_in1k", CONFIG)
    told = f"{folder / 'config.json'}: is odd; see '{folder}/model.safetensors' and {cache}"
    assert hub.without_folders(told, "resnet10t.c3_in1k") == (
        "resnet10t.c3_in1k: is odd; see 'resnet10t.c3_in1k' and the hub's cache"
    )


def test_half_a_download_is_none(cache: Path) -> None:
    (files.hub_folder(cache, "resnet10t", CONFIG) / "config.json").unlink()
    with pytest.raises(InputError, match="HF_HUB_OFFLINE forbids"):
        hub.recipe_of("resnet10t")


@pytest.mark.parametrize("name", ["", "../x", "a b", "x.y.z", "hf-hub:a/b", "weights.pth/", "é"])
def test_what_is_no_name(cache: Path, name: str) -> None:
    with pytest.raises(InputError, match="neither a file nor a name of timm"):
        hub.recipe_of(name)


@pytest.mark.parametrize(("down", "words"), [(True, "no route to host"), (False, "404 config.json")])
def test_a_hub_that_does_not_give_it_is_one_line(
    cache: Path, monkeypatch: pytest.MonkeyPatch, down: bool, words: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(reaching, "need", lambda name: Hub(cache, (), down))
    with pytest.raises(InputError, match=rf"could not be fetched \({words}\)"):
        hub.recipe_of("resnet10t")


def test_what_is_at_hand(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert hub.at_hand() is None
    files.hub_folder(cache, "tresnet_l.miil_in1k", CONFIG)
    assert hub.at_hand() is None  # nothing that was thought about
    files.hub_folder(cache, "mobilenetv3_small_100.lamb_in1k", CONFIG)
    files.hub_folder(cache, "resnet18.a1_in1k", CONFIG)
    (files.hub_folder(cache, "resnet50.a1_in1k", CONFIG) / "model.safetensors").unlink()
    assert hub.at_hand() == "resnet18.a1_in1k"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert hub.at_hand() is None


@pytest.mark.parametrize("offline", ["1", "0"])
def test_without_a_network_it_is_told_within_three_seconds(tmp_path: Path, offline: str) -> None:
    """The whole command; the address of the hub is one that nobody answers at."""
    for name in "abcdef":
        (tmp_path / "data" / name[0]).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "data" / name[0] / "1.png"), np.zeros((8, 8, 3), np.uint8))
    asked = ["fit", str(tmp_path / "data"), "--backbone", "resnet10t", "--out", str(tmp_path / "run")]
    arguments = [sys.executable, "-m", "sightline", *asked]
    nobody = "http://127.0.0.1:9"
    environment = {"HF_HUB_OFFLINE": offline, "HF_ENDPOINT": nobody, "HF_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    started = perf_counter()
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    took_s = perf_counter() - started
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert "resnet10t" in line or ".[deep]" in line
    assert took_s < 30  # far above what is promised: this machine may be busy
