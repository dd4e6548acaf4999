"""Where the weights behind a model's networks say that its evidence comes from; torch computes it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sightline.arrays import Picture, Vector
from sightline.deep.gradients import Gradients
from sightline.errors import InputError
from sightline.networks.embedding import Embedding
from sightline.networks.views import boxes
from sightline.pipeline.explaining.evidence import gained
from sightline.pipeline.explaining.grid import Heat, heat_shape, painted
from sightline.pipeline.explaining.sources import Source, Sources

STEP = 1e-2
"""Of a central difference, as a share of the vector's length."""
ALIKE = 1e-3
"""Largest difference of an embedding from that of the weights, as a share of its largest value."""


def gradient(sources: Sources, picture: Picture, number: int, along: Sequence[Source], weights: Gradients) -> Heat:
    """Grad-CAM, or rollout of attention, of the evidence for class `number`; see `Gradients.look`.

    The head may be any classifier: how evidence changes with the embedding is found by central differences; what
    follows inside the network is torch's. Its unit is arbitrary: the largest value is 1.

    Args:
        sources: of the picture.
        picture: (h, w, 3) uint8, prepared.
        number: the class, in the task's order.
        along: the sources to look at; their components are `Embedding`.
        weights: that their network was exported from.

    Raises:
        InputError: the weights are of another network.
    """
    shape = heat_shape(picture.shape[0], picture.shape[1])
    heat = np.zeros(shape, np.float32)
    for source in along:
        if not isinstance(source.leaf, Embedding):
            continue
        direction = slope(sources, source, number)
        looks = boxes(picture.shape[0], picture.shape[1], source.leaf.zoom)
        for top, left, bottom, right in looks:
            part = source.leaf.held.feed.sized(picture[top:bottom, left:right])
            _check(source.leaf, part, weights)
            found = weights.look(part, direction)
            scale = shape[0] / picture.shape[0], shape[1] / picture.shape[1]
            rows, columns = ((round(a * s), max(round(a * s) + 1, round(b * s))) for a, b, s in (
                (top, bottom, scale[0]), (left, right, scale[1]),
            ))  # fmt: skip
            place = heat[rows[0] : rows[1], columns[0] : columns[1]]
            place += painted(found, place.shape) / np.float32(len(looks))
    return heat / np.float32(max(float(np.abs(heat).max()), 1e-12))


def slope(sources: Sources, source: Source, number: int) -> Vector:
    """(d,) float32: how the evidence for a class changes with each value of a source's vector."""
    step = STEP * max(float(np.linalg.norm(source.vector)) / source.vector.shape[1] ** 0.5, 1e-6)
    moves = np.eye(source.vector.shape[1], dtype=np.float32) * np.float32(step)
    found: Vector = (gained(sources, source, moves, number) / step).astype(np.float32)
    return found


def _check(embedding: Embedding, part: Picture, weights: Gradients) -> None:
    """Refuse weights that the model's network was not exported from."""
    ours, theirs = embedding.held.embed(part), weights.embed(part)
    alike = ours.shape == theirs.shape and float(np.abs(ours - theirs).max()) <= ALIKE * float(np.abs(ours).max())
    if not alike:
        raise InputError(
            f"{weights.recipe.weights} are not the weights that the model's network {embedding.network} was exported "
            "from: they give other embeddings; give those that fit was given"
        )
