from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers import left_out
from sightline.classical.classifiers.ridge import Ridge, lowest
from sightline.errors import ComponentError, InputError
from tests.classical.classifiers.conftest import Rows, draw
from tests.contract import contract_of

test_keeps_the_contract = contract_of(Ridge(), Ridge(alpha=2.0, standardize=False), Ridge(class_weight="balanced"))


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("n", [200, 10])
def test_agrees_with_scikit_learn_at_the_same_alpha(k: int, n: int, unseen: np.ndarray) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    X, y = draw(n, k)
    weights = np.random.default_rng(0).random(n) + 0.1
    theirs = linear.RidgeClassifier(alpha=2.5).fit(X.astype(float), y, weights).decision_function(unseen)
    ours = Ridge(alpha=2.5, standardize=False).fit(X, y, weights).decision_function(unseen)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_chosen_alpha_errs_on_unseen_rows_as_little_as_the_best() -> None:
    random = np.random.default_rng(0)
    X, y = draw(80, 3)
    X = np.hstack([X, random.normal(0, 1, (80, 300))]).astype(np.float32)
    unseen, truth = draw(900, 3, seed=1)
    unseen = np.hstack([unseen, random.normal(0, 1, (900, 300))]).astype(np.float32)
    goals = np.where(truth[:, None] == np.arange(3), 1, -1)
    errors = [
        float(((Ridge(alpha=alpha).fit(X, y).decision_function(unseen) - goals) ** 2).mean())
        for alpha in (None, *(10.0**power for power in range(-2, 7)))
    ]
    assert errors[0] < 1.02 * min(errors[1:]) < 0.7 * max(errors[1:])


def test_probabilities_are_calibrated_without_another_fit() -> None:
    X, y = draw(300, 3)
    unseen, truth = draw(3000, 3, seed=1)
    shares = Ridge().fit(X, y).predict_proba(unseen)
    sure = shares.max(axis=1)
    assert abs(sure.mean() - np.mean(shares.argmax(axis=1) == truth)) < 0.05


def test_some_rows_are_left_out_where_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = draw(400, 3)
    whole = Ridge().fit(X, y)
    monkeypatch.setattr(left_out, "LEFT_OUT", 150)
    some = Ridge().fit(X, y)
    assert some.alpha_ != whole.alpha_
    np.testing.assert_allclose(np.log10(some.alpha_), np.log10(whole.alpha_), atol=1.2)
    assert np.mean(some.predict(X) == whole.predict(X)) > 0.95


def test_lowest_finds_the_vertex_of_a_parabola_from_either_side() -> None:
    for at in (-4.3, -1.0, 0.2, 2.6):
        assert np.isclose(np.log10(lowest(lambda value, at=at: (np.log10(value) - at) ** 2)), at)  # type: ignore[misc]
    assert lowest(lambda value: value) == 1e-6 and lowest(lambda value: -value) == 1e4
    assert lowest(lambda value: np.inf if value < 1 else value) == 1


def test_constant_rows_and_a_class_of_one_row_are_learned() -> None:
    np.testing.assert_allclose(Ridge().fit(np.zeros((4, 2)), [0, 1, 0, 1]).predict_proba(np.zeros((1, 2))), 0.5)
    X, y = draw(10)
    y[y == 2] = 1
    y[0] = 2
    assert np.isfinite(Ridge().fit(X, y).predict_proba(X)).all()


def test_a_class_of_weight_zero_is_never_chosen(three: Rows, unseen: np.ndarray) -> None:
    X, y = three
    assert set(Ridge().fit(X, y, (y != 1).astype(float)).predict(unseen)) == {0, 2}


def test_balanced_finds_more_of_a_rare_class() -> None:
    X, y = draw(400, k=2)
    keep = (y == 0) | (np.arange(400) % 20 == 1)
    rare = [np.mean(Ridge(class_weight=weight).fit(X[keep], y[keep]).predict(X) == 1) for weight in (None, "balanced")]
    assert rare[1] > rare[0]


def test_refuses_bad_input(three: Rows) -> None:
    with pytest.raises(ComponentError, match="alpha=0"):
        Ridge(alpha=0.0).fit(*three)
    X = np.repeat(three[0], 2, axis=1)
    with pytest.raises(ComponentError, match=r"alpha=1e-300, too small .* allowed: 1e-\d+ and more, or None") as error:
        Ridge(alpha=1e-300).fit(X, three[1])
    assert Ridge(alpha=float(str(error.value).split()[-5])).fit(X, three[1]).score(X, three[1]) > 0.5
    with pytest.raises(InputError, match="rows of 12 values and given rows of 5"):
        Ridge().fit(*three).predict(three[0][:, :5])


@pytest.mark.parametrize("offset", [0, 1.8e6])
@pytest.mark.parametrize("alpha", [9363.5, 1.0, 1e-9])
def test_small_problems_take_any_alpha_within_the_limits(offset: float, alpha: float) -> None:
    X, y = np.random.default_rng(0).uniform(-1.8e6, 1.8e6, (13, 28)).astype(np.float32), np.arange(13) % 3
    fitted = Ridge(alpha=alpha, standardize=False).fit(X + np.float32(offset), y)
    assert np.isfinite(fitted.predict_proba(X)).all()
