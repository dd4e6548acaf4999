from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.summaries.local_moments import LocalMoments
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError
from tests.contract import contract_of


def features(vectors: Any) -> LocalFeatures:
    return LocalFeatures(np.asarray(vectors, np.float32), np.zeros((len(vectors), 2), np.float32))


test_keeps_the_contract = contract_of(
    "LocalMoments(order='mean')", "LocalMoments()", "LocalMoments(order='covariance')"
)


def test_is_numpys_mean_deviation_and_covariance() -> None:
    vectors = np.random.default_rng(0).normal(5, 3, (40, 4)).astype(np.float32)
    mean, covariance = vectors.mean(axis=0), np.cov(vectors.T, bias=True)
    np.testing.assert_allclose(LocalMoments("mean").encode(features(vectors)), mean, rtol=1e-5)
    np.testing.assert_allclose(LocalMoments().encode(features(vectors)), [*mean, *vectors.std(axis=0)], rtol=1e-5)
    found = LocalMoments("covariance").encode(features(vectors))
    np.testing.assert_allclose(found, [*mean, *covariance[np.triu_indices(4)]], rtol=1e-4)


def test_a_small_variance_around_a_large_mean_is_kept() -> None:
    vectors = np.array([[10_000.0], [10_001.0]])
    np.testing.assert_allclose(LocalMoments().encode(features(vectors)), [10_000.5, 0.5])
    np.testing.assert_allclose(LocalMoments().encode(features([[0.1]] * 999)), [0.1, 0], atol=1e-6)


def test_one_vector_and_none() -> None:
    assert LocalMoments().encode(features([[2, 3]])).tolist() == [2, 3, 0, 0]
    assert LocalMoments("covariance").encode(features(np.zeros((0, 3)))).tolist() == [0] * 9


def test_another_order_is_refused() -> None:
    for call in ("fit", "encode"):
        given = features([[0.0]])
        with pytest.raises(ComponentError, match="allowed: mean, deviation, covariance"):
            getattr(LocalMoments("skewness"), call)([given] if call == "fit" else given)


def test_a_covariance_of_vectors_too_long_is_refused() -> None:
    given = features(np.zeros((2, 1025)))
    assert LocalMoments().encode(given).shape == (2050,)
    for call in ("fit", "encode"):
        with pytest.raises(ComponentError, match=r"1025 values .* up to 1024; put a PCA before it"):
            getattr(LocalMoments("covariance"), call)([given] if call == "fit" else given)
