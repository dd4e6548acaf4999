"""Vectors of many pictures, each fold described by codebooks that saw only its training pictures.

Steps that learn nothing run once for all folds. Where a codebook is learned, two passes suffice whatever the number of
folds: one collects a bounded pool of local vectors, one encodes every picture with the codebooks of all folds at once.
What follows on whole vectors (`PCA`, ...) works on the matrices; no picture is described again for it.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from sightline.arrays import Indices, Matrix, generator
from sightline.contracts import GlobalDescriptor, LocalFeatures, Summary, take
from sightline.parallel import Progress, chunks, ordered_map, silent
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain, Node, Union

CHUNK = 16
POOL_PICTURES = 5_000
POOL_VECTORS = 200_000
"""Pictures of the first pass, and local vectors kept from it: 100 MB of 128 dimensions."""


@dataclasses.dataclass(frozen=True)
class Represented:
    """Vectors of n pictures, one matrix for each fold, or one that serves all.

    Attributes:
        matrices: (n, d) float32 each.
        nodes: the fitted tree that made each matrix.
    """

    matrices: Sequence[Matrix]
    nodes: Sequence[Node]

    def of(self, fold: int) -> Matrix:
        """The matrix of a fold."""
        return self.matrices[fold if len(self.matrices) > 1 else 0]

    def node(self, fold: int) -> Node:
        """The fitted tree of a fold."""
        return self.nodes[fold if len(self.nodes) > 1 else 0]


class Memory:
    """What was made before, for the same pictures and training rows; this one remembers nothing."""

    def get(self, node: Node) -> Represented | None:
        """The vectors of an unfitted node, if they are known."""
        return None

    def put(self, node: Node, found: Represented) -> None:
        """Keep the vectors of an unfitted node."""


_FORGETFUL = Memory()


@dataclasses.dataclass(frozen=True)
class Describer:
    """How pictures are turned into vectors: seeds, workers, progress and when to stop.

    Attributes:
        seed: decides which local vectors are pooled.
        workers: threads; None for the cores available.
        progress: told after each chunk.
        check: called after each chunk; raises to stop.
        memory: where vectors that were made before are found, and kept.
    """

    seed: int = 0
    workers: int | None = None
    progress: Progress = silent
    check: Callable[[], None] = lambda: None
    memory: Memory = _FORGETFUL

    def represent(self, node: Node, pictures: Sequence[Any], y: Indices, training: Sequence[Indices]) -> Represented:
        """Vectors by `node`, fitted once for each set of training rows; parts that `memory` knows are not made again.

        Args:
            node: descriptors, summaries and projections, unfitted.
            pictures: n pictures, a lazy sequence that takes index arrays: `Pictures` or `Views`.
            y: (n,) class numbers.
            training: the rows each fold may learn from.
        """
        found = self.memory.get(node)
        if found is None:
            found = self._made(node, pictures, y, training)
            self.memory.put(node, found)
        return found

    def _made(self, node: Node, pictures: Sequence[Any], y: Indices, training: Sequence[Indices]) -> Represented:
        if isinstance(node, Union):
            parts = [self.represent(branch, pictures, y, training) for branch in node.branches]
            return side_by_side(parts, len(training))
        head, tail = at_vectors(node)
        if tail is not None:
            return projected(self.represent(head, pictures, y, training), tail, y, training)
        if not tree.learns(node):
            return Represented([np.concatenate(list(self._pass(node, pictures)))], [node])
        return self._learned(node, pictures, y, training)

    def _learned(self, node: Node, pictures: Sequence[Any], y: Indices, training: Sequence[Indices]) -> Represented:
        fixed, rest = _divided(node)
        pool = self._pool(fixed, pictures)
        seen = [[row for row in rows.tolist() if row in pool] for rows in training]

        def learn(rows: list[int]) -> Node:
            return tree.fit(tree.clone(rest), [pool[row] for row in rows], y[rows])

        fitted = list(ordered_map(learn, seen, self.workers))
        self.check()
        pool.clear()

        def encode(local: Any) -> list[Matrix]:
            return [tree.transform(one, local) for one in fitted]

        rows = list(self._pass(fixed, pictures, encode))
        matrices = [np.concatenate([row[fold] for row in rows]) for fold in range(len(fitted))]
        return Represented(matrices, [_joined(fixed, one) for one in fitted])

    def _pool(self, fixed: Node | None, pictures: Sequence[Any]) -> dict[int, LocalFeatures]:
        """Some local features of some pictures, by row: enough to learn a codebook from, whatever their number."""
        rows = np.sort(generator(self.seed, "pool").permutation(len(pictures))[:POOL_PICTURES])
        share = max(1, POOL_VECTORS // max(len(rows), 1))
        parts = self._pass(fixed, take(pictures, rows), lambda local: [_thin(one, share, self.seed) for one in local])
        return dict(zip(rows.tolist(), (one for part in parts for one in part), strict=True))

    def _pass(
        self, node: Node | None, pictures: Sequence[Any], then: Callable[[Any], Any] = lambda result: result
    ) -> Iterator[Any]:
        """`then(transform(node, batch))` for each batch; each picture is described once."""

        def work(rows: list[int]) -> Any:
            batch = [pictures[row] for row in rows]
            if node is None:
                return then(batch)
            described = tree.transform(node, batch)
            return then(described if isinstance(described, np.ndarray) else list(described))

        done = 0
        for result in ordered_map(work, chunks(range(len(pictures)), CHUNK), self.workers):
            yield result
            done = min(done + CHUNK, len(pictures))
            self.progress("describing pictures", done, len(pictures))
            self.check()


def side_by_side(parts: Sequence[Represented], folds: int) -> Represented:
    """The union of what several branches made of the same pictures."""
    if all(len(part.matrices) == 1 for part in parts):
        folds = 1
    return Represented(
        [np.hstack([part.of(fold) for part in parts]) for fold in range(folds)],
        [Union(tuple(part.node(fold) for part in parts)) for fold in range(folds)],
    )


def projected(found: Represented, tail: Node, y: Indices, training: Sequence[Indices]) -> Represented:
    """What `tail`, fitted for each set of training rows, makes of the vectors of whole pictures."""
    if not tree.learns(tail):
        fitted = [tail] * len(found.matrices)
    else:
        fitted = [tree.fit(tree.clone(tail), found.of(i)[rows], y[rows]) for i, rows in enumerate(training)]
    matrices = [tree.transform(one, found.of(i)) for i, one in enumerate(fitted)]
    return Represented(matrices, [_joined(found.node(i), one) for i, one in enumerate(fitted)])


def at_vectors(node: Node) -> tuple[Node, Node | None]:
    """The steps up to the first that gives one vector a picture, and those after it."""
    if not isinstance(node, Chain):
        return node, None
    whole = (GlobalDescriptor, Summary, Chain, Union)
    first = next((i for i, step in enumerate(node.steps) if isinstance(step, whole)), len(node.steps) - 1)
    tail = node.steps[first + 1 :]
    return _chain(node.steps[: first + 1]), _chain(tail) if tail else None


def unlearned(node: Node) -> Node | None:
    """The leading steps that learn nothing; None where the first one learns."""
    return node if not tree.learns(node) else _divided(node)[0]


def _divided(node: Node) -> tuple[Node | None, Node]:
    """The leading steps that learn nothing, and the rest."""
    if not isinstance(node, Chain):
        return None, node
    first = next(i for i, step in enumerate(node.steps) if tree.learns(step))
    fixed = _chain(node.steps[:first]) if first else None
    return fixed, _chain(node.steps[first:])


def _chain(steps: Sequence[Node]) -> Node:
    return steps[0] if len(steps) == 1 else Chain(tuple(steps))


def _joined(fixed: Node | None, rest: Node) -> Node:
    if fixed is None:
        return rest
    parts = [step for node in (fixed, rest) for step in (node.steps if isinstance(node, Chain) else (node,))]
    return Chain(tuple(parts))


def _thin(local: LocalFeatures, share: int, seed: int) -> LocalFeatures:
    if len(local) <= share:
        return local
    # Seeded by content: the same in every run and order, other places in every picture.
    content = zlib.crc32(np.ascontiguousarray(local.vectors[:64]).data)
    kept = np.sort(generator(seed, "pool", content).choice(len(local), share, replace=False))
    return LocalFeatures(local.vectors[kept], local.positions[kept])
