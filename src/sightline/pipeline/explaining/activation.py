"""Where a trained network saw what speaks for a class: class activation maps, from features and a head of any kind."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix, Picture
from sightline.networks.embedding import Embedding
from sightline.pipeline.explaining.blanks import Empty, halfway
from sightline.pipeline.explaining.evidence import evidence, gained
from sightline.pipeline.explaining.grid import Box, Heat, heat_shape
from sightline.pipeline.explaining.looks import joined, squares
from sightline.pipeline.explaining.sources import Source, Sources

CLOSER = 2.0
"""Half the shorter side. A map of 9 x 9 places is coarse: on factory pictures the hottest place lay on the defect in
32 %, with closer looks in 61 %; of two thirds 60 %, of a third 54 %."""


def activation(
    sources: Sources, picture: Picture, number: int, along: Sequence[Source], empty: Empty, closer: float = CLOSER
) -> Heat:
    """What each place of a network's last features adds to the evidence for class `number`.

    The features at a place, less the embedding of pictures that show nothing, are the direction in which they move it;
    the heat is how fast the evidence grows in that direction `halfway` from there to the embedding of the picture, by a
    central difference as long as the part of the embedding that the place makes up. For a linear head it is the class
    activation map of its weights; any head has one, and what lies between (`PowerNormalization`, a PCA) is taken into
    account. For tokens of a transformer, whose embedding is not their mean, it is the same product, and a rule of
    thumb. Several networks or scales are added up. Cost: two answers of the head for each place, and a look of the
    network at each of the `squares`.

    B. Zhou et al.: Learning deep features for discriminative localization. CVPR 2016.
    M. Sundararajan, A. Taly, Q. Yan: Axiomatic attribution for deep networks. ICML 2017.

    Args:
        sources: of the picture.
        picture: (h, w, 3) uint8, prepared.
        number: the class, in the task's order.
        along: the sources to look at; see `sees_places`.
        empty: of the same sources.
        closer: where they see the whole picture alone, it is looked at in squares of this zoom as well, as if their
            mean were the embedding, and both heats are averaged; 0: never.

    Returns:
        Heat of `heat_shape`. Its mean is a hundredth of the evidence beyond that of even chances for all classes: what
        no place is seen to bring, as what the model says of pictures that show nothing, is spread evenly. Zeros where
        places bring nothing at all.
    """
    networks = {source.place: source.leaf for source in along if isinstance(source.leaf, Embedding)}
    looked = {place: _Looked.at(picture, one, one.zoom) for place, one in networks.items()}
    ends = {source.place: source.vector for source in along if source.place in networks}
    heat = _laid(sources, number, empty, looked, ends)
    if closer and not any(one.zoom for one in networks.values()):
        looked = {place: _Looked.at(picture, one, closer) for place, one in networks.items()}
        ends = {place: one.vector for place, one in looked.items()}
        heat = (heat + _laid(sources, number, empty, looked, ends)) / np.float32(2)
    return _leveled(heat, sources, number) if heat.any() else heat


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


@dataclasses.dataclass(frozen=True, eq=False)
class _Looked:
    """What a network sees in squares of a picture: their mean (1, d), and for each the features, (h, w, d)."""

    size: tuple[int, int]
    boxes: list[Box]
    vector: Matrix
    features: npt.NDArray[np.float32]

    @classmethod
    def at(cls, picture: Picture, embedding: Embedding, zoom: float) -> Self:
        height, width = picture.shape[:2]
        boxes = squares(height, width, zoom)
        looks = [embedding.held.look(picture[top:bottom, left:right]) for top, left, bottom, right in boxes]
        vector: Matrix = np.mean([vector for vector, _ in looks], axis=0, keepdims=True)
        return cls((height, width), boxes, vector, np.stack([features for _, features in looks]))

    def moves(self, start: Matrix) -> Matrix:
        """(m, d): from a start (1, d) to the features of each place, as the part that it makes up of their mean."""
        places = self.features.reshape(-1, self.features.shape[-1])
        return (places - start) / np.float32(len(places))

    def laid(self, gains: Array) -> Heat:
        """What each place brings, (m,) nats, as heat."""
        maps = gains.reshape(self.features.shape[:3])
        return joined(list(zip(self.boxes, maps, strict=True)), self.size, heat_shape(*self.size))


def _laid(
    sources: Sources, number: int, empty: Empty, looked: Mapping[str, _Looked], ends: Mapping[str, Matrix]
) -> Heat:
    """The heats of all networks, asked on the way to some embeddings, added up."""
    there = halfway(sources, empty, ends)
    starts = {place: empty[place].mean(axis=0, keepdims=True) for place in looked}
    heats = [one.laid(gained(there, place, one.moves(starts[place]), number)) for place, one in looked.items()]
    total: Heat = np.sum(heats, axis=0, dtype=np.float32)
    return total


def _leveled(heat: Heat, sources: Sources, number: int) -> Heat:
    """Heat that sums up to the evidence beyond that of even chances."""
    beyond = float(evidence(sources.answer({}), number)[0]) + math.log(max(1, sources.k - 1))
    return heat + np.float32(beyond / 100 - float(heat.mean()))
