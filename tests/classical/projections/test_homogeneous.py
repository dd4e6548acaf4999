from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.classifiers.linear_svm import LinearSVM
from sightline.classical.projections.homogeneous import PERIODS, HomogeneousMap
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of

ERRORS = {
    "chi2": (0.032, 0.013, 0.006, 0.003, 0.002),
    "intersection": (0.105, 0.079, 0.064, 0.054, 0.047),
    "js": (0.018, 0.007, 0.003, 0.0014, 0.0007),
}


test_keeps_the_contract = contract_of(
    HomogeneousMap(), HomogeneousMap(kernel="intersection", order=2), HomogeneousMap(kernel="js", period=9.0)
)


def exact(kernel: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {
            "chi2": 2 * x * y / (x + y),
            "intersection": np.minimum(x, y),
            "js": x / 2 * np.log2((x + y) / x) + y / 2 * np.log2((x + y) / y),
        }[kernel]
    return np.nan_to_num(values)


@pytest.mark.parametrize("kernel", PERIODS)
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_products_are_the_kernel_within_the_error_that_is_said(kernel: str, order: int) -> None:
    values = np.concatenate([[0.0], np.geomspace(1e-4, 1, 200)])
    mapped = HomogeneousMap(kernel=kernel, order=order).fit_transform(values[:, None].astype(np.float32)).astype(float)
    error = np.abs(mapped @ mapped.T - exact(kernel, values[:, None], values[None])).max()
    assert error < ERRORS[kernel][order - 1]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_chi2_agrees_with_scikit_learn(order: int) -> None:
    approximation = pytest.importorskip("sklearn.kernel_approximation")
    X = np.random.default_rng(0).random((20, 7)).astype(np.float32)
    X[3, 2] = 0
    theirs = approximation.AdditiveChi2Sampler(sample_steps=order + 1, sample_interval=0.5).fit_transform(X)
    ours = HomogeneousMap(order=order, period=2 * np.pi / 0.5).fit_transform(X)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_linear_classifier_behind_it_tells_apart_what_it_cannot_alone() -> None:
    random = np.random.default_rng(0)
    X = random.random((400, 2)).astype(np.float32)
    y = (np.abs(X - 0.5).max(axis=1) < 0.35).astype(int)  # a square in the middle
    alone = LinearSVM(C=1).fit(X, y).score(X, y)
    behind = LinearSVM(C=1).fit(HomogeneousMap(order=3).fit_transform(X), y)
    assert behind.score(HomogeneousMap(order=3).project(X), y) > 0.9 > 0.8 > alone


def test_refuses_negative_values_in_fit_and_project() -> None:
    X = np.array([[0.0, 1.0], [0.5, -0.1]], np.float32)
    for call in (HomogeneousMap().fit, HomogeneousMap().project):
        with pytest.raises(InputError, match=r"negative values \(first in row 1\); allowed: 0 or more"):
            call(X)


@pytest.mark.parametrize("parameters", [{"kernel": "chi"}, {"order": 0}, {"order": 6}, {"period": 0.0}])
def test_refuses_parameters_out_of_range(parameters: dict[str, Any]) -> None:
    with pytest.raises(ComponentError):
        HomogeneousMap(**parameters).fit(np.eye(2, dtype=np.float32))
