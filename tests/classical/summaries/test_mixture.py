from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.summaries.mixture import CHUNK, FLOOR, Mixture, learn_mixture


def clusters(s: int, seed: int = 0) -> np.ndarray:
    """Two Gaussians, of weights 0.25 and 0.75, deviations (1, 2) and (0.5, 1), 20 apart."""
    random = np.random.default_rng(seed)
    first = random.normal([-10, 5], [1, 2], (s // 4, 2))
    second = random.normal([10, 5], [0.5, 1], (s - s // 4, 2))
    return np.concatenate([first, second]).astype(np.float32)


def test_finds_the_gaussians_that_were_drawn_from() -> None:
    weights, means, variances = learn_mixture(clusters(20_000), 2, seed=0)
    order = means[:, 0].argsort()
    np.testing.assert_allclose(weights[order], [0.25, 0.75], atol=0.01)
    np.testing.assert_allclose(means[order], [[-10, 5], [10, 5]], atol=0.1)
    # 0.25 lies below the floor of 1 % of the variance of all, which is about 75 in this dimension
    np.testing.assert_allclose(variances[order], [[1, 4], [FLOOR * clusters(20_000).var(axis=0)[0], 1]], rtol=0.06)


def test_is_as_likely_as_scikit_learns() -> None:
    mixture = pytest.importorskip("sklearn.mixture")
    random = np.random.default_rng(3)
    vectors = (random.normal(size=(4000, 8)) @ random.normal(size=(8, 8)) + random.gamma(1, 2, (4000, 8))).astype("f4")
    theirs = mixture.GaussianMixture(12, covariance_type="diag", init_params="random_from_data", random_state=0)
    theirs.fit(vectors.astype(float))
    ours = mixture.GaussianMixture(12, covariance_type="diag")
    ours.weights_, ours.means_, ours.covariances_ = learn_mixture(vectors, 12, seed=0)
    ours.precisions_cholesky_ = 1 / np.sqrt(ours.covariances_)
    assert ours.score(vectors) > theirs.score(vectors) - 0.1


def test_posteriors_and_likelihoods_over_several_chunks() -> None:
    stats = pytest.importorskip("scipy.stats")
    vectors = clusters(CHUNK + 100)[::-1].copy()
    weights, means, variances = np.array([0.3, 0.7]), np.array([[-9.0, 4.0], [8.0, 6.0]]), np.array([[9.0, 4], [30, 2]])
    densities = np.stack(
        [
            w * stats.norm(m, np.sqrt(v)).pdf(vectors.astype(float)).prod(axis=1)
            for w, m, v in zip(weights, means, variances, strict=True)
        ],
        axis=1,
    )
    mixture = Mixture.of(weights, means, variances)
    for rows, _, _, posteriors, likelihoods in mixture.chunks(vectors):
        expected = densities[rows]
        np.testing.assert_allclose(posteriors, expected / expected.sum(axis=1, keepdims=True), atol=1e-5)
        np.testing.assert_allclose(likelihoods - np.log(2 * np.pi), np.log(expected.sum(axis=1)), atol=1e-4)


def test_a_vector_far_away_has_posteriors_too() -> None:
    mixture = Mixture.of(np.array([0.5, 0.5]), np.array([[0.0], [1.0]]), np.array([[1.0], [1.0]]))
    ((_, _, _, posteriors, _),) = mixture.chunks(np.array([[1000.0], [-1000.0]], np.float32))
    np.testing.assert_allclose(posteriors, [[0, 1], [1, 0]], atol=1e-6)


def test_few_or_equal_vectors_give_a_mixture() -> None:
    for vectors in (np.ones((5, 3)), np.eye(3), np.zeros((1, 3)), np.repeat(np.eye(3), 9, axis=0) * [1, 0, 1]):
        weights, means, variances = learn_mixture(vectors.astype(np.float32), 8, seed=0)
        assert 1 <= len(weights) == len(means) == len(variances) <= 3
        assert np.isclose(weights.sum(), 1) and np.isfinite(means).all() and (variances > 0).all()


def test_units_do_not_matter() -> None:
    vectors = clusters(1000)
    units = np.array([1e-4, 3e3], np.float32)
    weights, means, variances = learn_mixture(vectors, 4, seed=0)
    in_others = learn_mixture(vectors * units + np.float32([0, 1e4]), 4, seed=0)
    np.testing.assert_allclose(in_others[0], weights, atol=2e-3)
    np.testing.assert_allclose((in_others[1] - [0, 1e4]) / units, means, atol=0.1)
    np.testing.assert_allclose(in_others[2] / units**2, variances, rtol=0.05)
