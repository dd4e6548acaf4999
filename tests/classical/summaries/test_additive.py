from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from sightline.classical.summaries.additive import AdditiveSummary, scaled_to_length_one, signed_power, sum_by_label
from sightline.classical.summaries.bovw import BagOfVisualWords
from sightline.classical.summaries.fisher import FisherVector
from sightline.classical.summaries.local_moments import LocalMoments
from sightline.classical.summaries.patch_dictionary import PatchDictionary
from sightline.classical.summaries.pyramid import SpatialPyramid
from sightline.classical.summaries.vlad import VLAD
from sightline.contracts import LocalFeatures, Summary
from sightline.errors import InputError

SUMMARIES = [
    BagOfVisualWords(words=7),
    BagOfVisualWords(words=7, assignment="soft", nearest=3),
    VLAD(words=5),
    FisherVector(components=4),
    LocalMoments("mean"),
    LocalMoments(),
    LocalMoments("covariance"),
]


def drawn(m: int, d: int = 6, seed: int = 0) -> LocalFeatures:
    random = np.random.default_rng([m, seed])
    return LocalFeatures(random.random((m, d)).astype(np.float32), random.random((m, 2)).astype(np.float32))


@pytest.mark.parametrize(
    ("m", "d", "n"), [(0, 3, 4), (1, 1, 1), (50, 5, 300), (500, 3, 2), (700, 64, 64), (4000, 2, 9), (3000, 8, 70_000)]
)
def test_sums_by_label(m: int, d: int, n: int) -> None:
    random = np.random.default_rng(m)
    vectors, labels = random.normal(size=(m, d)).astype(np.float32), random.integers(0, n, m)
    expected = np.zeros((n, d))
    np.add.at(expected, labels, vectors.astype(np.float64))
    np.testing.assert_allclose(sum_by_label(vectors, labels, n), expected, atol=2e-4)


def test_one_vector_among_very_many_labels_takes_little_memory() -> None:
    tracemalloc.start()
    found = sum_by_label(np.ones((1, 4), np.float32), np.array([123_456]), 200_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[123_456].tolist() == [1, 1, 1, 1] and found.sum() == 4
    assert peak < 30_000_000


@pytest.mark.parametrize("summary", SUMMARIES, ids=repr)
def test_each_cell_is_encoded_as_a_picture_of_its_own(summary: AdditiveSummary) -> None:
    features, cells = drawn(1500), np.random.default_rng(1).choice([0, 1, 3, 4], 1500)
    summary = summary.clone().fit([drawn(200)])
    found = summary.finish(summary.sums(features, cells, 6))
    for cell in range(6):
        own = LocalFeatures(features.vectors[cells == cell], features.positions[cells == cell])
        np.testing.assert_allclose(
            found[cell], summary.encode(own), atol=2e-3 if summary.get_params().get("power") == 0.5 else 1e-5
        )
    assert found.dtype == np.float32 and not found[2].any() and not found[5].any() and found[3].any()


@pytest.mark.parametrize("summary", SUMMARIES, ids=repr)
def test_the_sums_of_two_cells_are_those_of_their_union(summary: AdditiveSummary) -> None:
    features, cells = drawn(300), np.arange(300) % 2
    summary = summary.clone().fit([drawn(200)])
    both = summary.sums(features, cells, 2).sum(axis=0)
    np.testing.assert_allclose(both, summary.sums(features, 0 * cells, 1)[0], rtol=1e-4, atol=1e-3)


def test_rows_of_length_one_and_signed_roots() -> None:
    rows = scaled_to_length_one(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]], atol=1e-7)
    values = np.array([-4.0, 0.0, 9.0], np.float32)
    assert signed_power(values, 0.5).tolist() == [-2, 0, 3]
    np.testing.assert_allclose(signed_power(values, 0.25), [-np.sqrt(2), 0, np.sqrt(3)], rtol=1e-6)
    assert signed_power(values, 1).tolist() == values.tolist() == [-4, 0, 9]


EVERY = [
    *SUMMARIES,
    PatchDictionary(words=7),
    PatchDictionary(words=7, coding="rectified"),
    SpatialPyramid(VLAD(words=5)),
]


@pytest.mark.parametrize("summary", EVERY, ids=repr)
def test_vectors_in_double_precision_are_taken(summary: Summary) -> None:
    summary, given = summary.clone().fit([drawn(200)]), drawn(90)
    wide = LocalFeatures(given.vectors.astype(np.float64), given.positions)
    np.testing.assert_array_equal(summary.encode(wide), summary.encode(given))


@pytest.mark.parametrize("summary", EVERY, ids=repr)
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e25, 1e39])
def test_values_that_single_precision_cannot_sum_are_refused(summary: Summary, value: float) -> None:
    summary, given = summary.clone().fit([drawn(200)]), drawn(90)
    vectors = given.vectors.astype(np.float64)
    vectors[17, 2] = value
    broken = LocalFeatures(vectors if value == 1e39 else vectors.astype(np.float32), given.positions)
    with pytest.raises(InputError, match="local features hold"):
        summary.encode(broken)
    if summary.learns():
        with pytest.raises(InputError, match="local features hold"):
            summary.clone().fit([broken])


@pytest.mark.parametrize("summary", EVERY, ids=repr)
def test_large_values_stay_finite(summary: Summary) -> None:
    large = LocalFeatures(drawn(200).vectors * np.float32(1e14), drawn(200).positions)
    assert np.isfinite(summary.clone().fit([large]).encode(large)).all()


def test_vectors_beyond_what_the_densities_hold_are_refused() -> None:
    near = LocalFeatures(drawn(200).vectors * np.float32(1e-6), drawn(200).positions)
    with pytest.raises(InputError, match="too far from those that it was fitted on"):
        FisherVector(components=4).fit([near]).encode(LocalFeatures(near.vectors * np.float32(1e20), near.positions))


@pytest.mark.parametrize("summary", [VLAD(words=5), PatchDictionary(words=7, grid=1)], ids=repr)
def test_far_from_zero_residuals_and_distances_are_the_same(summary: VLAD | PatchDictionary) -> None:
    random = np.random.default_rng(0)
    vectors, words = ((random.normal(0, 1, (m, 6)) * 64).round().astype(np.float32) / 64 for m in (300, 7))
    learned = {"words_": words, "threshold_": np.zeros(1, np.float32)}
    expected = summary.clone().restore(learned).encode(LocalFeatures(vectors, drawn(300).positions))
    moved = summary.clone().restore({**learned, "words_": words + np.float32(8192)})
    found = moved.encode(LocalFeatures(vectors + np.float32(8192), drawn(300).positions))
    np.testing.assert_allclose(found, expected, atol=1e-4)
