"""Work over many pictures on several cores, in order, with a bounded number in flight.

Threads, not processes: decoding, resizing and matrix products release the interpreter lock, arrays need no copy, and a
worker costs nothing to start. OpenCV's own threads are off while ours run, so that cores are not asked for twice.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Progress = Callable[[str, int, "int | None"], None]
"""`progress(what, done, total)`: called as work goes on; `total` is None while it is not known."""


def silent(what: str, done: int, total: int | None) -> None:
    """The `Progress` that shows nothing."""


def available_cores() -> int:
    """Cores this process may use (the scheduler's answer, not the machine's size)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Consecutive lists of at most `size` items."""
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Iterator[Result]:
    """`map(function, items)` on `workers` threads (default: the cores available), results in order.

    At most 2 items for each worker are in flight, so an endless iterable and a slow consumer are both fine.
    An exception of `function` is raised at its place in the order; work not yet started is dropped.
    """
    workers = workers or available_cores()
    if workers == 1:
        yield from map(function, items)
        return
    with opencv_alone(), ThreadPoolExecutor(workers, thread_name_prefix="sightline") as pool:
        yield from _in_flight(pool, function, items, 2 * workers)


@contextmanager
def opencv_alone() -> Iterator[None]:
    """OpenCV on one thread inside; whoever leaves last gives it back what it had."""
    global _inside, _before
    cv2 = sys.modules.get("cv2")
    if cv2 is None:  # not loaded: nothing to switch off (whoever loads it inside is on the first batch only)
        yield
        return
    with _lock:
        if _inside == 0:
            _before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                cv2.setNumThreads(_before)


_lock = threading.Lock()
_inside = 0
_before = 0


def _in_flight(
    pool: ThreadPoolExecutor, function: Callable[[Item], Result], items: Iterable[Item], limit: int
) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= limit:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
