from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers.kernel_ridge import KernelRidge
from sightline.classical.classifiers.least_squares import LeastSquares
from sightline.errors import ComponentError
from tests.classical.classifiers.conftest import Rows, draw
from tests.contract import contract_of

test_keeps_the_contract = contract_of(
    KernelRidge(), KernelRidge(centers=5), KernelRidge(standardize=True, class_weight="balanced")
)


def margins(fitted: KernelRidge, X: np.ndarray) -> np.ndarray:
    """The least-squares answers behind the probabilities, up to a constant of each row."""
    logits = np.log(fitted.predict_proba(X).astype(np.float64))
    found = (logits - fitted.bias_) / fitted.scale_
    return found - found.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("k", [3, 5])
def test_with_all_rows_as_centers_it_solves_the_dual_exactly(k: int, unseen: np.ndarray) -> None:
    X, y = draw(150, k)
    X, gamma = X.astype(np.float64), 0.5 / X.var(axis=0).sum()
    targets = np.where(y[:, None] == np.unique(y), 1.0, -1.0)

    def kernel(A: np.ndarray) -> np.ndarray:
        return np.exp(-gamma * ((A[:, None] - X) ** 2).sum(axis=2))

    # (K + alpha I) a + b = targets, and every column of a sums to 0: least squares with a free constant b.
    system = np.block([[kernel(X) + 0.1 * np.eye(150), np.ones((150, 1))], [np.ones((1, 150)), np.zeros((1, 1))]])
    duals = np.linalg.solve(system, np.vstack([targets, np.zeros(k)]))
    exact = kernel(unseen) @ duals[:-1] + duals[-1]
    ours = margins(KernelRidge(gamma=0.5, alpha=0.1).fit(X.astype(np.float32), y), unseen)
    np.testing.assert_allclose(ours, exact - exact.mean(axis=1, keepdims=True), atol=5e-3)


def test_few_centers_answer_nearly_as_all() -> None:
    X, y = draw(600, 3)
    unseen, truth = draw(500, 3, seed=1)
    whole, few = (KernelRidge(centers=c).fit(X, y) for c in (600, 60))
    assert few.centers_.shape == (60, X.shape[1])
    assert abs(whole.score(unseen, truth) - few.score(unseen, truth)) < 0.02


def test_a_curved_border_is_learned() -> None:
    random = np.random.default_rng(0)
    X = random.normal(0, 1, (400, 2)).astype(np.float32)
    inside = (np.linalg.norm(X, axis=1) < 1).astype(int)
    assert KernelRidge(gamma=2.0).fit(X[:300], inside[:300]).score(X[300:], inside[300:]) > 0.93


def test_the_unit_of_the_rows_does_not_matter() -> None:
    X, y = draw(100, 3)
    one, other = KernelRidge().fit(X, y), KernelRidge().fit(X * 100, y)
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X * 100), atol=1e-3)


def test_rare_classes_keep_centers_when_balanced() -> None:
    X, y = draw(1000, 2)
    rare = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:20]])
    fitted = KernelRidge(centers=40, class_weight="balanced").fit(X[rare], y[rare])
    of_rare = (fitted.centers_[:, None] == X[rare][y[rare] == 1]).all(axis=2).any(axis=1).sum()
    assert of_rare >= 10


@pytest.mark.parametrize("wrong", [{"gamma": 0}, {"alpha": -1}, {"centers": 0}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ComponentError, match="allowed: above 0"):
        KernelRidge(**wrong).fit(np.eye(3, dtype=np.float32), [0, 1, 2])


def test_many_rows_choose_how_fine_the_answer_is() -> None:
    random = np.random.default_rng(0)
    X = random.random((6000, 2)).astype(np.float32)
    checkers = ((X * 5).astype(int).sum(axis=1) % 2).astype(int)
    fitted = KernelRidge(centers=300).fit(X, checkers)
    chosen = float(fitted.gamma_[0] * X.var(axis=0).sum())
    assert chosen == pytest.approx(2.0)
    few = KernelRidge(centers=300).fit(X[:500], checkers[:500])
    assert float(few.gamma_[0] * X[:500].var(axis=0).sum()) == pytest.approx(0.25)


def test_an_alpha_that_is_too_small_is_refused_with_one_that_works(
    three: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = LeastSquares.solve
    monkeypatch.setattr(LeastSquares, "solve", lambda self, alpha: solve(self, alpha) if alpha > 3e-4 else None)
    with pytest.raises(ComponentError, match=r"alpha=1e-07, too small for these rows; allowed: 0.001 and more"):
        KernelRidge(alpha=1e-7).fit(*three)
