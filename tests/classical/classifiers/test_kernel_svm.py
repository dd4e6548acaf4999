from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers import duels as duels_module
from sightline.classical.classifiers.duels import Duels, decide
from sightline.classical.classifiers.kernel_svm import KernelSVM, class_scores
from sightline.classical.classifiers.points import points
from sightline.components import build
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
    duels = Duels(fitted.support_, fitted.counts_, fitted.duals_, fitted.intercepts_)
    table = decide(unseen_z, points(fitted.support_), duels, float(fitted.gamma_[0]))
    decisions = table[:, *np.triu_indices(k, 1)]
    scores, expected = class_scores(table), theirs.decision_function(unseen_z)
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


@pytest.mark.parametrize("C", [float("nan"), float("inf"), -1.0])
def test_refuses_c_that_is_no_weight(C: float, two: Rows) -> None:
    with pytest.raises(ComponentError, match="allowed: above 0, finite"):
        KernelSVM(C=C).fit(*two)


def test_refuses_gamma_without_bounds(two: Rows) -> None:
    for gamma in (float("inf"), float("nan")):
        with pytest.raises(ComponentError, match="allowed"):
            KernelSVM(gamma=gamma).fit(*two)
    with pytest.raises(ComponentError, match="gamma"):
        build("KernelSVM(gamma=1e300)")


def test_large_c_on_noise_ends_as_soon_as_libsvm() -> None:
    random = np.random.default_rng(0)
    X, y = random.standard_normal((200, 2)).astype(np.float32), random.integers(0, 2, 200)
    assert KernelSVM(C=1e3, gamma=1.0, standardize=False).fit(X, y).score(X, y) > 0.7


def test_many_classes_answer_the_same_a_few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(30), 5)
    X = (random.normal(size=(150, 8)) + 3 * random.normal(size=(30, 8))[y]).astype(np.float32)
    fitted = KernelSVM().fit(X, y)
    whole = fitted.predict_proba(X)
    monkeypatch.setattr(duels_module, "TABLE_VALUES", 30**2 * 7)
    assert np.array_equal(fitted.predict_proba(X), whole) and fitted.score(X, y) > 0.9
