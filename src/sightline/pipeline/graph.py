"""The tree that answers: `Chain`, `Union` and `Blend` over components.

    Blend(Chain(Union(HOG(), ColorHistogram()), LinearSVM()), Chain(DenseSIFT(), BagOfVisualWords(), KernelSVM()))

A batch of prepared pictures goes in at the top, decoded once whatever the number of branches; each node hands its
result to the next. Class numbers are the task's; a classifier that has not seen a class gives it probability 0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from sightline.arrays import Array, Indices, Matrix, Probabilities
from sightline.components import describe, from_description
from sightline.contracts import Classifier, Component, GlobalDescriptor, LocalDescriptor
from sightline.errors import ArtifactError, ComponentError

Node: TypeAlias = "Component | Chain | Union | Blend"
MAX_DEPTH = 20


@dataclasses.dataclass(frozen=True)
class Chain:
    """Steps in order: descriptors and summaries, at the end perhaps a classifier."""

    steps: tuple[Node, ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise ComponentError("a Chain has no steps; give at least one")

    def fit(self, inputs: Any, y: Indices) -> Chain:
        """Fit each step on what the steps before it give."""
        for step in self.steps[:-1]:
            inputs = transform(fit(step, inputs, y), inputs)
        fit(self.steps[-1], inputs, y)
        return self

    def __repr__(self) -> str:
        return " > ".join(map(_bracketed, self.steps))


@dataclasses.dataclass(frozen=True)
class Union:
    """Branches over the same pictures; their vectors stand side by side."""

    branches: tuple[Node, ...]

    def __post_init__(self) -> None:
        if len(self.branches) < 2:
            raise ComponentError(f"a Union has {len(self.branches)} branches; give at least two")

    def __repr__(self) -> str:
        return "[" + " + ".join(map(_bracketed, self.branches)) + "]"


@dataclasses.dataclass(frozen=True)
class Blend:
    """The weighted mean of the probabilities of its members; weights sum to 1."""

    members: tuple[Node, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.members or len(self.members) != len(self.weights):
            raise ComponentError(f"a Blend has {len(self.members)} members, {len(self.weights)} weights; give one each")
        if any(weight < 0 for weight in self.weights) or abs(sum(self.weights) - 1) > 1e-6:
            raise ComponentError(f"the weights of a Blend are {self.weights}; allowed: at least 0, summing to 1")

    def __repr__(self) -> str:
        return "mean of (" + "; ".join(map(repr, self.members)) + ")"


def _bracketed(node: Node) -> str:
    return f"[{node!r}]" if isinstance(node, Chain) else repr(node)


def fit(node: Node, inputs: Any, y: Indices) -> Node:
    """Fit a node in place."""
    if isinstance(node, Component):
        node.fit(inputs, y)  # type: ignore[attr-defined]  # every leaf contract has fit; Component alone has not
    elif isinstance(node, Chain):
        node.fit(inputs, y)
    else:
        for part in children(node):
            fit(part, inputs, y)
    return node


def transform(node: Node, inputs: Any) -> Any:
    """What a node that ends in no classifier makes of its inputs: a matrix, or lazy local features."""
    if isinstance(node, Component):
        return node.transform(inputs)  # type: ignore[attr-defined]
    if isinstance(node, Chain):
        for step in node.steps:
            inputs = transform(step, inputs)
        return inputs
    if isinstance(node, Union):
        return np.hstack([transform(branch, inputs) for branch in node.branches])
    raise ComponentError(f"{node!r} gives probabilities, not vectors; it can only be the last step")


def predict_proba(node: Node, inputs: Any, k: int) -> Probabilities:
    """(n, k) float32 probabilities in the task's class order."""
    if isinstance(node, Blend):
        total = np.zeros((len(inputs), k))
        for member, weight in zip(node.members, node.weights, strict=True):
            total += weight * predict_proba(member, inputs, k).astype(np.float64)
        return total.astype(np.float32)
    if isinstance(node, Chain):
        for step in node.steps[:-1]:
            inputs = transform(step, inputs)
        return predict_proba(node.steps[-1], inputs, k)
    if isinstance(node, Classifier):
        return spread(node.predict_proba(inputs), node.classes_, k)
    raise ComponentError(f"{node!r} gives vectors, not probabilities; let a classifier follow it")


def spread(probabilities: Probabilities, classes: Array, k: int) -> Probabilities:
    """Probabilities over the classes seen in training as (n, k), 0 for the others."""
    if len(classes) == k:
        return probabilities
    wide = np.zeros((len(probabilities), k), np.float32)
    wide[:, np.asarray(classes, np.int64)] = probabilities
    return wide


def embed(node: Node, pictures: Any) -> Matrix:
    """(n, d) float32: what the classifier sees; of a Blend, its members side by side."""
    if isinstance(node, Blend):
        return np.hstack([embed(member, pictures) for member in node.members])
    if isinstance(node, Chain) and isinstance(node.steps[-1], Classifier):
        vectors: Matrix = transform(Chain(node.steps[:-1]), pictures)
        return vectors
    raise ComponentError(f"{node!r} does not end in a classifier, so it has no embedding")


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    if isinstance(node, Chain):
        return node.steps
    if isinstance(node, Union):
        return node.branches
    return node.members if isinstance(node, Blend) else ()


def leaves(node: Node, where: str = "root") -> Iterator[tuple[str, Component]]:
    """Every component of the tree with its place, "root/0/1"."""
    if isinstance(node, Component):
        yield where, node
    for position, part in enumerate(children(node)):
        yield from leaves(part, f"{where}/{position}")


def trained_with(node: Node) -> dict[str, str]:
    """Libraries that the components were trained with, and their versions."""
    found: dict[str, str] = {}
    for _, leaf in leaves(node):
        found.update(leaf.trained_with)
    return dict(sorted(found.items()))


def clone(node: Node) -> Node:
    """The same tree, having learned nothing."""
    if isinstance(node, Component):
        return node.clone()
    parts = tuple(map(clone, children(node)))
    if isinstance(node, Blend):
        return Blend(parts, node.weights)
    return type(node)(parts)


def shipped(node: Node) -> Node:
    """A fitted tree with what a model keeps of each descriptor; the tree itself where that is what it has."""
    if isinstance(node, Component):
        return node.shipped() if isinstance(node, GlobalDescriptor) else node
    parts = tuple(map(shipped, children(node)))
    if all(new is old for new, old in zip(parts, children(node), strict=True)):
        return node
    if isinstance(node, Blend):
        return Blend(parts, node.weights)
    return type(node)(parts)


def learns(node: Node) -> bool:
    """Whether anything in the tree is learned from pictures."""
    return any(component.learns() for _, component in leaves(node))


def is_classifier(node: Node) -> bool:
    """Whether the node gives probabilities."""
    last = node.steps[-1] if isinstance(node, Chain) else node
    if last is not node:
        return is_classifier(last)
    return isinstance(node, (Classifier, Blend))


def to_dict(node: Node) -> dict[str, Any]:
    """The JSON form of a tree, without what it learned."""
    if isinstance(node, Component):
        return describe(node)
    kind = type(node).__name__
    plain: dict[str, Any] = {"node": kind, "parts": [to_dict(part) for part in children(node)]}
    if isinstance(node, Blend):
        plain["weights"] = list(node.weights)
    return plain


def from_dict(plain: Mapping[str, Any], depth: int = 0) -> Node:
    """The tree that `to_dict` wrote.

    Raises:
        ArtifactError: an unknown node, or one nested too deep.
        ComponentError: an unknown component or parameter.
    """
    if depth > MAX_DEPTH:
        raise ArtifactError(f"graph.json is nested deeper than {MAX_DEPTH} nodes")
    kind = plain.get("node")
    if kind is None:
        return from_description(dict(plain))
    parts = plain.get("parts")
    if kind not in ("Chain", "Union", "Blend") or not isinstance(parts, list):
        raise ArtifactError(f'graph.json holds the node {kind!r}; this version knows "Chain", "Union" and "Blend"')
    nodes = tuple(from_dict(part, depth + 1) for part in parts)
    if kind == "Blend":
        return Blend(nodes, tuple(float(weight) for weight in plain.get("weights", ())))
    return Chain(nodes) if kind == "Chain" else Union(nodes)


def state(node: Node) -> dict[str, Array]:
    """Learned arrays of the whole tree, by place and name."""
    return {f"{where}/{name}": value for where, leaf in leaves(node) for name, value in leaf.state().items()}


def nbytes(node: Node) -> int:
    """Bytes of the arrays of the whole tree; a network that several components share counts once."""
    return sum({array.ctypes.data: array.nbytes for array in state(node).values() if array.size}.values())


def restore(node: Node, arrays: Mapping[str, Array]) -> Node:
    """Give a tree what `state` took from it.

    Raises:
        ComponentError: an array is missing.
    """
    for where, leaf in leaves(node):
        start = f"{where}/"
        leaf.restore({name[len(start) :]: value for name, value in arrays.items() if name.startswith(start)})
    return node


def check_pictures(node: Node, picture: Array) -> None:
    """Raise InputError where a descriptor of the tree does not take such pictures."""
    for _, leaf in leaves(node):
        if isinstance(leaf, (GlobalDescriptor, LocalDescriptor)):
            leaf.accepts.check(picture, type(leaf).__name__)
