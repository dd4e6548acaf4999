from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.projections import axes
from sightline.classical.projections.axes import covariance_axes, principal_axes


def rows(n: int, d: int, seed: int = 0) -> np.ndarray:
    """Centered rows whose variances fall by a tenth from axis to axis, turned."""
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.normal(size=(d, d)))[0]
    drawn = (random.normal(size=(n, d)) * 0.95 ** np.arange(d)) @ turn
    return (drawn - drawn.mean(axis=0)).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(200, 30), (30, 200), (40, 40)])
def test_axes_are_those_of_numpys_singular_values(n: int, d: int) -> None:
    Z = rows(n, d)
    variances, found = principal_axes(Z, 10, 0)
    _, singular, expected = np.linalg.svd(Z.astype(float), full_matrices=False)
    np.testing.assert_allclose(variances, singular[:10] ** 2 / n, rtol=1e-5)
    np.testing.assert_allclose(np.abs((found * expected[:10].T).sum(axis=0)), 1, atol=1e-6)
    assert (np.take_along_axis(found, np.abs(found).argmax(axis=0)[None], 0) > 0).all()


@pytest.mark.parametrize(("n", "d"), [(400, 120), (120, 400)])
def test_iterated_axes_hold_as_much_variance_as_exact_ones(n: int, d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    Z = rows(n, d)
    exact = principal_axes(Z, 8, 0)[0].sum()
    monkeypatch.setattr(axes, "EXACT_SIDE", 50)
    variances, found = principal_axes(Z, 8, 0)
    assert found.shape == (d, 8) and (np.diff(variances) <= 0).all()
    assert 0.999 * exact < variances.sum() < 1.0001 * exact
    np.testing.assert_allclose(found.T @ found, np.eye(8), atol=1e-5)
    np.testing.assert_allclose(((Z @ found) ** 2).mean(axis=0), variances, rtol=1e-4)


def test_there_are_no_more_axes_than_dimensions_spanned() -> None:
    Z = np.repeat(rows(3, 20), 5, axis=0)  # 3 distinct rows, centered: a plane
    Z -= Z.mean(axis=0)
    assert principal_axes(Z, 10, 0)[1].shape == (20, 2)
    assert principal_axes(np.zeros((4, 6), np.float32), 3, 0)[1].shape == (6, 0)


def test_covariance_axes_give_the_covariance_back() -> None:
    Z = rows(3000, 12)
    variances, found = covariance_axes(Z)
    np.testing.assert_allclose((found * variances) @ found.T, Z.T.astype(float) @ Z / len(Z), atol=1e-6)
