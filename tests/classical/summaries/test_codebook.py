from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.summaries.bovw import BagOfVisualWords
from sightline.classical.summaries.codebook import (
    CHUNK,
    CHUNK_OF_FEW,
    FEW,
    Codebook,
    far_center,
    k_means,
    nearest_centers,
)


def test_finds_well_separated_clusters() -> None:
    truth = np.array([[0, 0], [10, 0], [0, 10], [10, 10]], np.float32)
    random = np.random.default_rng(0)
    vectors = (np.repeat(truth, 50, axis=0) + random.normal(0, 0.1, (200, 2))).astype(np.float32)
    best = min((k_means(vectors, 4, seed) for seed in range(8)), key=lambda centers: spread(vectors, centers))
    np.testing.assert_allclose(sorted(best.round().tolist()), sorted(truth.tolist()))
    assert spread(vectors, best) <= spread(vectors, truth)


def spread(vectors: np.ndarray, centers: np.ndarray) -> float:
    return float(((vectors[:, None] - centers[None]) ** 2).sum(axis=2).min(axis=1).sum())


def test_is_no_worse_than_scikit_learn_from_random_starts() -> None:
    cluster = pytest.importorskip("sklearn.cluster")
    vectors = np.random.default_rng(1).random((3000, 16)).astype(np.float32)
    theirs = cluster.KMeans(50, init="random", n_init=1, random_state=0).fit(vectors)
    assert spread(vectors, k_means(vectors, 50, 0)) < 1.01 * theirs.inertia_


def test_is_a_fixed_point_of_lloyd() -> None:
    vectors = np.repeat(np.eye(3, dtype=np.float32), [5, 7, 2], axis=0)
    assert sorted(k_means(vectors, 3, 0).tolist()) == sorted(np.eye(3).tolist())


def test_fewer_distinct_vectors_than_words_give_fewer_words() -> None:
    vectors = np.repeat(np.eye(2, dtype=np.float32), 100, axis=0)
    assert k_means(vectors, 5, 0).shape == (2, 2)
    rare = np.concatenate([vectors, np.full((1, 2), 7, np.float32)])
    assert k_means(rare, 3, 0).shape == (3, 2)


def test_nearest_is_nearest_over_several_chunks() -> None:
    random = np.random.default_rng(2)
    vectors, centers = random.random((CHUNK + 9, 4)).astype(np.float32), random.random((7, 4)).astype(np.float32)
    distances = ((vectors[:, None].astype(float) - centers[None]) ** 2).sum(axis=2)
    nearest, gains = nearest_centers(vectors, centers)
    np.testing.assert_allclose(distances[np.arange(len(vectors)), nearest], distances.min(axis=1), atol=1e-6)
    np.testing.assert_allclose((vectors.astype(float) ** 2).sum(axis=1) - 2 * gains, distances.min(axis=1), atol=1e-5)


@pytest.mark.parametrize("words", [1, 7, FEW, FEW + 1])
def test_few_words_and_many_find_the_nearest(words: int) -> None:
    random = np.random.default_rng(words)
    vectors = random.random((CHUNK_OF_FEW + 9, 4)).astype(np.float32)
    centers = random.random((words, 4)).astype(np.float32)
    distances = ((vectors[:, None].astype(float) - centers[None]) ** 2).sum(axis=2)
    nearest = Codebook.of(centers).nearest(vectors)
    np.testing.assert_allclose(distances[np.arange(len(vectors)), nearest], distances.min(axis=1), atol=1e-6)


@pytest.mark.parametrize("copies", [2, FEW + 1])
def test_of_equally_near_words_the_first_is_taken(copies: int) -> None:
    words = np.repeat(np.eye(2, dtype=np.float32), copies, axis=0)
    assert Codebook.of(words).nearest(np.eye(2, dtype=np.float32)).tolist() == [0, copies]


def on_a_grid(m: int, d: int = 16, seed: int = 0) -> np.ndarray:
    """Values that float32 holds exactly, also with 8192 added."""
    return (np.random.default_rng(seed).normal(0, 1, (m, d)) * 64).round().astype(np.float32) / 64


@pytest.mark.parametrize("words", [20, FEW + 1])
def test_far_from_zero_the_nearest_word_is_the_same(words: int) -> None:
    vectors, centers = on_a_grid(2000), on_a_grid(words, seed=1)
    summary = BagOfVisualWords().restore({"words_": centers + np.float32(8192)})
    expected = Codebook.of(centers).nearest(vectors)
    assert np.array_equal(summary.codebook().nearest(vectors + np.float32(8192)), expected)
    assert Codebook.of(centers + np.float32(8192)).nearest(vectors + np.float32(8192)).tolist() != expected.tolist()


def test_far_from_zero_k_means_finds_the_same_clusters() -> None:
    vectors = on_a_grid(1000)
    found = k_means(vectors + np.float32(8192), 12, 0) - np.float32(8192)
    assert spread(vectors, found) < 1.02 * spread(vectors, k_means(vectors, 12, 0))


def test_only_words_far_from_zero_are_moved() -> None:
    assert far_center(np.random.default_rng(0).random((50, 8)).astype(np.float32)) is None
    assert far_center(np.full((3, 2), 7, np.float32)) is None  # equal words: nothing to tell apart
    np.testing.assert_allclose(far_center(on_a_grid(900) + np.float32(8192)), 8192, atol=0.2)
