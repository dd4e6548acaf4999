"""What is done with batches of prepared pictures and with local features, here or in a process of our own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from sightline.arrays import Array, Matrix, Picture
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
        first: what pictures go through once; gives vectors or local features.
        then: what goes on from there, side by side, each to vectors of its own; none leaves what `first` gives.
    """

    first: Node
    then: tuple[Node, ...] = ()

    def of(self, pictures: Sequence[Picture]) -> Made:
        """A matrix (n, d) for each of `then`; without any, one matrix, or the local features of n pictures."""
        described = tree.transform(self.first, pictures)
        if not isinstance(described, np.ndarray):
            described = list(described)  # computed once, whoever asks
        if self.then:
            return [tree.transform(node, described) for node in self.then]
        return [described] if isinstance(described, np.ndarray) else described

    def may_travel(self) -> bool:
        """Whether another process can do it."""
        return all(map(may_travel, (self.first, *self.then)))

    def packed(self) -> tuple[dict[str, Any], list[Array]]:
        """As a JSON table and arrays."""
        nodes = (self.first, *self.then)
        states = [tree.state(node) for node in nodes]
        plain = {"nodes": [tree.to_dict(node) for node in nodes], "names": [list(state) for state in states]}
        return plain, [array for state in states for array in state.values()]


def may_travel(node: Node) -> bool:
    """Whether another process knows all components of a tree."""
    return all(type(leaf).__module__.startswith(OURS) for _, leaf in tree.leaves(node))


def unpacked(plain: Mapping[str, Any], arrays: Sequence[Array]) -> Steps:
    """The steps that `Steps.packed` took apart."""
    rest = iter(arrays)
    states = [{name: next(rest) for name in names} for names in plain["names"]]
    first, *then = (
        tree.restore(tree.from_dict(node), state) for node, state in zip(plain["nodes"], states, strict=True)
    )
    return Steps(first, tuple(then))


def flat(made: Made) -> tuple[dict[str, Any], list[Array]]:
    """What steps made as a JSON table and arrays."""
    if made and isinstance(made[0], LocalFeatures):
        return {"local": True}, [part for one in made for part in (one.vectors, one.positions)]
    return {"local": False}, list(made)  # type: ignore[arg-type]


def raised(about: Mapping[str, Any], arrays: Sequence[Array]) -> Made:
    """What `flat` took apart."""
    if about["local"]:
        return [LocalFeatures(*pair) for pair in zip(arrays[::2], arrays[1::2], strict=True)]
    return list(arrays)
