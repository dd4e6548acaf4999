"""What is done with batches of prepared pictures and with local features, here or in a process of our own."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from sightline.arrays import Array, Indices, Matrix, Picture, generator
from sightline.contracts import LocalFeatures
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Node

Made: TypeAlias = "list[Matrix] | list[LocalFeatures]"
OURS = "sightline.classical."
"""Components that travel: small, without a device, and known in every process of ours."""


@dataclasses.dataclass(frozen=True)
class Steps:
    """Steps that all have learned what they need.

    Attributes:
        first: what pictures go through once; gives vectors or local features. None leaves them as they are.
        then: what goes on from there, side by side, each to vectors of its own; none leaves what `first` gives.
        kept: local vectors kept of each picture, at most, and the seed of which; None for all.
    """

    first: Node | None
    then: tuple[Node, ...] = ()
    kept: tuple[int, int] | None = None

    def of(self, pictures: Sequence[Picture]) -> Made:
        """A matrix (n, d) for each of `then`; without any, one matrix, or the local features of n pictures."""
        described: Any = pictures if self.first is None else tree.transform(self.first, pictures)
        if not isinstance(described, np.ndarray):
            described = list(described)  # computed once, whoever asks
        if self.kept is not None:
            described = [thinned(one, *self.kept) for one in described]
        if self.then:
            return [tree.transform(node, described) for node in self.then]
        return [described] if isinstance(described, np.ndarray) else described

    def may_travel(self) -> bool:
        """Whether another process can do it."""
        return all(map(may_travel, self._nodes()))

    def packed(self) -> tuple[dict[str, Any], list[Array]]:
        """As a JSON table and arrays."""
        nodes = self._nodes()
        states = [tree.state(node) for node in nodes]
        plain = {
            "begins": self.first is not None,
            "kept": self.kept,
            "nodes": [tree.to_dict(node) for node in nodes],
            "names": [list(state) for state in states],
        }
        return plain, [array for state in states for array in state.values()]

    def _nodes(self) -> list[Node]:
        return [*self.then] if self.first is None else [self.first, *self.then]


@dataclasses.dataclass(frozen=True, eq=False)
class Pool:
    """Local features of n pictures that several codebooks are learned from.

    Attributes:
        features: of each picture.
        y: (n,) class numbers.
    """

    features: list[LocalFeatures]
    y: Indices

    @property
    def nbytes(self) -> int:
        """Of the features."""
        return sum(one.vectors.nbytes + one.positions.nbytes for one in self.features)

    def fit(self, node: Node, rows: Sequence[int]) -> Node:
        """`graph.fit` on some of the pictures."""
        return tree.fit(node, [self.features[row] for row in rows], self.y[rows])


def may_travel(node: Node) -> bool:
    """Whether another process knows all components of a tree."""
    return all(type(leaf).__module__.startswith(OURS) for _, leaf in tree.leaves(node))


def unpacked(plain: Mapping[str, Any], arrays: Sequence[Array]) -> Steps:
    """The steps that `Steps.packed` took apart."""
    rest = iter(arrays)
    states = [{name: next(rest) for name in names} for names in plain["names"]]
    nodes = [tree.restore(tree.from_dict(node), state) for node, state in zip(plain["nodes"], states, strict=True)]
    kept = plain["kept"] and tuple(plain["kept"])
    return Steps(nodes.pop(0) if plain["begins"] else None, tuple(nodes), kept)


def thinned(local: LocalFeatures, share: int, seed: int) -> LocalFeatures:
    """At most `share` of the vectors of a picture."""
    if len(local) <= share:
        return local
    # Seeded by content: the same in every run and order, other places in every picture.
    content = zlib.crc32(np.ascontiguousarray(local.vectors[:64]).data)
    kept = np.sort(generator(seed, "pool", content).choice(len(local), share, replace=False))
    return LocalFeatures(local.vectors[kept], local.positions[kept])


def flat(made: Made) -> tuple[dict[str, Any], list[Array]]:
    """What steps made as a JSON table and arrays; local features of many pictures as three of them."""
    if not made or not isinstance(made[0], LocalFeatures):
        return {"local": False}, list(made)  # type: ignore[arg-type]
    lengths = np.array([len(one) for one in made], np.int64)
    vectors, positions = (np.concatenate([getattr(one, part) for one in made]) for part in ("vectors", "positions"))
    return {"local": True}, [lengths, vectors, positions]


def raised(about: Mapping[str, Any], arrays: Sequence[Array]) -> Made:
    """What `flat` took apart."""
    if not about["local"]:
        return list(arrays)
    lengths, vectors, positions = arrays
    ends = np.cumsum(lengths)
    bounds = zip(ends - lengths, ends, strict=True)
    return [LocalFeatures(vectors[start:end], positions[start:end]) for start, end in bounds]
