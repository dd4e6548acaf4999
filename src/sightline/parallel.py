"""Work over many pictures on several cores, in order, with a bounded number in flight.

Threads, not processes: decoding, resizing and matrix products release the interpreter lock, arrays need no copy, and a
worker costs nothing to start. The threads of OpenCV and BLAS are off while ours run: cores are not asked for twice.

Maps may be nested. All of them share the cores: an inner map works in the thread that called it, and takes helpers only
while cores are idle. So the last of several long jobs spreads over the cores that the others have left. A thread that
comes back from waiting goes on at once, whoever has its core by then; a helper makes room after its item.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from numbers import Integral
from typing import Any, TypeVar

from sightline.cores import cores
from sightline.errors import InputError
from sightline.resources import available_cores
from sightline.threads import libraries, one_thread_each, threads_of_their_own
from sightline.under_way import Work

Item = TypeVar("Item")
Result = TypeVar("Result")
LAST_S, SOON_S = 10.0, 0.5
"""How long the end of the process waits for items that are worked on, and then for the thread that did."""
Progress = Callable[[str, int, "int | None"], None]
"""`progress(what, done, total)`: called as work goes on; `total` is None while it is not known."""


def nothing() -> None:
    """Does nothing."""


def silent(what: str, done: int, total: int | None) -> None:
    """The `Progress` that shows nothing."""


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Consecutive lists of at most `size` items."""
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int | None = None,
    ahead: int | None = None,
    interrupted: Callable[[], None] = nothing,
    to_user: bool = False,
) -> Iterator[Result]:
    """`map(function, items)` on up to `workers` threads (default: the cores available), results in order.

    The calling thread is one of them. At most `ahead` items (default: 2 for each worker) are in flight, so an endless
    iterable and a slow consumer are both fine; where one item may take far longer than others, more keep the workers
    busy. An exception of `function` is raised at its place in the order; work not yet started is dropped, what runs
    is waited for. Half consumed it keeps its core until it is closed, so iterate over the call itself: a name would be
    kept by a traceback. `interrupted` is called before that wait on Ctrl-C: it may tell what runs to end soon.
    `to_user`: who takes the results may never come back for the next one (`next(...)` in a notebook), so libraries have
    their threads meanwhile; that takes 30 us a result.

    Raises:
        InputError: workers that are no whole number from 1.
    """
    return _results(function, items, checked_workers(workers), ahead, interrupted, to_user)


def _results(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    ahead: int | None,
    interrupted: Callable[[], None],
    to_user: bool,
) -> Iterator[Result]:
    with one_thread_each() as held, cores.working():
        taken = functools.partial(threads_of_their_own, held) if to_user else nullcontext
        if workers == 1:
            for result in map(function, items):
                with taken():
                    yield result
        else:
            yield from _shared(function, items, workers, ahead or 2 * workers, interrupted, taken)


def idle() -> AbstractContextManager[None]:
    """Inside, a worker waits for something that others make: its core is theirs."""
    return cores.idle()


def checked_workers(workers: int | None) -> int:
    """How many threads were asked for; None: as many as there are cores.

    Raises:
        InputError: no whole number from 1.
    """
    if workers is None:
        return available_cores()
    if isinstance(workers, bool) or not isinstance(workers, Integral) or workers < 1:
        raise InputError(f"workers={workers!r} was given; allowed: a whole number from 1, or None for all cores")
    return int(workers)


def _shared(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    ahead: int,
    interrupted: Callable[[], None],
    taken: Callable[[], AbstractContextManager[None]],
) -> Iterator[Result]:
    work = Work(function, items, ahead)
    helpers: list[_Helper] = []
    try:
        while not work.finished():
            helpers = [helper for helper in helpers if helper.is_alive()]
            while len(helpers) + 1 < min(workers, work.worth()) and cores.taken() < workers:
                helpers.append(_Helper(work, workers))  # noted before it takes a core, so that it gives it back
                if not helpers[-1].take_core():
                    helpers.pop()
                    break
                helpers[-1].start()
            if (slot := work.take_first()) is not None:
                if slot.error is not None:
                    raise slot.error
                with taken():
                    yield slot.result
            elif not work.work_on_one():
                with idle():
                    work.wait()
    except KeyboardInterrupt:
        interrupted()
        raise
    finally:
        try:
            # At the end of the process helpers stand still. In one of these locks the collector is at it, and who runs
            # may need it.
            if sys.is_finalizing() or cores.locked_here() or libraries.locked_here():
                work.stop()
            else:
                with idle():
                    work.close()
        finally:
            for helper in helpers:
                helper.end()


class _Helper(threading.Thread):
    """Works while there is something to do, on a core that it takes, and with it the libraries' one thread."""

    def __init__(self, work: Work[Any, Any], limit: int) -> None:
        super().__init__(name="sightline", daemon=True)
        self._work = work
        self._limit = limit
        self._ended = False

    def run(self) -> None:
        # Ctrl-C reaches the main thread alone; what else raises like it is raised where the result is taken.
        with cores.working(self), suppress(KeyboardInterrupt, SystemExit):
            more = True
            while more:
                if not self._work.work_on_one() or cores.crowded(self._limit):
                    self._give_back_core()
                    more = self._work.wait_for_room() and self.take_core()
        self._give_back_core()

    def take_core(self) -> bool:
        """Take a core where there is one."""
        if self._ended or not cores.take_if_below(self, self._limit):
            return False
        libraries.hold(self)
        if self._ended:  # meanwhile
            self._give_back_core()
        return not self._ended

    def end(self) -> None:
        """Its core is free from now on, though the helper may not know yet, or wait for a source for ever."""
        self._ended = True
        libraries.let_go(self)
        cores.forget(self, self.ident)

    def finish(self) -> None:
        """Be through with everything, but for a source that it may wait for; or not within seconds."""
        self._work.close(LAST_S)
        self.join(SOON_S)

    def _give_back_core(self) -> None:
        libraries.let_go(self)
        cores.give_back(self)


@atexit.register
def _finish_all() -> None:
    """Native code that is still at work when Python ends is ended in the middle, and the process with it."""
    for thread in threading.enumerate():
        if isinstance(thread, _Helper):
            thread.finish()
