"""Items on their way through a function, on several threads."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from operator import length_hint
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Slot:
    """The outcome of one item."""

    result: Any = None
    error: BaseException | None = None
    done = False

    def run(self, function: Callable[[Any], Any], item: Any) -> None:
        """Work on the item; an exception is kept, and raised again where it is none of the work's own."""
        try:
            self.result = function(item)
        except BaseException as error:
            self.error = error
            if not isinstance(error, Exception):
                raise  # Ctrl-C ends the work of this thread at once
        finally:
            self.done = True


class Work(Generic[Item, Result]):
    """Items on their way through a function: pulled in order, worked on by several threads, taken in order."""

    def __init__(self, function: Callable[[Item], Result], items: Iterable[Item], limit: int) -> None:
        self._function = function
        self._source = iter(items)
        self._limit = limit
        self._left = length_hint(items, sys.maxsize)
        self._under_way: deque[Slot] = deque()
        self._changed = threading.Condition()
        self._puller: int | None = None
        self._running: set[int] = set()
        self._over = False

    def worth(self) -> int:
        """How many threads would find something to do now."""
        with self._changed:
            return 0 if self._over else min(self._limit - len(self._under_way), self._left)

    def take_first(self) -> Slot | None:
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
        slot = Slot()
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

    def close(self, seconds: float | None = None) -> None:
        """Start nothing more and wait for what runs, or for so long; a helper that waits for the source may be left."""
        self.stop()
        self._wait_for(lambda: not self._running, seconds)

    def stop(self) -> None:
        """Start nothing more."""
        with self._changed:
            self._over = True
            self._running.discard(threading.get_ident())  # who stops is not working: Ctrl-C kept it from noting that
            self._changed.notify_all()

    def _wait_for(self, there: Callable[[], bool], seconds: float | None = None) -> None:
        try:
            with self._changed:
                self._changed.wait_for(there, seconds)
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

    def _pulled(self, slot: Slot | None) -> bool:
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
