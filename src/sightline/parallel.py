"""Work over many pictures on several cores, in order, with a bounded number in flight.

Threads, not processes: decoding, resizing and matrix products release the interpreter lock, arrays need no copy, and a
worker costs nothing to start. The threads of OpenCV and BLAS are off while ours run: cores are not asked for twice.

Maps may be nested. All of them share the cores: an inner map works in the thread that called it, and takes helpers only
while cores are idle. So the last of several long jobs spreads over the cores that the others have left. A thread that
comes back from waiting goes on at once, whoever has its core by then; a helper makes room after its item.
"""

from __future__ import annotations

import functools
import itertools
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from numbers import Integral
from operator import length_hint
from typing import Any, Generic, TypeVar

from sightline.cores import cores
from sightline.errors import InputError
from sightline.resources import available_cores
from sightline.threads import libraries, one_thread_each, threads_of_their_own

Item = TypeVar("Item")
Result = TypeVar("Result")
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


class _Slot:
    """The outcome of one item."""

    result: Any = None
    error: BaseException | None = None
    done = False

    def run(self, function: Callable[[Any], Any], item: Any) -> None:
        try:
            self.result = function(item)
        except BaseException as error:
            self.error = error
            if not isinstance(error, Exception):
                raise  # Ctrl-C ends the work of this thread at once
        finally:
            self.done = True


class _Work(Generic[Item, Result]):
    """Items on their way through a function: pulled in order, worked on by several threads, taken in order."""

    def __init__(self, function: Callable[[Item], Result], items: Iterable[Item], limit: int) -> None:
        self._function = function
        self._source = iter(items)
        self._limit = limit
        self._left = length_hint(items, sys.maxsize)
        self._under_way: deque[_Slot] = deque()
        self._changed = threading.Condition()
        self._puller: int | None = None
        self._running: set[int] = set()
        self._over = False

    def worth(self) -> int:
        """How many threads would find something to do now."""
        with self._changed:
            return 0 if self._over else min(self._limit - len(self._under_way), self._left)

    def take_first(self) -> _Slot | None:
        """The first item's outcome, where it is known."""
        with self._changed:
            if not self._first_is_done():
                return None
            self._changed.notify_all()  # there is room again
            return self._under_way.popleft()

    def finished(self) -> bool:
        """Whether everything was taken."""
        with self._changed:
            return self._nothing_left()

    def work_on_one(self) -> bool:
        """Pull the next item and work on it; False where another thread pulls, there is no room or nothing left."""
        with self._changed:
            if not self._may_pull():
                return False
            self._puller = threading.get_ident()
        slot = _Slot()
        try:
            item = next(self._source)
        except StopIteration:
            return self._pulled(None)
        except BaseException as error:
            slot.error, slot.done = error, True
            self._pulled(slot)
            if not isinstance(error, Exception):
                raise
            return False
        if self._pulled(slot):
            try:
                slot.run(self._function, item)
            finally:
                with self._changed:
                    self._running.discard(threading.get_ident())
                    self._changed.notify_all()
        return True

    def wait(self) -> None:
        """Until there is something to take or to do, or all is over."""
        self._wait_for(lambda: self._first_is_done() or self._may_pull() or self._nothing_left())

    def wait_for_room(self) -> bool:
        """Until an item may be pulled; False when all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._may_pull() or self._over)
            return not self._over

    def close(self) -> None:
        """Start nothing more and wait for what runs; a helper that waits for the source may be left."""
        with self._changed:
            self._over = True
            self._running.discard(threading.get_ident())  # who closes is not working: Ctrl-C kept it from noting that
            self._changed.notify_all()
        self._wait_for(lambda: not self._running)

    def _wait_for(self, there: Callable[[], bool]) -> None:
        try:
            with self._changed:
                self._changed.wait_for(there)
        except RuntimeError as error:
            if isinstance(error.__context__, KeyboardInterrupt):  # it came when a condition had given up its lock
                raise error.__context__ from None
            raise

    def _nothing_left(self) -> bool:
        return self._over and not self._under_way

    def _first_is_done(self) -> bool:
        return bool(self._under_way) and self._under_way[0].done

    def _may_pull(self) -> bool:
        return self._puller is None and not self._over and len(self._under_way) < self._limit

    def _pulled(self, slot: _Slot | None) -> bool:
        """Take note of what came from the source; whether it is to be worked on."""
        with self._changed:
            self._puller = None
            wanted = slot is not None and not self._over
            if slot is not None and wanted:
                self._left -= 1
                self._under_way.append(slot)
                if not slot.done:
                    self._running.add(threading.get_ident())
            self._over |= slot is None or slot.done
            self._changed.notify_all()
            return wanted and slot is not None and not slot.done


def _shared(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    ahead: int,
    interrupted: Callable[[], None],
    taken: Callable[[], AbstractContextManager[None]],
) -> Iterator[Result]:
    work = _Work(function, items, ahead)
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
            with idle():
                work.close()
        finally:
            for helper in helpers:
                helper.end()


class _Helper(threading.Thread):
    """Works while there is something to do, on a core that it takes, and with it the libraries' one thread."""

    def __init__(self, work: _Work[Any, Any], limit: int) -> None:
        super().__init__(name="sightline", daemon=True)
        self._work = work
        self._limit = limit
        self._lock = threading.RLock()
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
        with self._lock:
            if self._ended or not cores.take_if_below(self, self._limit):
                return False
            libraries.hold(self)
            return True

    def end(self) -> None:
        """Its core is free from now on, though the helper may not know yet, or wait for a source for ever."""
        self._ended = True
        self._give_back_core()

    def _give_back_core(self) -> None:
        with self._lock:
            libraries.let_go(self)
            cores.give_back(self)
