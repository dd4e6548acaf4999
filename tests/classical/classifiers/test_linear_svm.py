from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers.linear_svm import LinearSVM
from sightline.errors import ComponentError, InputError
from tests.classical.classifiers.conftest import Rows, draw


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("C", [0.001, 0.1, 1.0])
def test_decides_as_scikit_learn_at_the_same_c(k: int, C: float, unseen: np.ndarray) -> None:
    svm = pytest.importorskip("sklearn.svm")
    X, y = draw(200, k)
    mean, scale = X.mean(axis=0, dtype=float), X.astype(float).std(axis=0)
    scale[3] = 1
    theirs = svm.LinearSVC(C=C, tol=1e-8, max_iter=100_000).fit((X - mean) / scale, y)
    expected = theirs.decision_function((unseen - mean) / scale)
    ours = LinearSVM(C=C).fit(X, y).decision_function(unseen)
    np.testing.assert_allclose(ours[:, 1] if k == 2 else ours, expected, atol=0.03)


def test_weights_count_as_repetitions(three: Rows, unseen: np.ndarray) -> None:
    X, y = three
    weights = np.random.default_rng(0).integers(0, 4, len(y))
    weighted = LinearSVM(standardize=False, C=1e-5).fit(X, y, weights).decision_function(unseen)
    repeated = LinearSVM(standardize=False, C=1e-5).fit(np.repeat(X, weights, 0), np.repeat(y, weights))
    np.testing.assert_allclose(weighted, repeated.decision_function(unseen), atol=0.02)


def test_balanced_finds_more_of_a_rare_class() -> None:
    X, y = draw(400, k=2)
    keep = (y == 0) | (np.arange(400) % 20 == 1)
    rare = [
        np.mean(LinearSVM(class_weight=weight).fit(X[keep], y[keep]).predict(X) == 1) for weight in (None, "balanced")
    ]
    assert rare[1] > rare[0]


def test_a_row_alone_is_a_row_in_a_batch(three: Rows, unseen: np.ndarray) -> None:
    fitted = LinearSVM(calibration_folds=2).fit(*three)
    alone = np.concatenate([fitted.predict_proba(row[None]) for row in unseen])
    assert np.array_equal(fitted.predict_proba(unseen), alone)


def test_two_classes_have_opposite_margins(two: Rows) -> None:
    margins = LinearSVM().fit(*two).decision_function(two[0])
    np.testing.assert_array_equal(margins[:, 0], -margins[:, 1])


def test_more_columns_than_rows() -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(0, 1, (20, 3000)).astype(np.float32), np.arange(20) % 2
    assert LinearSVM().fit(X, y).score(X, y) == 1


def test_refuses_bad_input(three: Rows) -> None:
    with pytest.raises(ComponentError, match="C=0"):
        LinearSVM(C=0).fit(*three)
    with pytest.raises(InputError, match="rows of 12 values and given rows of 5"):
        LinearSVM().fit(*three).predict(three[0][:, :5])
    with pytest.raises(ComponentError, match="not been fitted"):
        LinearSVM().predict(three[0])
