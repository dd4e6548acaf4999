"""What a model makes of pictures that show nothing: what it can be without, and where evidence begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from sightline.arrays import Matrix, Picture, generator
from sightline.pipeline.explaining.sources import Sources
from sightline.preparation.geometry import resize

Empty = Mapping[str, Matrix]
"""Place of a source -> (3, d) float32: what it makes of a grey, a blurred and a shuffled picture."""
GREY = 128
ROUGH = 4
"""Pixels on each side that a picture is blurred to."""


def emptied(sources: Sources, picture: Picture) -> Empty:
    """What each source makes of pictures that show nothing. Cost: three more descriptions of a picture.

    Args:
        sources: of the picture.
        picture: (h, w, c), prepared.
    """
    blanks = [Sources.of(sources.graph, blank, sources.k).found for blank in _blanks(picture)]
    rows = zip(sources.found, *blanks, strict=True)
    return {source.place: np.concatenate([one.vector for one in empty]) for source, *empty in rows}


def halfway(sources: Sources, empty: Empty, ends: Mapping[str, Matrix]) -> Sources:
    """The tree half of the way from pictures that show nothing, in the mean, to what some sources show.

    What a part of the picture adds is asked there, and not at the end: there a head that divides vectors by their
    length, as `PowerNormalization` does, says that all parts together add nothing. It stands for the mean over the
    whole way; two points or three take twice and three times as long, and their maps are no more alike to what
    occlusion finds.

    M. Sundararajan, A. Taly, Q. Yan: Axiomatic attribution for deep networks. ICML 2017.

    Args:
        sources: of the picture.
        empty: of the same sources.
        ends: place -> (1, d); the vectors of other sources stay.
    """
    return sources.moved(
        {place: (empty[place].mean(axis=0, keepdims=True) + end) / np.float32(2) for place, end in ends.items()}
    )


def _blanks(picture: Picture) -> Iterator[Picture]:
    """Pictures that show nothing: without color and structure, without detail, and with nothing but detail."""
    height, width, channels = picture.shape
    yield np.full_like(picture, GREY)
    yield resize(resize(picture, min(height, ROUGH), min(width, ROUGH)), height, width)
    yield generator(0, "blank").permutation(picture.reshape(-1, channels)).reshape(picture.shape)
