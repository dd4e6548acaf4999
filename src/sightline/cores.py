"""Who has a core: all maps of the process share them.

Holders are noted, not counted. Ctrl-C may come between any two lines, and the garbage collector may end a map wherever
something is allocated, these lines included: noting or forgetting a holder twice changes nothing, where a number would
be wrong for good.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Cores:
    """Which threads are at work in maps; one that has several open, inside each other or in turns, has one core."""

    def __init__(self) -> None:
        self._lock: Any = threading.RLock()  # the collector may end a map in the very thread that is at this
        self._holders: set[object] = set()
        self._open: dict[int, list[object]] = {}

    def locked_here(self) -> bool:
        """Whether the calling thread is in the middle of this."""
        return bool(self._lock._is_owned())  # as `threading.Condition` asks it

    def taken(self) -> int:
        """How many are taken."""
        return len(self._holders)

    def crowded(self, limit: int) -> bool:
        """Whether more than `limit` are taken."""
        return self.taken() > limit

    def take(self, holder: object) -> None:
        """Take a core, whether or not there is one."""
        with self._lock:
            self._holders.add(holder)

    def take_if_below(self, holder: object, limit: int) -> bool:
        """Take a core where fewer than `limit` are taken."""
        with self._lock:
            free = self.taken() < limit
            if free:
                self._holders.add(holder)
            return free

    def give_back(self, holder: object) -> None:
        """Give back the core, if it has one."""
        with self._lock:
            self._holders.discard(holder)

    def forget(self, holder: object, thread: int | None) -> None:
        """Give back the core of one that was at work in a thread, and take none for it any more."""
        with self._lock:
            self._holders.discard(holder)
            self._leave(thread, holder)

    @contextmanager
    def working(self, holder: object | None = None) -> Iterator[None]:
        """Inside, the calling thread is at work on one core; `holder`: has one for it."""
        here = threading.get_ident()  # a generator may be closed by another thread than the one that it worked in
        own = object() if holder is None else holder
        try:
            with self._lock:
                if holder is None and self._holder_in(here) is None:
                    self._holders.add(own)
                mine = self._open.setdefault(here, [])
                mine.append(own)
                self._open[here] = mine  # the collector may have ended the only other one meanwhile
            yield
        finally:
            try:
                self._close(here, own, handed_on=holder is None)
            except KeyboardInterrupt:  # wherever in it: once more, for nobody else would
                self._close(here, own, handed_on=holder is None)
                raise

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Inside, the calling thread waits for something that others make: its core is theirs."""
        here, holder = threading.get_ident(), None
        try:
            with self._lock:
                holder = self._holder_in(here)
                self._holders.discard(holder)
            yield
        finally:
            if holder is not None:
                self._take_again(here, holder)

    def _take_again(self, thread: int, holder: object) -> None:
        """The core of a thread that has waited; what it had it by may have ended meanwhile."""
        with self._lock:
            mine = self._open.get(thread, [])
            if mine and self._holder_in(thread) is None:
                self._holders.add(holder if holder in mine else mine[-1])

    def _holder_in(self, thread: int) -> object | None:
        """By what a thread has a core."""
        for one in self._open.get(thread, ()):
            if one in self._holders:
                return one
        return None

    def _close(self, thread: int, own: object, handed_on: bool) -> None:
        """A map has ended; its core is free, or that of one that began later in the thread and has not ended yet."""
        with self._lock:
            self._leave(thread, own)
            if handed_on and own in self._holders:
                self._holders.discard(own)
                if self._holder_in(thread) is None:
                    self._holders.update(self._open.get(thread, [])[-1:])

    def _leave(self, thread: int | None, own: object) -> None:
        """In place: whom the collector ends meanwhile leaves the same list."""
        mine = self._open.get(thread, []) if thread is not None else []
        if own in mine:
            mine.remove(own)
        if not mine and thread is not None:
            self._open.pop(thread, None)


cores = Cores()
