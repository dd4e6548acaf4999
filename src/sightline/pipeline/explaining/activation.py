"""Where a trained network saw what speaks for a class: class activation maps, from features and a head of any kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix, Picture
from sightline.networks.embedding import Embedding
from sightline.networks.views import boxes
from sightline.pipeline.explaining.evidence import evidence
from sightline.pipeline.explaining.grid import Box, Heat, heat_shape, painted
from sightline.pipeline.explaining.sources import Source, Sources

TOGETHER = 512
"""Vectors answered at a time."""


def activation(sources: Sources, picture: Picture, number: int, along: Sequence[Source]) -> Heat:
    """What each place of a network's last features adds to the evidence for class `number`.

    The features at a place are the direction in which they move the embedding; the heat is how fast the evidence grows
    in that direction: gradient times features, by a central difference as long as the part of the embedding that the
    place makes up. For a linear head it is the class activation map of its weights; any head has one, and what lies between
    (`PowerNormalization`, a PCA) is taken into account. For tokens of a transformer, whose embedding is not their mean,
    it is the same product, and a rule of thumb. Squares of a picture, and several networks or scales, are added up.
    Cost: two answers of the head for each place, and one more look of the network.

    B. Zhou et al.: Learning deep features for discriminative localization. CVPR 2016.
    R. R. Selvaraju et al.: Grad-CAM. ICCV 2017.

    Args:
        sources: of the picture.
        picture: (h, w, 3) uint8, prepared.
        number: the class, in the task's order.
        along: the sources to look at; see `sees_places`.

    Returns:
        Heat of `heat_shape`. Of a linear head, its mean is a hundredth of the evidence, but for the bias.
    """
    height, width = picture.shape[:2]
    heat = np.zeros(heat_shape(height, width), np.float32)
    scale = np.array([heat.shape[0] / height, heat.shape[1] / width] * 2)
    for source in along:
        looks = list(_looks(source, picture))
        for box, features in looks:
            moves = features.reshape(-1, features.shape[2]) / np.float32(len(looks) * features[..., 0].size)
            gains = _gains(sources, source, moves, number).reshape(features.shape[:2])
            _add(heat, _scaled(box, scale, heat.shape), gains)
    return heat


def sees_places(source: Source) -> bool:
    """Whether a source is a network whose features stand for places and have the channels of its embedding."""
    if not isinstance(source.leaf, Embedding):
        return False
    features = source.leaf.held.features
    if features is None:
        return False
    return features.shape[1 if source.leaf.held.kind == "map" else 2] == source.vector.shape[1]


def _looks(source: Source, picture: Picture) -> Iterator[tuple[Box, npt.NDArray[np.float32]]]:
    """Each part of the picture that the network looked at, and the features there, (h, w, c)."""
    if not isinstance(source.leaf, Embedding):
        return
    for box in boxes(*picture.shape[:2], source.leaf.zoom):
        top, left, bottom, right = box
        yield box, source.leaf.held.look(picture[top:bottom, left:right])[1]


def _gains(sources: Sources, source: Source, moves: Matrix, number: int) -> Array:
    """(m,) how much evidence each of (m, d) moves of a source's vector brings, as its gradient there says."""
    both = np.concatenate([source.vector + moves, source.vector - moves])
    parts = range(0, len(both), TOGETHER)
    answers = [sources.answer({source.place: both[start : start + TOGETHER]}) for start in parts]
    forth, back = np.split(evidence(np.concatenate(answers), number), 2)
    gains: Array = (forth - back) / 2
    return gains


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
