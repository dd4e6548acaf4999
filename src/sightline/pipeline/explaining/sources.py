"""The sources of a tree: each place where a picture first becomes one vector, and the answer from other vectors there.

What a picture is described by takes most of the time of an answer. To ask what the answer would be without a part of a
description, only what follows the sources is worked out again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sightline.arrays import Array, Matrix, Picture, Probabilities
from sightline.contracts import Classifier, Component, GlobalDescriptor, LocalFeatures, Summary
from sightline.errors import ComponentError
from sightline.pipeline.graph import Blend, Chain, Node, Union, children, spread, transform


@dataclasses.dataclass(frozen=True, eq=False)
class Source:
    """A place of a tree where a picture becomes one vector.

    Attributes:
        place: "root/0/1", as `graph.leaves` names it.
        text: the pipeline up to here, "DenseSIFT() > BagOfVisualWords()".
        leaf: what stands there.
        vector: (1, d) float32, what it makes of the picture.
    """

    place: str
    text: str
    leaf: GlobalDescriptor | Summary
    vector: Matrix


@dataclasses.dataclass(frozen=True, eq=False)
class LocalSource(Source):
    """A source that is given local features.

    Attributes:
        features: those of the picture.
    """

    leaf: Summary
    features: LocalFeatures


@dataclasses.dataclass(frozen=True, eq=False)
class Sources:
    """The sources of one picture in a fitted tree.

    Attributes:
        graph: the tree; it ends in probabilities.
        k: number of classes of the task.
        found: the sources, in the order of the tree.
    """

    graph: Node
    k: int
    found: tuple[Source, ...]

    @classmethod
    def of(cls, graph: Node, picture: Picture, k: int) -> Sources:
        """Describe a prepared picture, once at each source.

        Raises:
            InputError: a descriptor of the tree does not take the picture.
        """
        return cls(graph, k, tuple(_sources(graph, "root", [picture], ())))

    def moved(self, vectors: Mapping[str, Matrix]) -> Sources:
        """The same tree with other vectors (1, d) at some places, as of another picture."""
        found = (dataclasses.replace(one, vector=vectors.get(one.place, one.vector)) for one in self.found)
        return dataclasses.replace(self, found=tuple(found))

    def answer(self, changed: Mapping[str, Matrix]) -> Probabilities:
        """What the tree answers where the vectors at some sources are others.

        Args:
            changed: place -> (n, d) vectors, the same n everywhere; the other sources keep what the picture gave.

        Returns:
            (n, k) float32, not calibrated; (1, k), exactly what the tree answers to the picture, if nothing is changed.

        Raises:
            ComponentError: a place that is no source, or other numbers of rows.
        """
        vectors = {source.place: changed.get(source.place, source.vector) for source in self.found}
        sizes = {len(rows) for rows in changed.values()}
        if not changed.keys() <= vectors.keys() or len(sizes) > 1:
            raise ComponentError(
                f"vectors were given for {sorted(changed)}, {sorted(sizes)} rows; allowed: one number of rows, at "
                f"{sorted(vectors)}"
            )
        rows = _answer(self.graph, "root", None, vectors, self.k)
        return np.broadcast_to(rows, (sizes.pop() if sizes else 1, self.k)).astype(np.float32)


def _sources(node: Node, where: str, inputs: Any, before: Sequence[Node]) -> Iterator[Source]:
    """The sources of a node that is given a list of one picture, or its local features."""
    if isinstance(node, (GlobalDescriptor, Summary)):
        yield _source(node, where, inputs, before)
    elif isinstance(node, Chain):
        for number, step in enumerate(node.steps):
            inside = list(_sources(step, f"{where}/{number}", inputs, before))
            yield from inside
            if inside:  # what comes after is given vectors
                return
            inputs, before = transform(step, inputs), (*before, step)
    else:
        for number, part in enumerate(children(node)):
            yield from _sources(part, f"{where}/{number}", inputs, before)


def _source(leaf: GlobalDescriptor | Summary, where: str, inputs: Any, before: Sequence[Node]) -> Source:
    text = " > ".join(map(repr, (*before, leaf)))
    if isinstance(leaf, GlobalDescriptor):
        return Source(where, text, leaf, leaf.transform(inputs))
    features = inputs[0]  # found once: a lazy sequence describes the picture again whenever it is asked
    return LocalSource(where, text, leaf, leaf.transform([features]), features)


def _rows(node: Node, where: str, inputs: Matrix | None, vectors: Mapping[str, Matrix]) -> Any:
    """(n, d) that a node which ends in no classifier gives; None before a source is reached."""
    if where in vectors:
        return vectors[where]
    if isinstance(node, Component):
        return None if inputs is None else transform(node, inputs)
    parts = ((part, f"{where}/{number}") for number, part in enumerate(children(node)))
    if isinstance(node, Union):
        return _side_by_side([_rows(part, place, inputs, vectors) for part, place in parts])
    rows: Any = inputs
    for part, place in parts:
        rows = _rows(part, place, rows, vectors)
    return rows


def _answer(node: Node, where: str, inputs: Matrix | None, vectors: Mapping[str, Matrix], k: int) -> Array:
    """`graph.predict_proba` from the vectors at the sources; (1, k) where nothing below is changed."""
    if isinstance(node, Blend):
        members = enumerate(zip(node.members, node.weights, strict=True))
        parts = [
            weight * _answer(member, f"{where}/{number}", inputs, vectors, k).astype(np.float64)
            for number, (member, weight) in members
        ]
        return sum(parts, np.zeros((1, k))).astype(np.float32)
    if isinstance(node, Chain):
        last = len(node.steps) - 1
        for number, step in enumerate(node.steps[:-1]):
            inputs = _rows(step, f"{where}/{number}", inputs, vectors)
        return _answer(node.steps[-1], f"{where}/{last}", inputs, vectors, k)
    if isinstance(node, Classifier) and inputs is not None:
        return spread(node.predict_proba(inputs), node.classes_, k)
    raise ComponentError(f"{node!r} gives no probabilities of vectors; let a classifier end the tree")


def _side_by_side(parts: Sequence[Matrix]) -> Matrix:
    """(n, d) matrices next to each other; one of a single row stands beside each row of the others."""
    n = max(map(len, parts))
    return np.hstack([np.broadcast_to(part, (n, part.shape[1])) for part in parts])
