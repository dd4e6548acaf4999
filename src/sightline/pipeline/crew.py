"""Processes that describe pictures, learn codebooks and measure beside this one: all are many short steps, and threads
that make such steps wait for each other.

Whoever asks gets the same answer, to the bit, whether a process made it or the thread that asked: when no process is
idle, none can be started or one is lost, the thread does the work itself.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

from sightline.arrays import Picture
from sightline.pipeline import graph as tree
from sightline.pipeline.batches import Made, Pool, Steps, flat, may_travel, raised
from sightline.pipeline.graph import Node
from sightline.pipeline.quickness import Quickness, Trip
from sightline.processes import LOST, Process, can_start
from sightline.resources import memory_bytes

Done = TypeVar("Done")
MODULE = "sightline.pipeline.crew_member"
START_AFTER_S = 0.25
"""Work in threads before processes are started: a start takes 0.3 s of a core, which little work does not give back."""
MOST = 32
"""Processes at most."""
MEMORY_EACH = 1_000_000_000
"""Bytes of the machine's memory for each process: it starts with 60 MB and may hold `MOST_BYTES` more."""
REMEMBERED = 4
"""Steps that a process keeps: the others were of candidates that are done."""
MOST_BYTES = 400_000_000
"""Local features that are sent to be learned from, or a model to be measured; each process holds a copy."""


class Crew:
    """Describes pictures and learns codebooks in processes; usable from several threads, closed by `end` or `with`.

    Args:
        size: processes at most; below 2 all work is done by the thread that asks, and after `end` as well.
    """

    def __init__(self, size: int = 0) -> None:
        most = min(MOST, (memory_bytes() or MOST * MEMORY_EACH) // MEMORY_EACH)
        self._size = min(size, most) if size > 1 and can_start() else 0
        self._lock = threading.Lock()
        self._members: list[_Member] = []
        self._idle: list[_Member] = []
        self._worked_s = 0.0
        self._started = False

    def make(self, steps: Steps, pictures: Sequence[Picture]) -> Made:
        """`steps.of(pictures)`."""
        if not self._size or not steps.may_travel():
            return steps.of(pictures)
        return self._done(lambda member: member.make(steps, pictures), lambda: steps.of(pictures), steps)

    def fit(self, node: Node, pool: Pool, rows: Sequence[int]) -> Node:
        """`pool.fit(node, rows)`, in place or as another tree."""
        if not self._size or not may_travel(node) or pool.nbytes > MOST_BYTES:
            return pool.fit(node, rows)
        return self._done(lambda member: member.fit(node, pool, rows), lambda: pool.fit(node, rows), pool)

    def measure(self, trip: Trip) -> Quickness:
        """`trip.made()`, where no other thread takes part of the time."""
        if not self._size or not trip.may_travel() or trip.nbytes > MOST_BYTES:
            return trip.made()
        return self._done(lambda member: member.measure(trip), trip.made)

    def _done(self, there: Callable[[_Member], Done | None], here: Callable[[], Done], known: object = None) -> Done:
        """What an idle process does, by preference one that knows something; where there is none, this thread."""
        member = self._taken(known)
        if member is not None:
            found = self._asked(member, there)
            if found is not None:
                return found
        started = time.perf_counter()
        done = here()
        self._note(time.perf_counter() - started)
        return done

    def end(self) -> None:
        """Stop all processes; what is asked from now on is done by who asks."""
        with self._lock:
            self._size, members = 0, self._members
            self._members, self._idle = [], []
        for member in members:
            member.process.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def _taken(self, known: object) -> _Member | None:
        """An idle process, by preference one that knows what was sent before."""
        with self._lock:
            if not self._idle:
                return None
            best = max(range(len(self._idle)), key=lambda i: self._idle[i].has(known))
            return self._idle.pop(best)

    def _asked(self, member: _Member, ask: Callable[[_Member], Done | None]) -> Done | None:
        """What the process did; None where it could not."""
        try:
            done = ask(member)
        except Exception:  # it is gone, or what is asked cannot be sent: this thread will see
            self._forget(member)
            return None
        except BaseException:  # interrupted: an answer is still under way, and nobody will read it
            self._forget(member)
            raise
        with self._lock:
            if self._size:
                self._idle.append(member)
        return done

    def _forget(self, member: _Member) -> None:
        with self._lock:
            if member in self._members:
                self._members.remove(member)
        member.process.end()

    def _note(self, seconds: float) -> None:
        """So much was worked in threads; once it is enough, processes are started."""
        with self._lock:
            self._worked_s += seconds
            start = not self._started and self._worked_s >= START_AFTER_S
            self._started |= start
        if start:
            for _ in range(self._size):
                threading.Thread(target=self._hire, name="sightline-crew", daemon=True).start()

    def _hire(self) -> None:
        """Start a process; it is idle once it is ready."""
        try:
            member = _Member(Process(MODULE))
        except OSError:  # no more processes allowed, or no memory
            return
        with self._lock:
            wanted = bool(self._size)
            if wanted:
                self._members.append(member)
        try:
            if wanted:
                member.process.wait_until_ready()
        except LOST:
            wanted = False
        with self._lock:
            if wanted and member in self._members:
                self._idle.append(member)
                return
        self._forget(member)


class _Member:
    """A process and what it knows."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.knows: OrderedDict[int, Steps] = OrderedDict()
        self.pool: Pool | None = None

    def has(self, known: object) -> bool:
        """Whether it was sent this before."""
        return known is not None and (known is self.pool or id(known) in self.knows)

    def make(self, steps: Steps, pictures: Sequence[Picture]) -> Made | None:
        """What the process makes of the pictures; None where it fails: who asked then sees for himself how.

        Raises:
            OSError, EOFError: it is gone.
        """
        about: dict[str, object] = {"do": "make", "steps": id(steps), "pictures": len(pictures)}
        arrays = list(pictures)
        if id(steps) not in self.knows:
            about["new"], learned = steps.packed()
            arrays += learned
            if len(self.knows) == REMEMBERED:
                about["forget"] = self.knows.popitem(last=False)[0]
        answer, made = self.process.ask(about, arrays)
        self.knows.pop(id(steps), None)
        if not answer["done"]:
            return None
        self.knows[id(steps)] = steps  # held, so that its number is not given to others
        return raised(answer, made)

    def fit(self, node: Node, pool: Pool, rows: Sequence[int]) -> Node | None:
        """A tree that learned what `node` would have learned; None where that fails.

        Raises:
            OSError, EOFError: it is gone.
        """
        about, arrays = {"do": "fit", "node": tree.to_dict(node)}, [np.asarray(rows, np.int64)]
        if pool is not self.pool:
            about["new"], sent = flat(pool.features)
            arrays += [pool.y, *sent]
            self.pool = pool
        answer, learned = self.process.ask(about, arrays)
        if not answer["done"]:
            self.pool = None
            return None
        return tree.restore(tree.clone(node), dict(zip(answer["names"], learned, strict=True)))

    def measure(self, trip: Trip) -> Quickness | None:
        """What it measured; None where that fails.

        Raises:
            OSError, EOFError: it is gone.
        """
        plain, arrays = trip.packed()
        answer, _ = self.process.ask({"do": "measure", "trip": plain}, arrays)
        return Quickness(**answer["quickness"]) if answer["done"] else None
