"""Codebooks that outlive the run: what is given up for want of time goes on where it stood."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from sightline.arrays import Indices
from sightline.data.store import FeatureStore
from sightline.errors import ComponentError
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Node
from sightline.search.collecting.journal import LONGEST_S
from sightline.version import made_with

LIMIT_BYTES = 500_000_000
"""Of all codebooks together: each takes some hundred kB, and their pictures' vectors would drive them out."""
TOOK = "took_s"
"""What the seconds are called beside the learned arrays, whose names begin with "root"."""


class Codebooks:
    """What was learned from local features, with the seconds that it took. Safe to use from several threads.

    Args:
        features: what lies in the same folder; None remembers nothing.
    """

    def __init__(self, features: FeatureStore | None) -> None:
        self._store = None if features is None else features.beside("codebooks", LIMIT_BYTES)

    @staticmethod
    def key(digests: Sequence[bytes], name: str, rows: Indices, y: Indices) -> str:
        """The name of one: these pictures, how they are described and what is learned, from which rows and classes."""
        learned_from = hashlib.sha256(rows.tobytes() + b"\0" + y.tobytes()).hexdigest()
        return FeatureStore.key(digests, name, learned_from, made_with())

    def get(self, key: str, node: Node) -> tuple[Node, float] | None:
        """A tree like `node` that has learned, and the seconds; None where it is not known."""
        found = None if self._store is None else self._store.get(key)
        if found is None:
            return None
        try:
            arrays = load(found.tobytes())
            took_s = float(arrays.pop(TOOK)[0])
            known = tree.restore(tree.clone(node), arrays)
        except (SafetensorError, ComponentError, KeyError, IndexError, ValueError):
            return None
        return (known, took_s) if 0 <= took_s <= LONGEST_S else None

    def put(self, key: str, node: Node, took_s: float) -> None:
        """Keep what a tree has learned; a full disk is no error."""
        if self._store is not None:
            learned = {name: np.ascontiguousarray(array) for name, array in tree.state(node).items()}
            self._store.put(key, np.frombuffer(save({**learned, TOOK: np.array([took_s])}), np.uint8))
