"""Work over many pictures on several cores, in order, with a bounded number in flight.

Threads, not processes: decoding, resizing and matrix products release the interpreter lock, arrays need no copy, and a
worker costs nothing to start. The threads of OpenCV and BLAS are off while ours run: cores are not asked for twice. A
result that somebody looks at for long, or a map that nobody goes on with, leaves them alone.

Maps may be nested. All of them share the cores: an inner map works in the thread that called it, and takes helpers only
while cores are idle. So the last of several long jobs spreads over the cores that the others have left. A thread that
comes back from waiting goes on at once, whoever has its core by then; a helper makes room after its item.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from operator import length_hint
from typing import Any, Generic, TypeVar

from sightline.resources import available_cores
from sightline.threads import one_thread_each, threads_of_their_own

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
) -> Iterator[Result]:
    """`map(function, items)` on up to `workers` threads (default: the cores available), results in order.

    The calling thread is one of them. At most `ahead` items (default: 2 for each worker) are in flight, so an endless
    iterable and a slow consumer are both fine; where one item may take far longer than others, more keep the workers
    busy. An exception of `function` is raised at its place in the order; work not yet started is dropped, what runs
    is waited for. Half consumed it keeps its core until it is closed, so iterate over the call
    itself: a name would be kept by a traceback. `interrupted` is called before that wait on Ctrl-C: it may tell what
    runs to end soon.
    """
    workers = workers or available_cores()
    with one_thread_each(), _cores.working():
        if workers == 1:
            for result in map(function, items):
                with threads_of_their_own():
                    yield result
        else:
            yield from _shared(function, items, workers, ahead or 2 * workers, interrupted)


@contextmanager
def idle() -> Iterator[None]:
    """Inside, a worker waits for something that others make: its core is theirs."""
    counted = _cores.leave_if_working()
    try:
        yield
    finally:
        if counted:
            _cores.enter()


class _Cores:
    """How many threads are at work in maps; one that has several open, inside each other, counts once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = 0
        self._open: Counter[int] = Counter()

    def enter(self) -> None:
        with self._lock:
            self._busy += 1

    def leave(self) -> None:
        with self._lock:
            self._busy -= 1

    def enter_if_below(self, limit: int) -> bool:
        """Take a core where fewer than `limit` are taken."""
        with self._lock:
            taken = self._busy < limit
            self._busy += taken
            return taken

    def crowded(self, limit: int) -> bool:
        """Whether more than `limit` are at work."""
        with self._lock:
            return self._busy > limit

    def leave_if_working(self) -> bool:
        with self._lock:
            working = self._open[threading.get_ident()] > 0
            self._busy -= working
            return working

    @contextmanager
    def working(self, counted: bool = False) -> Iterator[None]:
        """The calling thread works; `counted`: a core was taken for it."""
        here = threading.get_ident()  # a generator may be closed by another thread than the one that it worked in
        with self._lock:
            self._busy += not counted and not self._open[here]
            self._open[here] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[here] -= 1
                if not self._open[here]:
                    del self._open[here]
                    self._busy -= not counted


_cores = _Cores()


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
        self._running = 0
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
                    self._running -= 1
                    self._changed.notify_all()
        return True

    def wait(self) -> None:
        """Until there is something to take or to do, or all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._first_is_done() or self._may_pull() or self._nothing_left())

    def wait_for_room(self) -> bool:
        """Until an item may be pulled; False when all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._may_pull() or self._over)
            return not self._over

    def close(self) -> None:
        """Start nothing more and wait for what runs; a helper that waits for the source may be left."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._running)

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
                self._running += not slot.done
            self._over |= slot is None or slot.done
            self._changed.notify_all()
            return wanted and slot is not None and not slot.done


def _shared(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    ahead: int,
    interrupted: Callable[[], None],
) -> Iterator[Result]:
    work = _Work(function, items, ahead)
    helpers: list[_Helper] = []
    try:
        while not work.finished():
            helpers = [helper for helper in helpers if helper.is_alive()]
            while len(helpers) + 1 < min(workers, work.worth()) and _cores.enter_if_below(workers):
                helpers.append(_Helper(work, workers))
                helpers[-1].start()
            if (slot := work.take_first()) is not None:
                if slot.error is not None:
                    raise slot.error
                with threads_of_their_own():
                    yield slot.result
            elif not work.work_on_one():
                with idle():
                    work.wait()
    except KeyboardInterrupt:
        interrupted()
        raise
    finally:
        with idle():
            work.close()
        for helper in helpers:
            helper.end()


class _Helper(threading.Thread):
    """Works while there is something to do, on a core that was taken for it, and with it the libraries' one thread."""

    def __init__(self, work: _Work[Any, Any], limit: int) -> None:
        super().__init__(name="sightline", daemon=True)
        self._work = work
        self._limit = limit
        self._lock = threading.Lock()
        self._ended = False
        self._core = ExitStack()
        self._has_core = True
        self._core.enter_context(one_thread_each())

    def run(self) -> None:
        # Ctrl-C reaches the main thread alone; what else raises like it is raised where the result is taken.
        with _cores.working(counted=True), suppress(KeyboardInterrupt, SystemExit):
            while self._has_core:
                if not self._work.work_on_one() or _cores.crowded(self._limit):
                    self._give_back_core()
                    if self._work.wait_for_room():
                        self._take_core()
        self._give_back_core()

    def end(self) -> None:
        """Its core is free from now on, though the helper may not know yet, or wait for a source for ever."""
        self._ended = True
        self._give_back_core()

    def _take_core(self) -> None:
        with self._lock:
            if not self._ended and _cores.enter_if_below(self._limit):
                self._has_core = True
                self._core.enter_context(one_thread_each())

    def _give_back_core(self) -> None:
        with self._lock:
            if self._has_core:
                self._has_core = False
                self._core.close()
                _cores.leave()
