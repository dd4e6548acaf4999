from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers.linear_svm import LinearSVM
from sightline.classical.classifiers.margins import calibrate, probabilities
from sightline.classical.classifiers.rows import training_rows
from sightline.errors import ComponentError
from tests.classical.classifiers.conftest import Rows, draw


def test_two_classes_are_a_sigmoid() -> None:
    margins = np.array([[-0.3, 0.3], [2.0, -2.0], [-900.0, 900.0]])
    shares = probabilities(margins, np.array([1.5]), np.zeros(2))
    np.testing.assert_allclose(shares[:, 1], [1 / (1 + np.exp(-0.9)), 1 / (1 + np.exp(6)), 1], rtol=1e-12)


def test_finds_the_scale_and_bias_that_made_the_labels() -> None:
    random = np.random.default_rng(0)
    margins = random.normal(0, 1, (20_000, 3))
    truth = probabilities(margins, np.array([2.5]), np.array([0.5, 0.0, -0.5]))
    codes = (random.random((20_000, 1)) > truth.cumsum(axis=1)).sum(axis=1)
    rows = training_rows(np.zeros((20_000, 1)), codes, None)
    scale, bias = calibrate(rows, 2, 0, 1.0, lambda train: lambda held: margins[held])
    np.testing.assert_allclose(scale, [2.5], rtol=0.05)
    np.testing.assert_allclose(bias, [0.5, 0, -0.5], atol=0.07)


def test_margins_are_of_rows_that_were_held_out() -> None:
    rows = training_rows(np.zeros((20, 1)), np.arange(20) % 2, None)
    seen: list[tuple[set[int], set[int]]] = []

    def fit(train: np.ndarray):  # type: ignore[no-untyped-def]
        def score(held: np.ndarray) -> np.ndarray:
            seen.append((set(train.tolist()), set(held.tolist())))
            assert np.bincount(rows.codes[held]).tolist() == [2, 2]
            return np.zeros((len(held), 2))

        return score

    calibrate(rows, 5, 0, 1.0, fit)
    assert len(seen) == 5 and set().union(*(held for _, held in seen)) == set(range(20))
    assert all(train | held == set(range(20)) and not train & held for train, held in seen)


@pytest.mark.parametrize("y", [[0, 0, 0], [0, 0, 1]])
def test_nothing_to_hold_out_keeps_the_fixed_scale(y: list[int]) -> None:
    rows = training_rows(np.zeros((3, 1)), y, None)
    scale, bias = calibrate(rows, 3, 0, 3.0, lambda train: lambda held: np.zeros((0, 0)))
    assert scale.tolist() == [3.0] and not bias.any()


def test_calibrated_probabilities_lose_less(three: Rows) -> None:
    X, y = draw(2000, seed=5)
    loss = [
        -np.log(LinearSVM(C=10, calibration_folds=folds).fit(*three).predict_proba(X)[np.arange(2000), y]).mean()
        for folds in (0, 3)
    ]
    assert loss[1] < loss[0]


def test_refuses_one_fold(three: Rows) -> None:
    with pytest.raises(ComponentError, match="allowed: 0"):
        LinearSVM(calibration_folds=1).fit(*three)
