from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors.dense_sift import DenseSIFT
from sightline.classical.summaries.fisher import FisherVector
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import mat, noise


def features(vectors: Any) -> LocalFeatures:
    return LocalFeatures(np.asarray(vectors, np.float32), np.zeros((len(vectors), 2), np.float32))


def one_gaussian(power: float, mean: float = 1.0, variance: float = 4.0) -> FisherVector:
    state = {"weights_": [1.0], "means_": [[mean]], "variances_": [[variance]]}
    return FisherVector(components=1, power=power).restore({k: np.array(v, np.float32) for k, v in state.items()})


def mixture_of_five(power: float) -> FisherVector:
    random = np.random.default_rng(0)
    weights = random.random(5)
    state = {
        "weights_": weights / weights.sum(),
        "means_": random.normal(3, 1, (5, 8)),
        "variances_": random.random((5, 8)) + 0.2,
    }
    return FisherVector(components=5, power=power).restore({k: v.astype(np.float32) for k, v in state.items()})


test_keeps_the_contract = contract_of("FisherVector(components=4)", "FisherVector(components=3, power=1.0)")


def test_one_gaussian_in_closed_form() -> None:
    given = features([[3.0], [5.0]])  # 1 and 2 deviations above the mean: sums of 3, and of (1 - 1) + (4 - 1)
    raw = np.array([0, 3, 3 / np.sqrt(2)])
    np.testing.assert_allclose(one_gaussian(1.0).encode(given), raw / np.linalg.norm(raw), atol=1e-6)
    np.testing.assert_allclose(one_gaussian(0.5).encode(given), np.sqrt(raw / raw.sum()), atol=1e-6)


def test_a_sample_of_the_mixture_has_a_small_gradient() -> None:
    fisher = one_gaussian(1.0)
    random = np.random.default_rng(0)
    typical = fisher._prepared()[0].sums(random.normal(1, 2, (10_000, 1)).astype(np.float32), np.zeros(10_000, int), 1)
    masses, firsts, seconds = (part.item() for part in fisher._prepared()[0].parts(typical))
    assert (
        masses == pytest.approx(10_000) and abs(firsts / masses) < 0.1 and seconds / masses == pytest.approx(4, rel=0.1)
    )


def test_is_scikit_images_with_the_sign_of_the_deviations_turned() -> None:
    feature = pytest.importorskip("skimage.feature")
    mixture = pytest.importorskip("sklearn.mixture")
    vectors = np.random.default_rng(1).normal(3, 1.5, (700, 8)).astype(np.float32)
    for power in (1.0, 0.5):
        fisher = mixture_of_five(power)
        theirs = mixture.GaussianMixture(5, covariance_type="diag")
        theirs.weights_, theirs.means_, theirs.covariances_ = (
            getattr(fisher, f"{n}_").astype(float) for n in ("weights", "means", "variances")
        )
        theirs.precisions_cholesky_ = 1 / np.sqrt(theirs.covariances_)
        expected = feature.fisher_vector(vectors.astype(float), theirs, improved=True, alpha=power)
        expected[5 + 40 :] *= -1
        np.testing.assert_allclose(fisher.encode(features(vectors)), expected, atol=1e-4 * np.abs(expected).max())


def test_gradients_are_those_of_the_likelihood() -> None:
    """By finite differences of the log likelihood, whitened by the closed form of the Fisher information."""
    stats = pytest.importorskip("scipy.stats")
    vectors = np.random.default_rng(2).normal(3, 1.5, (50, 8))
    fisher = mixture_of_five(1.0)
    w, means, deviations = (
        fisher.weights_.astype(float),
        fisher.means_.astype(float),
        np.sqrt(fisher.variances_.astype(float)),
    )

    def likelihood(means: np.ndarray, deviations: np.ndarray) -> float:
        densities = stats.norm(means, deviations).pdf(vectors[:, None]).prod(axis=2)
        return float(np.log(densities @ w).sum())

    step = np.zeros((5, 8))
    step[2, 3] = 1e-5
    by_mean = (likelihood(means + step, deviations) - likelihood(means - step, deviations)) / 2e-5
    by_deviation = (likelihood(means, deviations + step) - likelihood(means, deviations - step)) / 2e-5
    whitened = np.array([by_mean, by_deviation / np.sqrt(2)]) * deviations[2, 3] / np.sqrt(w[2])
    found = fisher.encode(features(vectors))[[5 + 2 * 8 + 3, 5 + 40 + 2 * 8 + 3]]
    assert found[0] / found[1] == pytest.approx(whitened[0] / whitened[1], rel=1e-3)
    assert np.sign(found[0]) == np.sign(whitened[0])


def test_learns_from_pictures_with_and_without_features() -> None:
    described = DenseSIFT().transform([mat(48, 0), noise(48, 1), noise(8, 2), np.full((48, 48, 3), 90, np.uint8)])
    fisher = FisherVector(components=6)
    vectors = fisher.fit_transform(described)
    assert vectors.shape == (4, 6 * 257) and np.isfinite(vectors).all() and fisher.weights_.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0, 1], atol=1e-5)


def test_refuses_what_it_cannot_learn_from() -> None:
    for given in ({"power": 0.0}, {"power": 2.0}, {"components": 0}, {"sample": 63}):
        with pytest.raises(ComponentError, match="FisherVector was given components="):
            FisherVector(**given).fit([features([[0.0]])])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="NaN"):
        FisherVector(components=1).fit([features([[np.inf, 0.0]])])
    with pytest.raises(ComponentError, match="not been fitted"):
        FisherVector().encode(features([[0.0]]))
