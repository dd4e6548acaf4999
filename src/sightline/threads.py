"""The threads of OpenCV and BLAS: off while ours run, so that cores are not asked for twice."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LATE = "scipy.linalg._fblas"
"""scipy comes with a BLAS of its own, loaded when a first fit asks for it: in `sys.modules` once it is there."""


class _OneThread:
    """OpenCV and BLAS on one thread while anybody is inside; who leaves last gives them back what they had.

    A controller knows the libraries that were loaded when it was made. Making one takes a millisecond, so that it is
    made again only when scipy's BLAS has come since.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._libraries: list[Any] = []
        self._knows_late = False
        self._before: list[tuple[Any, int]] = []
        self._opencv_before = 0

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limit()
            elif not self._knows_late and LATE in sys.modules:
                self._limit_blas()
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._restore()

    def _limit_blas(self) -> None:
        if not self._libraries or (not self._knows_late and LATE in sys.modules):
            from threadpoolctl import ThreadpoolController

            self._knows_late = LATE in sys.modules
            self._libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        for library in self._libraries:
            self._before.append((library, library.num_threads))
            _set(library, 1)

    def _limit(self) -> None:
        self._limit_blas()
        if cv2 := sys.modules.get("cv2"):
            self._opencv_before = cv2.getNumThreads()
            cv2.setNumThreads(1)

    def _restore(self) -> None:
        while self._before:  # the last first: what it found limited is given back by the one before
            _set(*self._before.pop())
        if (cv2 := sys.modules.get("cv2")) and self._opencv_before:
            cv2.setNumThreads(self._opencv_before)


def _set(library: Any, threads: int) -> None:
    """Give a BLAS a number of threads, from any thread of ours.

    Since threadpoolctl 3.8 OpenBLAS hears only the thread that gave it a number first: another one, that leaves last,
    would change nothing. Here all are counted, so that whoever acts may.
    """
    of_anybody = getattr(library, "clear_controlling_thread", None)
    if of_anybody is None:
        library.set_num_threads(threads)
    else:
        of_anybody(force=True)
        library.set_num_threads(threads)
        of_anybody(force=True)


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


@contextmanager
def threads_of_their_own() -> Iterator[None]:
    """Inside `one_thread_each`: until its end the libraries have their threads, unless somebody else is inside too."""
    _one_thread.leave()
    try:
        yield
    finally:
        _one_thread.enter()
