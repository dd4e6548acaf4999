"""Torch on one thread while networks are trained side by side: the same sums in the same order on every machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sightline.extras import need

_lock = threading.Lock()
_inside = 0
_before = 1


@contextmanager
def torch_on_one_thread() -> Iterator[None]:
    """Inside, torch computes on the thread that calls it; who leaves last gives back what was.

    Folds are trained side by side, one on each core, which uses them better than one training on all; and how many
    threads add up a gradient changes its last bits.
    """
    with torch_on(1):
        yield


@contextmanager
def torch_on(threads: int) -> Iterator[None]:
    """Inside, torch computes on so many threads; who leaves last gives back what was.

    More than one is for a training that has the machine to itself: those side by side agree on one.
    """
    global _inside, _before
    torch: Any = need("torch")
    with _lock:
        if not _inside:
            _before = torch.get_num_threads()
        torch.set_num_threads(threads)  # of this thread too: OpenMP keeps a number for each
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                torch.set_num_threads(_before)
