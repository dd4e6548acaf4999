"""The hub's cache, and the hub: what is asked of whom."""

from __future__ import annotations

import importlib.util
import runpy
import socket
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from time import perf_counter

import pytest

from sightline.deep.weights import reaching
from sightline.errors import InputError
from tests.deep.hubs import Hub


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert reaching.cache_folder() == Path("~/.cache/huggingface/hub").expanduser()
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert reaching.cache_folder() == tmp_path / "hub"


ENVIRONMENTS: list[tuple[dict[str, str], str]] = [
    ({}, "HOME/.cache/huggingface/hub"),
    ({"XDG_CACHE_HOME": "~/elsewhere"}, "HOME/elsewhere/huggingface/hub"),
    ({"HF_HOME": "$PLACE/home"}, "/there/home/hub"),
    ({"HUGGINGFACE_HUB_CACHE": "~/old", "HF_HOME": "/x"}, "HOME/old"),
    ({"HF_HUB_CACHE": "${PLACE}/new", "HUGGINGFACE_HUB_CACHE": "/old"}, "/there/new"),
    ({"HF_HUB_CACHE": "", "HF_HOME": "/x"}, "."),
]


@pytest.mark.parametrize(("environment", "expected"), ENVIRONMENTS)
def test_the_cache_is_that_of_the_library(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**environment, "PLACE": "/there"}.items():
        monkeypatch.setenv(name, value)
    assert reaching.cache_folder() == Path(expected.replace("HOME", str(Path.home()))).absolute()
    if (library := importlib.util.find_spec("huggingface_hub")) is not None and library.origin is not None:
        theirs = runpy.run_path(str(Path(library.origin).with_name("constants.py")))["HF_HUB_CACHE"]
        assert reaching.cache_folder() == Path(theirs).absolute()


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


def test_a_hub_that_says_nothing_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """However many addresses it has, of each of which the library waits for an answer, and if its name is not found."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "")
    monkeypatch.setattr(reaching, "ANSWER_S", 0.1)
    ended = threading.Event()

    class Silent(Hub):
        def head(self, url: str, timeout: float) -> None:
            ended.wait(30)

    monkeypatch.setattr(reaching, "need", lambda name: Silent(tmp_path, ()))
    started = perf_counter()
    try:
        with pytest.raises(
            InputError, match=r'^"x" is not in .* could not be fetched \(no answer within 0\.1 s\); give y$'
        ):
            reaching.library("x", "y")
    finally:
        ended.set()
    assert perf_counter() - started < 10  # far above what is promised: this machine may be busy


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.1 alone is this machine")
def test_several_addresses_have_one_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library itself, and a host with eight addresses that take no more guests: it would wait for each."""
    pytest.importorskip("huggingface_hub", reason="the extra [deep] is not installed")
    monkeypatch.setenv("HF_HUB_OFFLINE", "")
    with ExitStack() as stack:
        places = [full(stack, f"127.0.0.{number}") for number in range(11, 19)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place) for place in places]
        monkeypatch.setattr("socket.getaddrinfo", lambda *all, **more: found)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://hub.test")
        started = perf_counter()
        with pytest.raises(InputError, match=r"could not be fetched \(no answer within 2 s\)"):
            reaching.library("x", "y")
        assert perf_counter() - started < 10


def full(stack: ExitStack, host: str) -> tuple[str, int]:
    """A place that drops who knocks: nobody opens, and those who wait there already are as many as may."""
    there = stack.enter_context(socket.socket())
    there.bind((host, 0))
    there.listen(0)
    for _ in range(4):
        guest = stack.enter_context(socket.socket())
        guest.setblocking(False)
        with suppress(BlockingIOError):
            guest.connect(there.getsockname())
    place: tuple[str, int] = there.getsockname()
    return place


def test_what_the_cache_has_is_named_as_the_hub_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert reaching.repositories() == []
    for name in ("timm/resnet18.a1_in1k", "somebody/a--b"):
        reaching.place_of(name).mkdir(parents=True)
    (tmp_path / "hub" / "datasets--x--y").mkdir()
    assert reaching.repositories() == ["somebody/a--b", "timm/resnet18.a1_in1k"]
