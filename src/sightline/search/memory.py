"""Vectors that were made once and are not made again: in memory while a search runs, on disk between runs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from sightline.data.store import FeatureStore
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Node
from sightline.preparation.preparation import Preparation
from sightline.search.represent import Memory, Represented
from sightline.version import __version__

LEAST_BYTES = 600_000_000
SHARE = 8
"""Vectors take an eighth of the machine's memory at most: fitting on them takes copies, and others want memory too."""


def memory_limit() -> int:
    """Bytes of vectors that may be held at once."""
    try:
        return max(LEAST_BYTES, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // SHARE)
    except (AttributeError, ValueError, OSError):  # no POSIX system
        return LEAST_BYTES


def rows_in_memory(width: int) -> int:
    """How many vectors of `width` float32 values may be learned from."""
    return memory_limit() // (4 * max(width, 1))


class Vectors:
    """Vectors of one sequence of pictures, by pipeline, preparation and views.

    Args:
        digests: content of each picture, in order.
        folds: with vectors that were learned for each fold; without, only what learns nothing is remembered.
        features: where vectors that learned nothing outlive this process.
    """

    def __init__(self, digests: Sequence[bytes], folds: bool, features: FeatureStore | None = None) -> None:
        self._digests = digests
        self._folds = folds
        self._features = features
        self._held: dict[tuple[str, str], Represented] = {}

    def under(self, preparation: Preparation, augment: str = "none") -> _Remembered:
        """The memory of what was made with this preparation, of these views of the pictures."""
        return _Remembered(self, _kind(preparation, augment))

    def get(self, node: Node, kind: str) -> Represented | None:
        """The vectors of an unfitted node, from memory or from disk."""
        key = (repr(node), kind)
        if key in self._held:
            return self._held[key]
        if self._features is None or tree.learns(node):
            return None
        matrix = self._features.get(self._name(key))
        wrong = matrix is None or not len(self._digests) or len(matrix) % len(self._digests)
        return None if matrix is None or wrong else Represented([matrix], [node])

    def put(self, node: Node, kind: str, found: Represented) -> None:
        """Keep vectors; the oldest go when they are too many."""
        learns, key = tree.learns(node), (repr(node), kind)
        if learns and not self._folds:
            return
        if self._features is not None and not learns and key not in self._held:
            self._features.put(self._name(key), found.of(0))
        self._held[key] = found
        limit = memory_limit()
        while len(self._held) > 1 and _bytes(self._held.values()) > limit:
            self._held.pop(next(iter(self._held)))

    def knows(self, node: Node, preparation: Preparation, augment: str) -> bool:
        """Whether the vectors of a node are in memory."""
        return (repr(node), _kind(preparation, augment)) in self._held

    def _name(self, key: tuple[str, str]) -> str:
        return FeatureStore.key(self._digests, key[1], key[0], __version__)


def _kind(preparation: Preparation, augment: str) -> str:
    return f"{preparation.key()}-{augment}"


class _Remembered(Memory):
    def __init__(self, vectors: Vectors, kind: str) -> None:
        self._vectors = vectors
        self._kind = kind

    def get(self, node: Node) -> Represented | None:
        return self._vectors.get(node, self._kind)

    def put(self, node: Node, found: Represented) -> None:
        self._vectors.put(node, self._kind, found)


def _bytes(kept: Iterable[Represented]) -> int:
    return sum(matrix.nbytes for one in kept for matrix in one.matrices)
