"""The threads of OpenCV and BLAS: off while ours run, so that cores are not asked for twice."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

LATE = "scipy.linalg._fblas"
"""scipy comes with a BLAS of its own, loaded when a first fit asks for it: in `sys.modules` once it is there."""


class _Libraries:
    """OpenCV and BLAS on one thread while anybody holds them to it; who lets go last gives them back what they had.

    A controller knows the libraries that were loaded when it was made. Making one takes a millisecond, so that it is
    made again only when scipy's BLAS has come since. Holders are noted, not counted, as those of `cores` are.
    """

    def __init__(self) -> None:
        self._lock: Any = threading.RLock()  # the collector may end a map in the very thread that is at this
        self._holders: set[object] = set()
        self._blas: list[Any] = []
        self._knows_late = False
        self._give_back: list[Callable[[], None]] = []

    def locked_here(self) -> bool:
        """Whether the calling thread is in the middle of this."""
        return bool(self._lock._is_owned())  # as `threading.Condition` asks it

    def hold(self, holder: object) -> None:
        """To one thread each, until `holder` lets go."""
        with self._lock:
            first = not self._holders
            self._holders.add(holder)  # before anything is set: whom the collector ends meanwhile is not the last
            if first:
                self._limit_blas()
                self._limit_opencv()
            elif not self._knows_late and LATE in sys.modules:
                self._limit_blas()

    def let_go(self, holder: object) -> None:
        """As if `holder` had never held them."""
        with self._lock:
            self._holders.discard(holder)
            while self._give_back and not self._holders:  # the last first: what it found limited the one before gives
                last = self._give_back[-1]
                last()
                with suppress(ValueError):  # forgotten when it is done; the collector may have done all meanwhile
                    self._give_back.remove(last)

    def _limit_blas(self) -> None:
        if not self._blas or (not self._knows_late and LATE in sys.modules):
            from threadpoolctl import ThreadpoolController

            self._knows_late = LATE in sys.modules
            self._blas = ThreadpoolController().select(user_api="blas").lib_controllers
        for library in self._blas:
            self._give_back.append(functools.partial(_set, library, library.num_threads))
            _set(library, 1)

    def _limit_opencv(self) -> None:
        if cv2 := sys.modules.get("cv2"):
            self._give_back.append(functools.partial(cv2.setNumThreads, cv2.getNumThreads()))
            cv2.setNumThreads(1)


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


libraries = _Libraries()


@contextmanager
def one_thread_each() -> Iterator[object]:
    """Libraries on one thread inside, so that our workers and theirs do not ask for the same cores twice.

    Threads of BLAS wait for each other by spinning: on a core that somebody else uses, two of them took 3.1 s for a fit
    that one does in 0.09 s. What it gives stands for it in `threads_of_their_own`.
    """
    holder = object()
    try:
        libraries.hold(holder)
        yield holder
    finally:
        try:
            libraries.let_go(holder)
        except KeyboardInterrupt:  # wherever in it: once more, for nobody else would
            libraries.let_go(holder)
            raise


@contextmanager
def threads_of_their_own(holder: object) -> Iterator[None]:
    """Until its end the libraries have their threads, where nobody but `holder` holds them to one."""
    try:
        libraries.let_go(holder)
        yield
    finally:
        libraries.hold(holder)
