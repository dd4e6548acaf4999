from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers.kernel_ridge import KernelRidge
from sightline.classical.classifiers.linear import LinearClassifier
from sightline.classical.classifiers.linear_svm import LinearSVM
from sightline.classical.classifiers.logistic import LogisticRegression
from sightline.classical.classifiers.ridge import Ridge
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
    np.testing.assert_allclose(ours, expected, atol=0.03)


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


def test_two_classes_have_one_margin_positive_for_the_second(two: Rows) -> None:
    for component in (LinearSVM(), LogisticRegression(), Ridge()):
        fitted = component.fit(*two)
        margins = fitted.decision_function(two[0])
        assert margins.shape == (len(two[0]),) and margins.dtype == np.float32
        np.testing.assert_array_equal(margins > 0, fitted.predict(two[0]) == fitted.classes_[1])


@pytest.mark.parametrize("component", [LinearSVM(), LogisticRegression(), Ridge()], ids=repr)
def test_tools_of_scikit_learn_read_the_margins_of_two_classes(component: LinearClassifier, two: Rows) -> None:
    calibration = pytest.importorskip("sklearn.calibration")
    from sklearn.metrics import get_scorer, roc_auc_score
    from sklearn.multiclass import OneVsRestClassifier

    X, y = two
    names = np.array(["bad", "good"])[y]
    fitted = component.clone().fit(X, names)
    area = roc_auc_score(y, fitted.decision_function(X))
    assert area > 0.9
    assert np.isclose(get_scorer("roc_auc")(fitted, X, names), area)
    calibrated = calibration.CalibratedClassifierCV(component.clone(), cv=3).fit(X, names)
    assert calibrated.score(X, names) > 0.9
    assert OneVsRestClassifier(component.clone()).fit(*draw(150, 3)).score(*draw(150, 3)) > 0.7
    assert OneVsRestClassifier(component.clone()).fit(X, names).score(X, names) > 0.9


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


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_refuses_a_weight_that_is_no_number(value: float, three: Rows) -> None:
    for component in (LinearSVM(C=value), LogisticRegression(C=value), Ridge(alpha=value), KernelRidge(alpha=value)):
        with pytest.raises(ComponentError, match=f"{type(component).__name__} was given (C|alpha|gamma)=.*finite"):
            component.fit(*three)
    with pytest.raises(ComponentError, match="KernelRidge was given gamma="):
        KernelRidge(gamma=value).fit(*three)
