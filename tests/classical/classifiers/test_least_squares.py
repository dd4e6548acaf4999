from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers import least_squares
from sightline.classical.classifiers.least_squares import LeastSquares, weighted_mean


@pytest.mark.parametrize("d", [6, 60])
@pytest.mark.parametrize("block", [least_squares.BLOCK, 7])
def test_weights_and_left_out_answers_are_those_of_scikit_learn(
    d: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    monkeypatch.setattr(least_squares, "BLOCK", block)
    random = np.random.default_rng(0)
    X = (random.normal(0, 1, (40, d)) + 3).astype(np.float32)
    Y, weights, scale = random.normal(0, 1, (40, 2)), random.random(40) + 0.1, np.full(d, 2, np.float32)
    left_out = np.array([3, 17, 39])
    problem = LeastSquares(X, scale, Y, weights, left_out)
    for alpha in (0.1, 5.0):
        found = problem.solve(alpha)
        assert found is not None
        Z = X.astype(float) / 2
        theirs = linear.Ridge(alpha=alpha).fit(Z, Y, weights)
        np.testing.assert_allclose(found.weights, theirs.coef_.T, atol=1e-5)
        intercepts = problem.middle - problem.mean / 2 @ found.weights
        np.testing.assert_allclose(intercepts, theirs.intercept_, atol=1e-4)
        for row, answer in zip(left_out, found.answers, strict=True):
            others = np.arange(40) != row
            alone = linear.Ridge(alpha=alpha).fit(Z[others], Y[others], weights[others])
            np.testing.assert_allclose(answer, alone.predict(Z[row : row + 1])[0], atol=1e-4)


def test_an_alpha_that_is_too_small_has_no_solution() -> None:
    X = np.repeat(np.random.default_rng(0).normal(0, 1, (30, 3)), 4, axis=1).astype(np.float32)
    problem = LeastSquares(X, np.ones(12, np.float32), np.ones((30, 1)), np.ones(30), np.arange(2))
    assert problem.solve(1e-300) is None and problem.solve(1.0) is not None


def test_mean_counts_weights_and_mean_square_is_that_of_a_column() -> None:
    X = np.array([[1, 10], [3, 30]], np.float32)
    assert weighted_mean(X, np.array([3.0, 1.0])).tolist() == [1.5, 15]
    problem = LeastSquares(X, np.array([1, 10], np.float32), np.ones((2, 1)), np.ones(2), np.arange(2))
    assert np.isclose(problem.mean_square, 2)


@pytest.mark.parametrize("d", [6, 60])
def test_products_of_many_rows_are_single_precision_to_the_same_end(d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    X, Y = (random.normal(0, 1, (40, d)) + 3).astype(np.float32), random.normal(0, 1, (40, 2))
    given = X, np.ones(d, np.float32), Y, random.random(40) + 0.1, np.array([3, 17, 39])
    exact = LeastSquares(*given).solve(2.0)
    monkeypatch.setattr(least_squares, "SMALL", 0)
    quick = LeastSquares(*given).solve(2.0)
    assert exact is not None and quick is not None
    np.testing.assert_allclose(quick.weights, exact.weights, atol=1e-5)
    np.testing.assert_allclose(quick.answers, exact.answers, atol=1e-4)
    assert not np.array_equal(quick.weights, exact.weights)


def test_the_least_alpha_is_a_power_of_ten_that_can_be_solved() -> None:
    X = np.repeat(np.random.default_rng(0).normal(0, 1000, (30, 3)), 4, axis=1).astype(np.float32)
    problem = LeastSquares(X, np.ones(12, np.float32), np.ones((30, 1)), np.ones(30), np.arange(2))
    least = problem.least_alpha(1e-300)
    assert problem.solve(least) is not None and problem.solve(least / 10) is None
    assert np.isclose(np.log10(least), round(np.log10(least)))
