"""Vectors that were made once and are not made again: in memory while a search runs, on disk between runs.

Pictures stand in the order of the ladder. What learns nothing is kept in blocks, one for the pictures that each rung
adds and each view of them, so that a higher rung, another set of views and the last fit on everything make only what is
new. What was learned is kept whole, by the rows that it was learned from; its codebooks are kept on disk, one by one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sightline.arrays import Indices, Matrix
from sightline.data.store import FeatureStore
from sightline.errors import InputError
from sightline.parallel import idle
from sightline.resources import memory_bytes
from sightline.search.trying.codebooks import Codebooks
from sightline.search.trying.represented import Represented
from sightline.version import made_with

LEAST_BYTES = 600_000_000
SHARE = 8
"""Vectors take an eighth of the machine's memory at most: fitting on them takes copies, and others want memory too."""


def memory_limit() -> int:
    """Bytes of vectors that may be held at once."""
    return max(LEAST_BYTES, (memory_bytes() or 0) // SHARE)


def rows_in_memory(width: int) -> int:
    """How many vectors of `width` float32 values may be learned from."""
    return memory_limit() // (4 * max(width, 1))


def check_memory(rows: int, width: int, copies: int = 1) -> None:
    """Refuse vectors that would not be held.

    Args:
        rows: pictures in all views.
        width: float32 values of each.
        copies: one for each fold that they are made for anew.

    Raises:
        InputError: they are over the limit of memory.
    """
    needed = 4 * rows * max(width, 1) * copies
    if needed > memory_limit():
        raise InputError(
            f"would hold {needed / 1e9:.1f} GB of vectors, {rows:,} of {width:,} values for {copies} folds; allowed: "
            f"{memory_limit() / 1e9:.1f} GB on this machine"
        )


class Vectors:
    """Vectors of one sequence of pictures. Safe to use from several threads.

    Args:
        digests: content of each picture, in order.
        edges: where blocks end, rising; the last edge is the number of pictures.
        features: where vectors that learned nothing outlive this process.
    """

    def __init__(self, digests: Sequence[bytes], edges: Sequence[int], features: FeatureStore | None = None) -> None:
        self._digests = digests
        self._edges = tuple(edges)
        self._features = features
        self.codebooks = Codebooks(features)
        self._blocks: dict[str, Matrix] = {}
        self._learned: dict[str, Represented] = {}
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    @property
    def folder(self) -> Path | None:
        """Where they outlive this process; None: nowhere."""
        return None if self._features is None else self._features.folder

    def blocks(self, n: int) -> list[tuple[int, int]]:
        """Start and end of each block of the first n pictures."""
        ends = [edge for edge in self._edges if edge < n] + [n]
        return list(zip([0, *ends[:-1]], ends, strict=True))

    def block(self, name: str, block: tuple[int, int]) -> Matrix | None:
        """The vectors of a block by the description, preparation and view that `name` says, from memory or disk."""
        key = self._key(name, block)
        with self._lock:
            found = self._blocks.get(key)
            if found is None:
                larger = (
                    self._blocks.get(self._key(name, (block[0], edge))) for edge in self._edges if edge > block[1]
                )
                found = next((one[: block[1] - block[0]] for one in larger if one is not None), None)
        return self._from_disk(key, block) if found is None else found

    def _from_disk(self, key: str, block: tuple[int, int]) -> Matrix | None:
        found = None if self._features is None else self._features.get(key)
        if found is None or len(found) != block[1] - block[0]:
            return None
        self._hold(self._blocks, key, found)
        return found

    def keep_block(self, name: str, block: tuple[int, int], matrix: Matrix) -> None:
        """Keep vectors that learned nothing."""
        key = self._key(name, block)
        if self._features is not None:
            self._features.put(key, matrix)
        self._hold(self._blocks, key, matrix)

    def learned(self, name: str) -> Represented | None:
        """Vectors by something that was learned from the rows that `name` says."""
        with self._lock:
            return self._learned.get(name)

    def keep_learned(self, name: str, found: Represented) -> None:
        """Keep them in memory; those of a lower rung are of no use any more and go first."""
        self._hold(self._learned, name, found)

    def knows(self, name: str, n: int) -> int:
        """Of how many of the first n pictures the vectors by `name` are in memory, after a look at the disk."""
        return sum(
            end - start for start, end in self.blocks(n) if self._has(self._key(name, (start, end)), (start, end))
        )

    def _has(self, key: str, block: tuple[int, int]) -> bool:
        with self._lock:
            if key in self._blocks:
                return True
        return self._from_disk(key, block) is not None

    def codebook_key(self, name: str, n: int, rows: Indices, y: Indices) -> str:
        """What a codebook is kept by: the first n pictures, what it is, and the rows and classes it is learned from."""
        return Codebooks.key(self._digests[:n], name, rows, y)

    @contextmanager
    def making(self, name: str) -> Iterator[None]:
        """Inside, this thread alone makes `name`; who comes second waits, and finds it made."""
        with self._lock:
            lock = self._making.setdefault(name, threading.Lock())
        if not lock.acquire(blocking=False):
            with idle():
                lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _key(self, name: str, block: tuple[int, int]) -> str:
        return FeatureStore.key(self._digests[block[0] : block[1]], name, "block", made_with())

    def _hold(self, where: dict[str, Matrix] | dict[str, Represented], key: str, found: Matrix | Represented) -> None:
        with self._lock:
            where[key] = found  # type: ignore[assignment]  # each is given what it holds
            limit = memory_limit()
            for held in (self._learned, self._blocks):
                while len(held) > 1 and self._bytes() > limit:
                    held.pop(next(iter(held)))

    def _bytes(self) -> int:
        learned = sum(matrix.nbytes for one in self._learned.values() for matrix in one.matrices)
        return learned + sum(matrix.nbytes for matrix in self._blocks.values())
