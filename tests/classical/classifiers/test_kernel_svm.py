from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers.duels import decide
from sightline.classical.classifiers.kernel_svm import KernelSVM, class_scores
from sightline.classical.classifiers.points import points
from sightline.errors import ComponentError
from tests.classical.classifiers.conftest import Rows, draw


@pytest.mark.parametrize("k", [2, 3, 6])
@pytest.mark.parametrize("standardize", [True, False])
def test_decides_as_scikit_learn(k: int, standardize: bool, unseen: np.ndarray) -> None:
    svm = pytest.importorskip("sklearn.svm")
    X, y = draw(240, k)
    fitted = KernelSVM(standardize=standardize).fit(X, y)
    Z, unseen_z = ((rows - fitted.mean_) / fitted.deviation_ for rows in (X, unseen))
    theirs = svm.SVC(C=10.0, break_ties=k > 2, decision_function_shape="ovr").fit(Z, y)
    assert np.mean(fitted.predict(unseen) == theirs.predict(unseen_z)) >= 0.999
    decisions = decide(unseen_z, points(fitted.support_), fitted.duals_, fitted.intercepts_, float(fitted.gamma_[0]))
    scores, expected = class_scores(decisions, k), theirs.decision_function(unseen_z)
    clear = (abs(decisions) > 1e-3).all(axis=1)  # nearer to 0, the tolerance decides who wins a duel
    assert clear.mean() > 0.8
    np.testing.assert_allclose((2 * scores[:, 1] if k == 2 else scores)[clear], expected[clear], atol=1e-3)


def test_gamma_may_be_a_number(two: Rows) -> None:
    assert KernelSVM(gamma=0.5).fit(*two).gamma_.tolist() == [0.5]
    assert KernelSVM(gamma="auto").fit(*two).gamma_.tolist() == [1 / 12]
    for gamma in ("size", -1.0):
        with pytest.raises(ComponentError, match="allowed"):
            KernelSVM(gamma=gamma).fit(*two)


def test_a_class_of_weight_zero_is_never_chosen(three: Rows, unseen: np.ndarray) -> None:
    X, y = three
    fitted = KernelSVM().fit(X, y, (y != 1).astype(float))
    assert fitted.classes_.tolist() == [0, 1, 2] and set(fitted.predict(unseen)) == {0, 2}


def test_a_row_alone_is_a_row_in_a_batch(three: Rows, unseen: np.ndarray) -> None:
    fitted = KernelSVM(calibration_folds=2).fit(*three)
    alone = np.concatenate([fitted.predict_proba(row[None]) for row in unseen])
    assert np.array_equal(fitted.predict_proba(unseen), alone)


def test_constant_rows_are_learned_without_a_warning() -> None:
    shares = KernelSVM().fit(np.zeros((4, 2)), [0, 1, 0, 1]).predict_proba(np.zeros((1, 2)))
    np.testing.assert_allclose(shares, 0.5, atol=1e-6)


def test_refuses_c_of_zero(two: Rows) -> None:
    with pytest.raises(ComponentError, match="C=0"):
        KernelSVM(C=0).fit(*two)
