"""The hub's cache, and the hub: what is asked of whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.deep import reaching
from sightline.errors import InputError
from tests.deep.hubs import Hub


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert reaching.cache_folder() == Path("~/.cache/huggingface/hub").expanduser()
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert reaching.cache_folder() == tmp_path / "hub"


@pytest.mark.parametrize("version", [None, "0123abcd", "fedcba98", "../../x", "\u00e9"])
def test_only_the_whole_of_the_last_version_counts(tmp_path: Path, version: str | None) -> None:
    (tmp_path / "snapshots" / "0123abcd").mkdir(parents=True)
    (tmp_path / "refs").mkdir()
    if version is not None:
        (tmp_path / "refs" / "main").write_text(version, "utf-8")
    there = tmp_path / "snapshots" / "0123abcd" if version == "0123abcd" else None
    assert reaching.latest(tmp_path, Path.is_dir) == there
    assert reaching.latest(tmp_path, lambda folder: False) is None


@pytest.mark.parametrize("offline", ["1", "True", "ON"])
def test_nobody_is_asked_where_that_is_forbidden(monkeypatch: pytest.MonkeyPatch, offline: str) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", offline)
    monkeypatch.setattr(reaching, "need", lambda name: pytest.fail("the hub was asked"))
    with pytest.raises(InputError, match=r'^"x" is not in .* and HF_HUB_OFFLINE forbids to fetch it; give y$'):
        reaching.library("x", "y")


def test_a_hub_that_answers_gives_its_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "")
    found = Hub(tmp_path, ())
    monkeypatch.setattr(reaching, "need", lambda name: found)
    assert reaching.library("x", "y") is found
    found.down = True
    with pytest.raises(InputError, match=r'^"x" is not in .* could not be fetched \(no route to host\); give y$'):
        reaching.library("x", "y")


def test_what_the_cache_has_is_named_as_the_hub_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert reaching.repositories() == []
    for name in ("timm/resnet18.a1_in1k", "somebody/a--b"):
        reaching.place_of(name).mkdir(parents=True)
    (tmp_path / "hub" / "datasets--x--y").mkdir()
    assert reaching.repositories() == ["somebody/a--b", "timm/resnet18.a1_in1k"]
