"""Where the weights behind a model's networks say that its evidence comes from; torch computes it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sightline.arrays import Array, Picture, Vector
from sightline.deep.gradients import Gradients
from sightline.errors import InputError
from sightline.networks.embedding import Embedding
from sightline.pipeline.explaining.activation import sees_places
from sightline.pipeline.explaining.evidence import gained
from sightline.pipeline.explaining.grid import Box, Heat, heat_shape
from sightline.pipeline.explaining.looks import joined, squares
from sightline.pipeline.explaining.sources import Source, Sources
from sightline.runtime.onnx_file import operators
from sightline.runtime.quantize import MARK

STEP = 1e-2
"""Of a central difference, as a share of the vector's length."""
ALIKE = {"fp32": 1e-3, "bf16": 5e-2}
"""Precision -> largest difference of an embedding from that of the weights, as a share of its largest value."""
LEARNED = ("-fine-tuned", "-distilled", "-trained")
"""How networks are called that have learned in a fit; somebody's file may be called so too."""


def gradient(sources: Sources, picture: Picture, number: int, along: Sequence[Source], weights: Gradients) -> Heat:
    """HiResCAM, or rollout of attention, of the evidence for class `number`; see `Gradients.look`.

    The head may be any classifier: how evidence changes with the embedding is found by central differences; what
    follows inside the network is torch's. Its unit is arbitrary: the largest value is 1. Not asked on the way from
    pictures that show nothing, as `activation` is: that is no more alike to what occlusion finds.

    Args:
        sources: of the picture.
        picture: (h, w, 3) uint8, prepared.
        number: the class, in the task's order.
        along: the sources to look at; their components are `Embedding`.
        weights: that their network was exported from.

    Raises:
        InputError: the weights are of another network.
    """
    size = picture.shape[0], picture.shape[1]
    heat = np.zeros(heat_shape(*size), np.float32)
    for source in along:
        if isinstance(source.leaf, Embedding):
            _check(source, source.leaf, picture, weights)
            found = _looks(source.leaf, picture, slope(sources, source.place, number), weights)
            heat += joined(found, size, heat_shape(*size))
    return heat / np.float32(max(float(np.abs(heat).max()), 1e-12))


def slope(sources: Sources, place: str, number: int) -> Vector:
    """(d,) float32: how the evidence for a class changes with each value of the vector at a source's place."""
    (vector,) = (source.vector for source in sources.found if source.place == place)
    step = STEP * max(float(np.linalg.norm(vector)) / vector.shape[1] ** 0.5, 1e-6)
    moves = np.eye(vector.shape[1], dtype=np.float32) * np.float32(step)
    found: Vector = (gained(sources, place, moves, number) / step).astype(np.float32)
    return found


def not_to_be_had(source: Source) -> str | None:
    """Why nobody has the weights of a source's network, as its name and file say, and what can be asked; else None."""
    if not isinstance(source.leaf, Embedding):
        return None
    name = source.leaf.network.rpartition("@")[0]
    if name.endswith(LEARNED):
        reason = f"its network {name} learned in the fit, and what it learned is in the model alone"
    elif MARK in operators(source.leaf.held.onnx):
        reason = f"its network {name} is one of int8, whose numbers are no longer those of the weights"
    else:
        return None
    others = '"activation" or "occlusion"' if sees_places(source) else '"occlusion"'
    return f'"gradient" is not to be had of this model: {reason}; use {others}'


def _looks(embedding: Embedding, picture: Picture, direction: Vector, weights: Gradients) -> list[tuple[Box, Array]]:
    """What is found in each square of a picture that a network looks at, as its part of the mean over all of them."""
    boxes = squares(picture.shape[0], picture.shape[1], embedding.zoom)
    fed = embedding.held.feed
    parts = [fed.sized(picture[top:bottom, left:right]) for top, left, bottom, right in boxes]
    share = np.float32(1 / len(parts))
    return [(box, share * weights.look(part, direction)) for box, part in zip(boxes, parts, strict=True)]


def _check(source: Source, embedding: Embedding, picture: Picture, weights: Gradients) -> None:
    """Refuse weights that the model's network was not exported from."""
    part = embedding.held.feed.sized(picture)
    ours, theirs = embedding.held.embed(part), weights.embed(part)
    most = ALIKE[embedding.held.engine.precision] * float(np.abs(ours).max())
    if ours.shape != theirs.shape or float(np.abs(ours - theirs).max()) > most:
        raise InputError(
            not_to_be_had(source)
            or f"{weights.recipe.weights} are not the weights that the model's network {embedding.network} was "
            "exported from: they give other embeddings; give those that fit was given, or use "
            '"activation" or "occlusion"'
        )
