from __future__ import annotations

import numpy as np
import pytest

from sightline.errors import ComponentError, InputError
from sightline.networks.library import remember
from sightline.pipeline import graph as tree
from sightline.pipeline.explaining.sources import LocalSource, Sources
from sightline.pipeline.graph import Blend, Chain, Node, Union
from sightline.pipeline.text import parse
from tests.networks import tiny
from tests.pipeline.explaining.squares import fitted, plain, squared

NETWORK = remember(tiny.network())
EMBEDDING = f"Embedding(network='{NETWORK.key}')"
ZOOMED = f"Embedding(network='{NETWORK.key}', zoom=1.5)"
WORDS = "DenseSIFT(size_px=32) > BagOfVisualWords(words=8)"
PIPELINES = {
    "HOG(size_px=32) > LinearSVM()": 1,
    "HOG(size_px=32) + ColorHistogram() > PCA(components=8) > KNearestNeighbors()": 2,
    f"{WORDS} > KernelRidge()": 1,
    "Patches(patch_px=6) > PCA(components=8) > SpatialPyramid(summary=BagOfVisualWords(words=6)) > Ridge()": 1,
    "Patches(patch_px=6) > PCA(components=None, whiten='zca') > PatchDictionary(words=12) > LinearSVM()": 1,
    "DenseSIFT(size_px=32) > PCA(components=8) > FisherVector(components=4) > LogisticRegression()": 1,
    "SIFT() > VLAD(words=4) > LinearSVM()": 1,
    f"{EMBEDDING} > PowerNormalization() > LogisticRegression()": 1,
    f"[{EMBEDDING} > PowerNormalization()] + [{ZOOMED} > PowerNormalization()] + [[[{WORDS}] + HOG(size_px=32)] "
    "> PCA(components=6)] > KernelRidge()": 4,
    f"[[{WORDS}] + LocalBinaryPattern() > PCA(components=4)] + ColorMoments() > ExtraTrees(trees=20)": 3,
    "Patches(patch_px=6) > LocalMoments() > Prototypes()": 1,
}
PICTURES = [squared(1)[0], plain(3), np.full((40, 90, 3), 128, np.uint8)]


@pytest.mark.parametrize("text", PIPELINES)
def test_with_nothing_changed_the_answer_is_that_of_the_tree(text: str) -> None:
    graph = fitted(text, 16)
    for picture in PICTURES:
        sources = Sources.of(graph, picture, 2)
        assert len(sources.found) == PIPELINES[text]
        expected = tree.predict_proba(graph, [picture], 2)
        np.testing.assert_array_equal(sources.answer({}), expected)
        same = {source.place: np.repeat(source.vector, 3, axis=0) for source in sources.found}
        np.testing.assert_allclose(sources.answer(same), np.repeat(expected, 3, axis=0), atol=1e-6)


def blended() -> Node:
    first, second, third = (fitted(text, 16) for text in list(PIPELINES)[:3])
    return Blend((first, Blend((second, third), (0.25, 0.75))), (0.4, 0.6))


def test_blends_are_answered_to_the_last_bit() -> None:
    graph = blended()
    for picture in PICTURES:
        sources = Sources.of(graph, picture, 2)
        np.testing.assert_array_equal(sources.answer({}), tree.predict_proba(graph, [picture], 2))
        assert [source.place for source in sources.found] == [
            "root/0/0", "root/1/0/0/0", "root/1/0/0/1", "root/1/1/1",
        ]  # fmt: skip


@pytest.mark.parametrize("text", [text for text, count in PIPELINES.items() if count > 1])
def test_changed_vectors_are_answered_as_the_picture_they_are_of(text: str) -> None:
    graph = fitted(text, 16)
    sources, others = Sources.of(graph, PICTURES[0], 2), [Sources.of(graph, one, 2) for one in PICTURES]
    swapped = {
        source.place: np.concatenate([other.found[number].vector for other in others])
        for number, source in enumerate(sources.found)
    }
    np.testing.assert_allclose(sources.answer(swapped), tree.predict_proba(graph, PICTURES, 2), atol=1e-6)
    # One source alone: the others keep what the picture gave, in every row.
    place = sources.found[0].place
    some = sources.answer({place: swapped[place]})
    assert some.shape == (3, 2)
    np.testing.assert_allclose(some[:1], sources.answer({}), atol=1e-6)


def test_sources_say_what_they_are() -> None:
    sources = Sources.of(fitted(f"[{WORDS}] + HOG(size_px=32) > LinearSVM()", 8), PICTURES[0], 2)
    words, hog = sources.found
    assert isinstance(words, LocalSource) and words.features.positions.shape == (len(words.features), 2)
    assert words.text == WORDS and hog.text == "HOG(size_px=32)"
    assert not isinstance(hog, LocalSource) and hog.vector.shape[0] == 1


def test_classes_that_a_member_has_not_seen_stay_impossible() -> None:
    graph = fitted("HOG(size_px=32) > LinearSVM()", 8)
    answer = Sources.of(graph, PICTURES[0], 4).answer({})
    np.testing.assert_array_equal(answer, tree.predict_proba(graph, [PICTURES[0]], 4)[:1])


def test_a_classifier_blend_over_shared_vectors() -> None:
    last = Blend((parse("LinearSVM()"), parse("KNearestNeighbors()")), (0.5, 0.5))
    shared = Union((parse("HOG(size_px=32)"), parse("ColorMoments()")))
    pictures = [squared(seed)[0] if seed % 2 else plain(seed) for seed in range(8)]
    vectors = tree.transform(shared, pictures)
    tree.fit(last, vectors, np.arange(8) % 2)
    graph = Chain((shared, last))
    expected = tree.predict_proba(graph, [PICTURES[0]], 2)
    np.testing.assert_array_equal(Sources.of(graph, PICTURES[0], 2).answer({}), expected)


def test_what_is_no_source_is_refused() -> None:
    sources = Sources.of(fitted("HOG(size_px=32) + ColorMoments() > LinearSVM()", 8), PICTURES[0], 2)
    first, second = sources.found
    with pytest.raises(ComponentError, match="allowed: one number of rows"):
        sources.answer({"root/9": first.vector})
    with pytest.raises(ComponentError, match="allowed: one number of rows"):
        sources.answer({first.place: first.vector, second.place: np.repeat(second.vector, 2, axis=0)})
    with pytest.raises(InputError):
        Sources.of(sources.graph, np.zeros((8, 8, 1), np.uint8), 2)
