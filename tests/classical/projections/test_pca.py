from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.projections.pca import PCA
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of


def rows(n: int = 300, d: int = 12) -> np.ndarray:
    random = np.random.default_rng(0)
    mix = np.random.default_rng(1).normal(0, 1, (d, d))
    return (random.normal(0, 1, (n, d)) @ mix + 5).astype(np.float32)


test_keeps_the_contract = contract_of(
    PCA(),
    PCA(standardize=True, length=1.0),
    PCA(components=2, whiten=True),
    PCA(components=None, whiten=True, epsilon=0),
    PCA(whiten="zca"),
)


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("n", [300, 8])
def test_agrees_with_scikit_learn(whiten: bool, n: int) -> None:
    decomposition = pytest.importorskip("sklearn.decomposition")
    X, unseen = rows(n), rows(50)
    theirs = decomposition.PCA(5, whiten=whiten, svd_solver="full").fit(X.astype(float))
    expected = theirs.transform(unseen.astype(float))
    if whiten:
        expected *= np.sqrt(n / (n - 1))  # scikit-learn divides by n - 1
    found = PCA(components=5, whiten=whiten, epsilon=0).fit(X).transform(unseen)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=2e-4 * np.abs(expected).max())


def test_whitened_columns_are_uncorrelated_with_variance_one() -> None:
    X = rows()
    for whiten in (True, "zca"):
        white = PCA(components=None, whiten=whiten, epsilon=0).fit_transform(X)
        np.testing.assert_allclose(np.cov(white.T, bias=True), np.eye(12), atol=1e-3)


def test_zca_changes_rows_the_least() -> None:
    X = rows()
    centered = X - X.mean(axis=0)
    zca = PCA(whiten="zca", epsilon=0).fit_transform(X)
    turned = PCA(components=None, whiten=True, epsilon=0).fit_transform(X)
    assert np.linalg.norm(zca - centered) < np.linalg.norm(turned - centered)


def test_epsilon_is_a_share_of_the_mean_variance() -> None:
    X = rows()
    damped = PCA(components=None, whiten=True, epsilon=0.5).fit(X)
    variances = damped.variances_.astype(float)
    np.testing.assert_allclose(
        damped.transform(X).var(axis=0), variances / (variances + 0.5 * variances.mean()), rtol=1e-3
    )
    scaled = PCA(components=None, whiten=True, epsilon=0.5).fit(100 * X).transform(100 * X)
    np.testing.assert_allclose(scaled, damped.transform(X), atol=1e-3)


def test_rows_have_the_length_asked_for_whatever_their_scale() -> None:
    X = rows()
    for standardize in (False, True):
        plain = PCA(components=4, standardize=standardize).fit_transform(X)
        unit, scaled = (PCA(components=4, standardize=standardize, length=1.0).fit_transform(k * X) for k in (1, 100))
        assert np.square(unit).sum(axis=1).mean() == pytest.approx(1, rel=1e-4)
        np.testing.assert_allclose(unit, scaled, atol=1e-4)
        np.testing.assert_allclose(unit / unit[0, 0], plain / plain[0, 0], atol=1e-3)
        half = PCA(components=4, standardize=standardize, length=0.5).fit_transform(X)
        np.testing.assert_allclose(half, 0.5 * unit, atol=1e-6)
    assert not PCA(length=1.0).fit_transform(np.full((5, 3), 7, np.float32)).any()


def test_local_features_are_projected_as_rows_are() -> None:
    features = [LocalFeatures(rows(n), np.full((n, 2), 0.5, np.float32)) for n in (40, 0, 7)]
    fitted = PCA(components=3).fit(features)
    found = fitted.transform(features)
    assert [one.vectors.shape for one in found] == [(40, 3), (0, 3), (7, 3)]
    assert {one.vectors.dtype.name for one in found} == {"float32"}
    np.testing.assert_allclose(found[0].vectors, fitted.project(features[0].vectors), atol=1e-3)
    assert np.array_equal(found[np.array([2])][0].vectors, found[2].vectors)


def test_a_picture_without_features_may_have_no_columns() -> None:
    nothing = LocalFeatures(np.zeros((0, 0), np.float32), np.zeros((0, 2), np.float32))
    fitted = PCA(components=3).fit([LocalFeatures(rows(40), np.zeros((40, 2), np.float32)), nothing])
    assert fitted.transform([nothing])[0].vectors.shape == (0, 3)


def test_a_row_alone_is_a_row_in_a_batch() -> None:
    X = rows(1100, 40)
    fitted = PCA(components=9).fit(X)
    assert np.array_equal(fitted.transform(X), np.concatenate([fitted.transform(row[None]) for row in X]))


def test_equal_rows_and_constant_columns_give_finite_columns() -> None:
    X = rows(20)
    X[:, 3] = 1e6
    for whiten in (False, True, "zca"):
        for epsilon in (0.0, 0.1):
            pca = PCA(whiten=whiten, epsilon=epsilon)
            assert np.isfinite(pca.fit_transform(X)).all()
            same = pca.fit_transform(np.repeat(X[:1], 5, axis=0))
            assert same.shape[1] >= 1 and not same.any()


def test_learns_from_a_bounded_sample_by_the_seed() -> None:
    X = rows(500)
    kept = [PCA(sample=100, seed=seed).fit(X).mean_ for seed in (0, 0, 1)]
    assert np.array_equal(kept[0], kept[1]) and not np.array_equal(kept[0], kept[2])


@pytest.mark.parametrize(
    "parameters",
    [
        {"components": 0},
        {"whiten": "pca"},
        {"whiten": None},
        {"epsilon": -1.0},
        {"sample": 1},
        {"length": 0.0},
        {"length": np.nan},
        {"length": 1.0, "whiten": True},
    ],
    ids=repr,
)
def test_refuses_parameters_out_of_range(parameters: dict[str, Any]) -> None:
    with pytest.raises(ComponentError, match="allowed"):
        PCA(**parameters).fit(rows())


def test_refuses_other_columns() -> None:
    fitted = PCA().fit(rows())
    with pytest.raises(InputError, match="12 values"):
        fitted.transform(rows(5, 4))
    with pytest.raises(InputError, match="12 values"):
        list(fitted.transform([LocalFeatures(rows(5, 4), np.zeros((5, 2), np.float32))]))


def test_refuses_a_number_of_components_that_is_not_whole() -> None:
    with pytest.raises(ComponentError, match=r"components=2.5, .*allowed: components a whole number"):
        PCA(components=2.5).fit(rows())  # type: ignore[arg-type]
    assert PCA(components=np.int64(2)).fit_transform(rows()).shape == (300, 2)


def test_values_whose_variance_single_precision_cannot_hold_are_refused() -> None:
    X = rows() * np.float32(1e25)
    with pytest.raises(InputError, match=r"allowed without standardize: up to 1e.15"):
        PCA().fit(X)
    assert all(np.isfinite(value).all() for value in PCA(standardize=True).fit(X).state().values())


def test_columns_too_small_to_be_scaled_are_left() -> None:
    fitted = PCA(standardize=True).fit((rows().astype(float) * 1e-41).astype(np.float32))
    assert all(np.isfinite(value).all() for value in fitted.state().values())
