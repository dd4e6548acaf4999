"""The hub's cache, and the hub: nobody is asked for what the cache has, or where that is forbidden or in vain."""

from __future__ import annotations

import os
import queue
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sightline.errors import InputError
from sightline.extras import need

ANSWER_S = 2
"""A hub that does not answer within this, at all of its addresses together, is none: who has no network is told at
once."""
BEFORE = "models--"
"""Begins the name of a repository's folder in the cache."""
OFF = ("1", "on", "yes", "true")


def cache_folder() -> Path:
    """Where the hub keeps what it fetched, by the rules of `huggingface_hub.constants`, which need not be installed."""
    told = os.environ.get  # what is set to nothing counts there too: it is the folder one is in
    home = told("HF_HOME", os.path.join(told("XDG_CACHE_HOME", "~/.cache"), "huggingface"))
    kept = told("HF_HUB_CACHE", told("HUGGINGFACE_HUB_CACHE", os.path.join(_full(home), "hub")))
    return Path(_full(kept)).absolute()


def _full(path: str) -> str:
    return os.path.expandvars(os.path.expanduser(path))


def place_of(repository: str) -> Path:
    """Where the cache has a repository, "owner/name"; whether or not it is there."""
    return cache_folder() / f"{BEFORE}{repository.replace('/', '--')}"


def repositories() -> list[str]:
    """What the cache has, whole or not: "owner/name" each, sorted."""
    try:
        found = sorted(place.name.removeprefix(BEFORE) for place in cache_folder().glob(f"{BEFORE}*--*"))
    except OSError:
        return []
    return [name.replace("--", "/", 1) for name in found]


def latest(place: Path, is_whole: Callable[[Path], bool]) -> Path | None:
    """The folder of the version of a repository that was fetched last, if all of it is there.

    Args:
        place: of the repository in the cache.
        is_whole: whether a folder holds all that is needed.
    """
    try:
        version = (place / "refs" / "main").read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    folder = place / "snapshots" / version
    return folder if re.fullmatch(r"[0-9a-f]{6,64}", version) and is_whole(folder) else None


def library(asked: str, instead: str) -> Any:
    """The hub's library, once the hub has answered.

    Args:
        asked: what is to be fetched.
        instead: what to give where it cannot be.

    Raises:
        InputError: fetching is forbidden, or nobody answers.
        MissingExtraError: the extra [deep] is not installed.
    """
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in OFF:
        raise InputError(f'"{asked}" is not in {cache_folder()} and HF_HUB_OFFLINE forbids to fetch it; give {instead}')
    hub: Any = need("huggingface_hub")
    # The library itself tries again for half a minute; who has no network is told at once.
    sessions, where = need("huggingface_hub.utils"), need("huggingface_hub.constants").ENDPOINT
    failure = _failure(lambda: sessions.get_session().head(where, timeout=ANSWER_S))
    if failure is not None:
        raise unfetched(asked, instead, failure)
    return hub


def _failure(ask: Callable[[], object]) -> Exception | None:
    """Why asking fails, or takes longer than `ANSWER_S`; None where it does not."""
    said: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def told() -> None:
        try:
            ask()
        except Exception as error:  # each kind of failure has a class of its own there, by the version of the library
            said.put(error)
        else:
            said.put(None)

    # The client's own limit is for each address of a host, and none holds while the name is looked up.
    threading.Thread(target=told, name="sightline-hub", daemon=True).start()
    try:
        return said.get(timeout=ANSWER_S)
    except queue.Empty:
        return TimeoutError(f"no answer within {ANSWER_S} s")


def unfetched(asked: str, instead: str, error: Exception) -> InputError:
    """That it could not be fetched, why, and what to give instead."""
    reason = " ".join(str(error).split())[:160]
    return InputError(f'"{asked}" is not in {cache_folder()} and could not be fetched ({reason}); give {instead}')
