from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sightline.classical.summaries.fisher import FisherVector
from sightline.pipeline.explaining.sources import LocalSource, Sources
from sightline.pipeline.explaining.words import leave_out, telling_words, words_of
from tests.pipeline.explaining.squares import fitted, hit, plain, squared

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "explain.md"
WORDS = "DenseSIFT(size_px=64) > BagOfVisualWords(words=12) > LinearSVM()"
PIPELINES = [
    WORDS,
    "Patches(patch_px=6) > PCA(components=8) > FisherVector(components=4) > LinearSVM()",
    "Patches(patch_px=6) > PCA(components=8) > VLAD(words=6) > LogisticRegression()",
    "Patches(patch_px=6) > LocalMoments() > LogisticRegression()",
]


def local(sources: Sources) -> list[LocalSource]:
    return [source for source in sources.found if isinstance(source, LocalSource)]


@pytest.mark.parametrize("text", PIPELINES)
def test_the_square_that_tells_the_class_is_found(text: str) -> None:
    graph, hits = fitted(text), 0
    for seed in range(100, 110):
        picture, box = squared(seed)
        sources = Sources.of(graph, picture, 2)
        hits += hit(leave_out(sources, 1, 64, 64, local(sources)), box)
    assert hits >= 8  # by chance fewer than 2


@pytest.mark.parametrize(("text", "least"), [(PIPELINES[0], 8), (PIPELINES[1], 6)])
def test_words_that_tell_the_class_lie_in_the_square(text: str, least: int) -> None:
    graph = fitted(text)
    inside = 0
    for seed in range(100, 110):
        picture, box = squared(seed)
        sources = Sources.of(graph, picture, 2)
        found = telling_words(sources, local(sources)[0], 1)
        assert [abs(word.share) for word in found] == sorted((abs(word.share) for word in found), reverse=True)
        assert sum(abs(word.share) for word in found) <= 1 + 1e-9 and len(found) <= 5
        best = max(found, key=lambda word: word.share)
        heat = np.zeros((64, 64))
        for x, y in best.places:
            heat[int(y * 64), int(x * 64)] += 1
        inside += hit(heat, box, around=8)
    assert inside >= least  # by chance fewer than 3


def test_a_word_is_what_is_lost_without_it() -> None:
    graph, (picture, _) = fitted(WORDS), squared(100)
    sources = Sources.of(graph, picture, 2)
    (source,) = local(sources)
    labels = words_of(source.leaf, source.features)
    for word in telling_words(sources, source, 1):
        assert word.count == int((labels == word.number).sum())
        assert len(word.places) == min(5, word.count) and word.descriptor == source.text
        assert word.to_dict()["places"][0] == [round(value, 4) for value in word.places[0]]
    assert "have the first five places of a word" in GUIDE.read_text("utf-8")


def test_the_word_of_a_fisher_vector_is_its_likeliest_gaussian() -> None:
    sources = Sources.of(fitted(PIPELINES[1]), squared(100)[0], 2)
    (source,) = local(sources)
    found = words_of(source.leaf, source.features)
    assert found.shape == (len(source.features),) and found.max() < 4
    leaf = source.leaf
    assert isinstance(leaf, FisherVector)
    apart = source.features.vectors[:, None].astype(np.float64) - leaf.means_
    densities = np.log(leaf.weights_) - 0.5 * (np.log(leaf.variances_) + apart**2 / leaf.variances_).sum(axis=2)
    assert (found == densities.argmax(axis=1)).mean() > 0.999


def test_pyramids_have_the_words_of_what_is_inside() -> None:
    graph = fitted("DenseSIFT(size_px=32) > SpatialPyramid(summary=BagOfVisualWords(words=6), levels=2) > LinearSVM()")
    sources = Sources.of(graph, squared(100)[0], 2)
    assert telling_words(sources, local(sources)[0], 1)
    moments = Sources.of(fitted(PIPELINES[3], 8), squared(100)[0], 2)
    assert telling_words(moments, local(moments)[0], 1) == ()


def test_a_picture_without_local_features_loses_nothing() -> None:
    graph = fitted("SIFT() > VLAD(words=4) > LinearSVM()")
    flat = np.full((40, 60, 3), 90, np.uint8)
    sources = Sources.of(graph, flat, 2)
    (source,) = local(sources)
    assert len(source.features) == 0
    heat = leave_out(sources, 1, 40, 60, [source])
    assert heat.shape == (40, 60) and not heat.any()
    assert telling_words(sources, source, 1) == ()


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (200, 2)])
def test_thin_pictures_have_heat_too(shape: tuple[int, int]) -> None:
    picture = plain(1, 200)[: shape[0], : shape[1]]
    sources = Sources.of(fitted(WORDS, 8), picture, 2)
    heat = leave_out(sources, 1, *shape, local(sources))
    assert heat.shape == shape and np.isfinite(heat).all()
