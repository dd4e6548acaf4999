"""Where towers lie: folders, the hub's cache, and what is said where they are not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest

from sightline.deep.weights import reaching
from sightline.deep.zeroshot import repository
from sightline.errors import InputError
from tests.deep.hubs import Hub

NAME = "somebody/CLIP-tiny"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache"


def kept(cache: Path, name: str = NAME, weights: str = "open_clip_model.safetensors") -> Path:
    """What the hub's cache looks like after a download."""
    place = cache / f"models--{name.replace('/', '--')}"
    folder = place / "snapshots" / "0123abcd"
    folder.mkdir(parents=True)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("0123abcd")
    (folder / "open_clip_config.json").write_text("{}")
    (folder / weights).write_bytes(b"")
    return folder


def test_a_folder_is_taken_as_it_is(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert repository.folder_of("mine") == (Path("mine"), "mine")
    assert not repository.is_image_text("mine")  # it may be that a name of timm is meant
    (tmp_path / "mine" / "open_clip_config.json").write_text("{}")
    assert repository.is_image_text("mine")


def test_what_the_cache_has_is_taken_without_asking(cache: Path) -> None:
    assert repository.at_hand() is None
    folder = kept(cache)
    assert repository.folder_of(f"hf-hub:{NAME}") == (folder, "CLIP-tiny")
    kept(cache, "a/first")
    assert repository.at_hand() == "hf-hub:a/first"
    kept(cache, "b/CLIP-ViT-B-32-z", "model.safetensors")
    assert repository.at_hand() == "hf-hub:b/CLIP-ViT-B-32-z"


@pytest.mark.parametrize("missing", ["open_clip_config.json", "open_clip_model.safetensors"])
def test_half_a_download_is_none(cache: Path, missing: str) -> None:
    (kept(cache) / missing).unlink()
    with pytest.raises(InputError, match="HF_HUB_OFFLINE forbids"):
        repository.folder_of(f"hf-hub:{NAME}")
    assert repository.at_hand() is None


@pytest.mark.parametrize(
    "asked",
    ["hf-hub:", "hf-hub:../x", "hf-hub:a/b/c", "hf-hub:a/..", "http://x/y", "nowhere", "a b/c", "x" * 300, "x\0"],
)
def test_what_is_no_name(cache: Path, asked: str) -> None:
    with pytest.raises(InputError, match=r"is no repository|is no image-text network"):
        repository.folder_of(asked)


@pytest.mark.parametrize(
    ("asked", "means"),
    [
        ("hf-hub:a/b", True), ("ViT-B-32/openai", True), ("mobilenetv3_small_100.lamb_in1k", False),
        ("weights.safetensors", False), ("runs/net.onnx", False), ("runs/w.safetensors", False),
        ("x" * 300, False), ("x\0", False),
    ],
)  # fmt: skip
def test_what_means_two_towers(cache: Path, asked: str, means: bool) -> None:
    assert repository.is_image_text(asked) is means


def test_pickled_weights_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no weights; allowed: open_clip_model"):
        repository.weights_in(tmp_path)
    (tmp_path / "open_clip_pytorch_model.bin").write_bytes(b"\x80")
    with pytest.raises(InputError, match=r"holds open_clip_pytorch_model\.bin, which is pickled"):
        repository.weights_in(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"x" * 10)
    assert repository.weights_in(tmp_path).name == "model.safetensors"


def test_weights_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"x" * 10)
    monkeypatch.setattr(repository, "MAX_WEIGHTS_BYTES", 9)
    with pytest.raises(InputError, match="has 10 bytes; allowed: 9"):
        repository.weights_in(tmp_path)


@pytest.mark.parametrize(
    ("files", "down", "words"),
    [
        ((), True, "no route to host"),
        ((), False, "404 open_clip_config.json"),
        (("open_clip_config.json",), False, "404 model.safetensors"),
    ],
)
def test_a_hub_that_does_not_give_it_is_one_line(
    cache: Path, monkeypatch: pytest.MonkeyPatch, files: tuple[str, ...], down: bool, words: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(reaching, "need", lambda name: Hub(cache, files, down))
    with pytest.raises(InputError, match=rf"could not be fetched \({words}\); give --backbone a folder"):
        repository.folder_of(f"hf-hub:{NAME}")


def test_what_is_fetched_is_never_pickled(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(cache, ("open_clip_config.json", "model.safetensors", "open_clip_pytorch_model.bin", "tokenizer.json"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(reaching, "need", lambda name: hub)
    assert repository.folder_of(f"hf-hub:{NAME}") == (cache, "CLIP-tiny")
    assert not any(name.endswith((".bin", ".pt")) for name in hub.asked)


@pytest.mark.parametrize("offline", ["1", "0"])
@pytest.mark.parametrize("asked", [f"hf-hub:{NAME}", "ViT-B-32/openai"])
def test_without_a_network_it_is_told_within_three_seconds(tmp_path: Path, offline: str, asked: str) -> None:
    """The whole command; the address of the hub is one that nobody answers at."""
    arguments = [sys.executable, "-m", "sightline", "zeroshot", "--classes", "a, b", "--backbone", asked]
    environment = {
        "HF_HUB_OFFLINE": offline, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    started = perf_counter()
    done = subprocess.run(arguments, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    took_s = perf_counter() - started
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert asked.removeprefix("hf-hub:") in line or ".[deep]" in line
    assert took_s < 30  # far above what is promised: this machine may be busy
