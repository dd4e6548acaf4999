from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from sightline.classical.chunks import CHUNK
from sightline.classical.classifiers.extra_trees import ExtraTrees
from sightline.classical.classifiers.forest import RandomForest
from sightline.classical.classifiers.kernel_ridge import KernelRidge
from sightline.classical.classifiers.kernel_svm import KernelSVM
from sightline.classical.classifiers.linear_svm import LinearSVM
from sightline.classical.classifiers.logistic import LogisticRegression
from sightline.classical.classifiers.neighbors import KNearestNeighbors
from sightline.classical.classifiers.ridge import Ridge
from sightline.classical.classifiers.rows import training_rows
from sightline.classical.scaling import mean_and_scale, standardized
from sightline.errors import ComponentError, InputError
from tests.classical.classifiers.conftest import draw


def test_labels_are_numbered_in_sorted_order() -> None:
    rows = training_rows(np.eye(3), ["pear", "apple", "pear"], None)
    assert rows.classes.tolist() == ["apple", "pear"] and rows.codes.tolist() == [1, 0, 1]
    rows = training_rows(np.eye(2), np.array(["b", "a"], object), None)
    assert rows.classes.dtype.kind == "U" and rows.weights.tolist() == [1, 1]


def test_balanced_classes_weigh_the_same() -> None:
    rows = training_rows(np.eye(4), [0, 1, 1, 1], [2, 1, 1, 0], "balanced")
    assert np.isclose(rows.weights[0], rows.weights[1:].sum()) and np.isclose(rows.weights.sum(), 4)


def test_a_class_that_weighs_nothing_is_balanced_with_nobody() -> None:
    rows = training_rows(np.eye(5), [0, 1, 1, 2, 2], [0, 1, 1, 3, 3], "balanced")
    np.testing.assert_allclose(rows.weights, [0, 2, 2, 2, 2])


@pytest.mark.parametrize(
    "kind",
    [Ridge, KernelRidge, RandomForest, ExtraTrees, LinearSVM, LogisticRegression],
    ids=lambda kind: kind.__name__,
)
@pytest.mark.parametrize("k", [2, 3])
def test_balanced_classifiers_learn_where_a_class_weighs_nothing(kind: Any, k: int) -> None:
    X, y = draw(60, k)
    fitted = kind(class_weight="balanced").fit(X, y, (y != 1).astype(float))
    assert np.isfinite(fitted.predict_proba(X)).all()


@pytest.mark.parametrize(
    ("y", "weights", "said"),
    [
        ([0, 1], None, "one label for each row"),
        ([0, 1, 1], [1, 1], "one finite weight"),
        ([0, 1, 1], [1, 1, -1], "one finite weight"),
        ([0, 1, 1], [1, 1, np.nan], "one finite weight"),
        ([0, 1, 1], [0, 0, 0], "not all 0"),
        ([0, 1, 1], [1e39, 1e39, 1e39], "sample_weight holds 1e.39; allowed: up to 1e.15"),
    ],
)
def test_refuses_what_does_not_fit(y: list[int], weights: list[float] | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        training_rows(np.eye(3), y, weights)


CLASSIFIERS = [
    LinearSVM(),
    LinearSVM(standardize=False),
    LogisticRegression(),
    LogisticRegression(standardize=False),
    Ridge(),
    Ridge(standardize=False),
    KernelRidge(),
    KernelRidge(standardize=True),
    KNearestNeighbors(),
    KernelSVM(),
]


@pytest.mark.parametrize("component", CLASSIFIERS, ids=repr)
@pytest.mark.parametrize("size", [1e-41, 1e-37, 1e-29, 1e-20, 1e10, 5e11])
def test_very_small_and_large_values_give_probabilities(component: Any, size: float) -> None:
    X, y = draw(60)
    X = (X.astype(float) * size).astype(np.float32)
    fitted = component.clone().fit(X, y)
    assert np.isfinite(fitted.predict_proba(X)).all()
    assert all(np.isfinite(value).all() for value in fitted.state().values() if value.dtype.kind == "f")


@pytest.mark.parametrize("component", CLASSIFIERS, ids=repr)
@pytest.mark.parametrize("size", [1e-300, 1e-39, 1e14])
def test_very_small_and_large_weights_give_probabilities(component: Any, size: float) -> None:
    X, y = draw(60)
    assert np.isfinite(component.clone().fit(X, y, np.full(60, size)).predict_proba(X)).all()


def test_neighbors_know_weights_by_their_ratios() -> None:
    X, y = draw(60)
    weights = np.random.default_rng(0).random(60)
    found = [KNearestNeighbors().fit(X, y, weights * size).predict_proba(X) for size in (1, 1e-200)]
    np.testing.assert_allclose(*found, rtol=1e-6)


def test_values_too_large_to_learn_from_as_they_come_are_refused() -> None:
    X, y = draw(60)
    for component in (LinearSVM(standardize=False), LogisticRegression(standardize=False), Ridge(standardize=False)):
        with pytest.raises(
            InputError, match=r"X holds values up to 1.0.*e.28; allowed without standardize: up to 1e.15"
        ):
            component.fit((X * np.float32(1e25)), y)


@pytest.mark.parametrize(
    "y", [["a", None, "b"], [0, None, 1], ["a", np.nan, "b"], [0, np.nan, 1], np.array(["a", np.nan, "b"], object)]
)
def test_refuses_labels_that_are_missing(y: Any) -> None:
    with pytest.raises(InputError, match=r"label that is None or NaN \(first in row 1\)"):
        training_rows(np.eye(3), y, None)


def test_takes_text_that_looks_like_nothing_and_refuses_what_has_no_order() -> None:
    assert training_rows(np.eye(2), ["nan", "None"], None).classes.tolist() == ["None", "nan"]
    with pytest.raises(InputError, match="labels that cannot be sorted"):
        training_rows(np.eye(2), np.array([1, {}], object), None)


def test_refuses_rows_without_columns() -> None:
    with pytest.raises(InputError, match=r"X has shape \(2, 0\); allowed: 1 column or more"):
        training_rows(np.zeros((2, 0)), [0, 1], None)


def test_refuses_no_rows_and_unknown_class_weight() -> None:
    with pytest.raises(InputError):
        training_rows(np.zeros((0, 3)), [], None)
    with pytest.raises(ComponentError, match="balanced"):
        training_rows(np.eye(2), [0, 1], None, "even")


def test_mean_and_scale_are_numpys_and_constant_columns_stay() -> None:
    X = np.random.default_rng(0).normal(3, 2, (CHUNK * 2 + 5, 4)).astype(np.float32)
    X[:, 2] = 0.1
    mean, scale = mean_and_scale(X, True)
    np.testing.assert_allclose(mean, X.mean(axis=0, dtype=float), rtol=1e-6)
    np.testing.assert_allclose(scale[[0, 1, 3]], X.astype(float).std(axis=0)[[0, 1, 3]], rtol=1e-6)
    assert scale[2] == 1
    Z = standardized(X, mean, scale)
    assert Z.dtype == np.float32 and np.abs(Z[:, 2]).max() < 1e-6
    assert [part.tolist() for part in mean_and_scale(X[:, :2], False)] == [[0, 0], [1, 1]]


def test_standardizing_takes_no_more_memory_than_the_rows() -> None:
    X = np.ones((20_000, 100), np.float32)
    tracemalloc.start()
    standardized(X, *mean_and_scale(X, True))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * X.nbytes
