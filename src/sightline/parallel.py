"""Work over many pictures on several cores, in order, with a bounded number in flight.

Threads, not processes: decoding, resizing and matrix products release the interpreter lock, arrays need no copy, and a
worker costs nothing to start. The threads of OpenCV and BLAS are off while ours run: cores are not asked for twice.
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
from typing import Any, TypeVar

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
        with one_thread_each():
            yield from map(function, items)
        return
    with one_thread_each(), ThreadPoolExecutor(workers, thread_name_prefix="sightline") as pool:
        yield from _in_flight(pool, function, items, 2 * workers)


class _OneThread:
    """OpenCV and BLAS on one thread while anybody is inside; who leaves last gives them back what they had."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._blas: Any = None
        self._opencv_before = 0
        self._blas_limit: Any = None

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limit()
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._restore()

    def _limit(self) -> None:
        if self._blas is None:
            from threadpoolctl import ThreadpoolController

            self._blas = ThreadpoolController().select(user_api="blas")
        self._blas_limit = self._blas.limit(limits=1)
        self._blas_limit.__enter__()
        if cv2 := sys.modules.get("cv2"):
            self._opencv_before = cv2.getNumThreads()
            cv2.setNumThreads(1)

    def _restore(self) -> None:
        self._blas_limit.__exit__(None, None, None)
        if (cv2 := sys.modules.get("cv2")) and self._opencv_before:
            cv2.setNumThreads(self._opencv_before)


_one_thread = _OneThread()


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Libraries on one thread inside, so that our workers and theirs do not ask for the same cores twice.

    Threads of BLAS wait for each other by spinning: on a core that somebody else uses, two of them took 3.1 s for a fit
    that one does in 0.09 s.
    """
    _one_thread.enter()
    try:
        yield
    finally:
        _one_thread.leave()


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
