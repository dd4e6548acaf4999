"""Torch on one thread while networks are trained side by side: the same sums in the same order on every machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sightline.extras import need

_lock = threading.RLock()  # the collector may close a generator that is inside in the very thread that is at this
_inside: dict[object, tuple[threading.Thread, int]] = {}
"""Who is inside, in the order of entering: on which thread of ours, and on how many of torch's. Noted, not counted, so
that whoever is interrupted on the way in leaves nothing behind."""
_before = 1
"""On how many torch computed when nobody was inside."""


@contextmanager
def torch_on_one_thread() -> Iterator[None]:
    """Inside, torch computes on the thread that calls it; at the end that has what was before anybody was inside.

    Folds are trained side by side, one on each core, which uses them better than one training on all; and how many
    threads add up a gradient changes its last bits.
    """
    with torch_on(1):
        yield


@contextmanager
def torch_on(threads: int) -> Iterator[None]:
    """Inside, torch computes on so many threads; at the end the thread has what was before anybody was inside.

    More than one is for a training that has the machine to itself: those side by side agree on one.
    """
    torch: Any = need("torch")
    who = object()
    try:
        _enter(torch, who, threads)
        yield
    finally:
        _leave(torch, who)


def _enter(torch: Any, who: object, threads: int) -> None:
    global _before
    with _lock:
        had = torch.get_num_threads()  # asked in any case: until it is, a new thread takes what was set last anywhere
        if not _inside:
            _before = had
        _inside[who] = threading.current_thread(), threads
        torch.set_num_threads(threads)


def _leave(torch: Any, who: object) -> None:
    """OpenMP keeps a number for each thread: the last to leave cannot give it back to the others, so each does.

    It is the one of before anybody was inside: a thread that has begun since finds what others asked for.
    """
    with _lock:
        if _inside.pop(who, None):
            here = threading.current_thread()
            asked = [threads for thread, threads in list(_inside.values()) if thread is here]
            torch.set_num_threads(asked[-1] if asked else _before)
