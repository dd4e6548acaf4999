"""Which places and visual words spoke, where a model sees local features: they are left out, and it answers again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.summaries.codebook import CodebookSummary
from sightline.classical.summaries.fisher import FisherVector
from sightline.classical.summaries.mixture import Mixture
from sightline.classical.summaries.pyramid import SpatialPyramid
from sightline.contracts import LocalFeatures, Summary
from sightline.pipeline.explaining.evidence import lost_by
from sightline.pipeline.explaining.grid import Grid, Heat, heat_shape
from sightline.pipeline.explaining.occlusion import averaged
from sightline.pipeline.explaining.sources import LocalSource, Sources

ALONG = (8, 11)
"""Cells on the longer side, of each grid: at most 185 summaries, of about a millisecond each."""
MOST_ASKED = 200
"""Words of a source that are left out, those that occur most."""
MOST_TOLD = 5
"""Words of a source that are told, and places of a word."""


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """A visual word that spoke.

    Attributes:
        descriptor: whose word, "DenseSIFT() > BagOfVisualWords()".
        number: its row in the codebook, or its Gaussian in the mixture.
        share: of what all words of this codebook say in this picture, in [-1, 1]; negative: against the class.
        count: how often it occurs.
        places: x and y of the first few occurrences, in [0, 1] of width and height.
    """

    descriptor: str
    number: int
    share: float
    count: int
    places: tuple[tuple[float, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable row."""
        places = [[round(x, 4), round(y, 4)] for x, y in self.places]
        return {**dataclasses.asdict(self), "share": round(self.share, 6), "places": places}


def leave_out(
    sources: Sources,
    number: int,
    height: int,
    width: int,
    left_out: Sequence[LocalSource],
    along: Sequence[int] = ALONG,
) -> Heat:
    """The evidence for class `number` that is lost without the local features in a cell of the picture, at every place.

    Nothing is painted over, so no edge appears that was not there. Where several sources have local features, all lose
    those in the cell at once. Cost: a summary and an answer of the head for each cell.

    Args:
        sources: of the picture.
        number: the class, in the task's order.
        height, width: of the picture, in pixels.
        left_out: the sources that lose features.
        along: cells on the longer side of each grid; several are averaged.

    Returns:
        Heat of `heat_shape`.
    """
    grids = [Grid.of(height, width, count) for count in along]
    changed = {source.place: np.concatenate([_without_cells(source, grid) for grid in grids]) for source in left_out}
    return averaged(grids, lost_by(sources, changed, number), heat_shape(height, width))


def telling_words(sources: Sources, source: LocalSource, number: int) -> tuple[Word, ...]:
    """The words of a source that say most for or against class `number`, the loudest first; none where it has no words.

    A word says what is lost when all its occurrences are left out.
    """
    labels = words_of(source.leaf, source.features)
    if not len(labels):
        return ()
    words, counts = np.unique(labels, return_counts=True)
    asked = words[np.argsort(-counts, kind="stable")[:MOST_ASKED]]
    changed = _without(source, (labels == word for word in asked))
    says = lost_by(sources, {source.place: changed}, number)
    shares = says / max(float(np.abs(says).sum()), 1e-12)
    loudest = np.argsort(-np.abs(shares), kind="stable")[:MOST_TOLD]
    return tuple(_word(source, int(asked[at]), float(shares[at]), labels) for at in loudest if shares[at])


def words_of(leaf: Summary, features: LocalFeatures) -> Indices:
    """(m,) int64: the word that each of m local features is, by the summary or what a pyramid has inside.

    Of a codebook it is the nearest row, of a Fisher vector's mixture the likeliest Gaussian. Of the others, whose
    values belong to no word or to half of them at once, it is (0,): none.
    """
    inner = leaf.summary if isinstance(leaf, SpatialPyramid) else leaf
    if len(features) and isinstance(inner, CodebookSummary):
        return inner.codebook().nearest(features.vectors)
    if len(features) and isinstance(inner, FisherVector):
        mixture = Mixture.of(inner.weights_, inner.means_, inner.variances_)
        found = [posteriors.argmax(axis=1) for _, _, _, posteriors, _ in mixture.chunks(features.vectors)]
        return np.concatenate(found).astype(np.int64)
    return np.zeros(0, np.int64)


def _word(source: LocalSource, number: int, share: float, labels: Indices) -> Word:
    at = np.flatnonzero(labels == number)
    places = tuple((float(x), float(y)) for x, y in source.features.positions[at[:MOST_TOLD]])
    return Word(source.text, number, share, len(at), places)


def _without_cells(source: LocalSource, grid: Grid) -> Matrix:
    """(cells, d): what a source makes of the picture without the local features in each cell."""
    cells = grid.cells(source.features.positions)
    return _without(source, (cells == cell for cell in range(len(grid))))


def _without(source: LocalSource, dropped: Iterable[Array]) -> Matrix:
    """(n, d): the summary without the features that each of n masks (m,) names."""
    vectors, positions = source.features.vectors, source.features.positions
    return source.leaf.transform(LocalFeatures(vectors[~mask], positions[~mask]) for mask in dropped)
