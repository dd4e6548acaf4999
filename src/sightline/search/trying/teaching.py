"""Teachers of small networks: whole pipelines, fitted on what a fold may learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sightline.arrays import Indices, Picture, Vector
from sightline.deep.distilled import School
from sightline.deep.learned_network import LearnedNetwork
from sightline.deep.self_trained import SelfTrained
from sightline.deep.training.watch import Watch
from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse


def school(teacher: str, unlabelled: Sequence[Picture], watched: Watch | None = None) -> School:
    """What fits a pipeline on pictures and class numbers, and answers by it.

    Args:
        teacher: a pipeline as text, with its seeds.
        unlabelled: pictures that are in no fold; a teacher that trains itself learns from them too.
        watched: who looks on while a network in it learns.
    """

    def taught(pictures: Sequence[Picture], y: Indices) -> tuple[Callable[[Picture], Vector], Sequence[Picture]]:
        node = parse(teacher)
        for _, leaf in tree.leaves(node):
            if isinstance(leaf, LearnedNetwork):
                leaf.watch = watched
            if isinstance(leaf, SelfTrained):
                leaf.unlabelled = unlabelled
        fitted = tree.fit(node, pictures, y)
        k = int(y.max()) + 1
        return lambda picture: tree.predict_proba(fitted, [picture], k)[0], unlabelled

    return taught
