"""Where a trained network saw what speaks for a class: class activation maps, from features and a head of any kind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture
from sightline.networks.embedding import Embedding
from sightline.networks.views import boxes
from sightline.pipeline.explaining.evidence import gained
from sightline.pipeline.explaining.grid import Box, Heat, heat_shape, painted
from sightline.pipeline.explaining.sources import Source, Sources

CLOSER = 2.0
"""Half the shorter side. A map of 7 x 7 places is coarse: on factory pictures the hottest place lay on the defect in
35 %, with closer looks in 48 %, and hiding it took away twice the evidence and more."""


def activation(
    sources: Sources, picture: Picture, number: int, along: Sequence[Source], closer: float = CLOSER
) -> Heat:
    """What each place of a network's last features adds to the evidence for class `number`.

    The features at a place are the direction in which they move the embedding; the heat is how fast the evidence grows
    in that direction: gradient times features, by a central difference as long as the part of the embedding that the
    place makes up. For a linear head it is the class activation map of its weights; any head has one, and what lies
    between (`PowerNormalization`, a PCA) is taken into account. For tokens of a transformer, whose embedding is not
    their mean, it is the same product, and a rule of thumb. Squares of a picture, and several networks or scales, are
    added up. Cost: two answers of the head for each place, and one more look of the network, or as many as there are
    squares.

    B. Zhou et al.: Learning deep features for discriminative localization. CVPR 2016.
    R. R. Selvaraju et al.: Grad-CAM. ICCV 2017.

    Args:
        sources: of the picture.
        picture: (h, w, 3) uint8, prepared.
        number: the class, in the task's order.
        along: the sources to look at; see `sees_places`.
        closer: where they see the whole picture alone, it is looked at in squares of this zoom as well, which are asked
            for the same features; 0: never.

    Returns:
        Heat of `heat_shape`. Of a linear head and without `closer`, its mean is a hundredth of the evidence, but for
        the bias.
    """
    shape = heat_shape(picture.shape[0], picture.shape[1])
    seen = [(source, source.leaf) for source in along if isinstance(source.leaf, Embedding)]
    coarse = closer > 0 and not any(embedding.zoom for _, embedding in seen)
    heat = np.zeros(shape, np.float32)
    for source, embedding in seen:
        for zoom in (0.0, closer) if coarse else (embedding.zoom,):
            looks = list(_looks(embedding, picture, zoom, shape))
            for box, features in looks:
                moves = features.reshape(-1, features.shape[2]) / np.float32(len(looks) * features[..., 0].size)
                _add(heat, box, gained(sources, source, moves, number).reshape(features.shape[:2]))
    return heat / np.float32(1 + coarse)


def sees_places(source: Source) -> bool:
    """Whether a source is a network whose features stand for places and have the channels of its embedding."""
    if not isinstance(source.leaf, Embedding) or source.leaf.held.features is None:
        return False
    network, shape = source.leaf.held, source.leaf.held.features.shape
    channels = shape[1] if network.kind == "map" else shape[2]
    return channels == source.vector.shape[1] and (
        network.kind == "map" or _is_square((shape[1] or 0) - network.prefix)
    )


def _is_square(tokens: int) -> bool:
    return tokens > 0 and math.isqrt(tokens) ** 2 == tokens


def _looks(
    embedding: Embedding, picture: Picture, zoom: float, shape: tuple[int, int]
) -> Iterator[tuple[Box, npt.NDArray[np.float32]]]:
    """Where in heat of a shape each part of the picture lies, and the features there, (h, w, c)."""
    height, width = picture.shape[:2]
    scale = np.array([shape[0] / height, shape[1] / width] * 2)
    for box in boxes(height, width, zoom):
        top, left, bottom, right = box
        yield _scaled(box, scale, shape), embedding.held.look(picture[top:bottom, left:right])[1]


def _scaled(box: Box, scale: Array, shape: tuple[int, int]) -> Box:
    """A box of the picture in the heat, of a pixel at least."""
    top, left, bottom, right = np.round(np.array(box) * scale).astype(int).tolist()
    top, left = min(top, shape[0] - 1), min(left, shape[1] - 1)
    return top, left, max(bottom, top + 1), max(right, left + 1)


def _add(heat: Heat, box: Box, gains: Array) -> None:
    """Lay what each place of a box adds, in nats, over the heat."""
    top, left, bottom, right = box
    shape = bottom - top, right - left
    heat[top:bottom, left:right] += painted(gains, shape, share=shape[0] * shape[1] / heat.size)
