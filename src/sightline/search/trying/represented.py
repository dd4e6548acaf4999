"""Vectors of pictures with what made them, and how they are put together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from sightline.arrays import Indices, Matrix
from sightline.contracts import GlobalDescriptor, Summary
from sightline.parallel import nothing, ordered_map
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain, Node, Union


@dataclasses.dataclass(frozen=True)
class Represented:
    """Vectors of n pictures, one matrix for each fold, or one that serves all.

    Attributes:
        matrices: (n, d) float32 each.
        nodes: the fitted tree that made each matrix.
        before: values of a picture on the way here, at most; 0 where the matrices are the widest.
        learned_s: what learning codebooks for one fold took, in seconds of one core.
    """

    matrices: Sequence[Matrix]
    nodes: Sequence[Node]
    before: int = 0
    learned_s: float = 0.0

    @property
    def widest(self) -> int:
        """Values of a picture where there are most of them, on the way here or here."""
        return max(self.before, int(self.matrices[0].shape[1]))

    def of(self, fold: int) -> Matrix:
        """The matrix of a fold."""
        return self.matrices[fold if len(self.matrices) > 1 else 0]

    def node(self, fold: int) -> Node:
        """The fitted tree of a fold."""
        return self.nodes[fold if len(self.nodes) > 1 else 0]


def side_by_side(parts: Sequence[Represented], folds: int) -> Represented:
    """The union of what several branches made of the same pictures."""
    if all(len(part.matrices) == 1 for part in parts):
        folds = 1
    return Represented(
        [np.hstack([part.of(fold) for part in parts]) for fold in range(folds)],
        [Union(tuple(part.node(fold) for part in parts)) for fold in range(folds)],
        max(part.widest for part in parts),
        sum(part.learned_s for part in parts),
    )


def projected(
    found: Represented,
    tail: Node,
    y: Indices,
    training: Sequence[Indices],
    workers: int | None = None,
    check: Callable[[], None] = nothing,
) -> Represented:
    """What `tail`, fitted for each set of training rows, makes of the vectors of whole pictures.

    `check` is called before each fit, and at the end; it raises to stop.
    """
    folds = range(len(training) if tree.learns(tail) else len(found.matrices))

    def one(fold: int) -> tuple[Matrix, Node]:
        check()
        fitted = tail
        if tree.learns(tail):
            fitted = tree.fit(tree.clone(tail), found.of(fold)[training[fold]], y[training[fold]])
        return tree.transform(fitted, found.of(fold)), joined(found.node(fold), fitted)

    matrices, nodes = zip(*ordered_map(one, folds, workers), strict=True)
    check()
    return Represented(matrices, nodes, found.widest, found.learned_s)


def at_vectors(node: Node) -> tuple[Node, Node | None]:
    """The steps up to the first that gives one vector a picture, and those after it."""
    if not isinstance(node, Chain):
        return node, None
    whole = (GlobalDescriptor, Summary, Chain, Union)
    first = next((i for i, step in enumerate(node.steps) if isinstance(step, whole)), len(node.steps) - 1)
    tail = node.steps[first + 1 :]
    return _chain(node.steps[: first + 1]), _chain(tail) if tail else None


def described_by(node: Node) -> list[Node]:
    """The parts of a tree that make vectors of pictures, each for itself."""
    if isinstance(node, Union):
        return [part for branch in node.branches for part in described_by(branch)]
    head, tail = at_vectors(node)
    return [head] if tail is None else described_by(head)


def unlearned(node: Node) -> Node | None:
    """The leading steps that learn nothing; None where the first one learns."""
    return node if not tree.learns(node) else divided(node)[0]


def divided(node: Node) -> tuple[Node | None, Node]:
    """The leading steps that learn nothing, and the rest."""
    if not isinstance(node, Chain):
        return None, node
    first = next(i for i, step in enumerate(node.steps) if tree.learns(step))
    fixed = _chain(node.steps[:first]) if first else None
    return fixed, _chain(node.steps[first:])


def joined(fixed: Node | None, rest: Node) -> Node:
    """One chain of both."""
    if fixed is None:
        return rest
    parts = [step for node in (fixed, rest) for step in (node.steps if isinstance(node, Chain) else (node,))]
    return Chain(tuple(parts))


def _chain(steps: Sequence[Node]) -> Node:
    return steps[0] if len(steps) == 1 else Chain(tuple(steps))
