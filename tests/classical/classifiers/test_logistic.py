from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers.logistic import LogisticRegression
from sightline.errors import ComponentError
from tests.classical.classifiers.conftest import Rows, draw
from tests.contract import contract_of

test_keeps_the_contract = contract_of(
    LogisticRegression(), LogisticRegression(calibration_folds=2, class_weight="balanced", standardize=False)
)


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("C", [0.001, 0.1, 10.0])
def test_agrees_with_scikit_learn_at_the_same_c(k: int, C: float, unseen: np.ndarray) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    X, y = draw(200, k)
    weights = np.random.default_rng(0).random(200)
    mean, scale = X.mean(axis=0, dtype=float), X.astype(float).std(axis=0)
    scale[3] = 1
    theirs = linear.LogisticRegression(C=C, tol=1e-8, max_iter=10_000).fit((X - mean) / scale, y, weights)
    ours = LogisticRegression(C=C).fit(X, y, weights)
    np.testing.assert_allclose(ours.predict_proba(unseen), theirs.predict_proba((unseen - mean) / scale), atol=2e-3)
    np.testing.assert_allclose(ours.coefficients_ * scale[:, None], theirs.coef_.T, atol=5e-3)


def test_shares_are_the_softmax_of_the_margins(three: Rows, two: Rows) -> None:
    for X, y in (three, two):
        fitted = LogisticRegression().fit(X, y)
        margins = fitted.decision_function(X).astype(float)
        odds = np.exp(margins if margins.ndim == 2 else np.stack([np.zeros(len(X)), margins], axis=1))
        np.testing.assert_allclose(fitted.predict_proba(X), odds / odds.sum(axis=1, keepdims=True), atol=1e-5)


def test_more_columns_than_rows_and_columns_that_are_constant() -> None:
    X, y = np.random.default_rng(0).normal(0, 1, (20, 3000)).astype(np.float32), np.arange(20) % 2
    X[:, :10] = 7
    fitted = LogisticRegression().fit(X, y)
    assert fitted.score(X, y) == 1 and not fitted.coefficients_[:10].any()


def test_a_class_of_weight_zero_is_never_chosen(three: Rows, unseen: np.ndarray) -> None:
    X, y = three
    assert set(LogisticRegression().fit(X, y, (y != 1).astype(float)).predict(unseen)) == {0, 2}


def test_refuses_c_of_zero(two: Rows) -> None:
    with pytest.raises(ComponentError, match="C=0"):
        LogisticRegression(C=0).fit(*two)
