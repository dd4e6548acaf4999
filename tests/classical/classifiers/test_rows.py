from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from sightline.classical.chunks import CHUNK
from sightline.classical.classifiers.rows import training_rows
from sightline.classical.scaling import mean_and_scale, standardized
from sightline.errors import ComponentError, InputError


def test_labels_are_numbered_in_sorted_order() -> None:
    rows = training_rows(np.eye(3), ["pear", "apple", "pear"], None)
    assert rows.classes.tolist() == ["apple", "pear"] and rows.codes.tolist() == [1, 0, 1]
    rows = training_rows(np.eye(2), np.array(["b", "a"], object), None)
    assert rows.classes.dtype.kind == "U" and rows.weights.tolist() == [1, 1]


def test_balanced_classes_weigh_the_same() -> None:
    rows = training_rows(np.eye(4), [0, 1, 1, 1], [2, 1, 1, 0], "balanced")
    assert np.isclose(rows.weights[0], rows.weights[1:].sum()) and np.isclose(rows.weights.sum(), 4)


@pytest.mark.parametrize(
    ("y", "weights", "said"),
    [
        ([0, 1], None, "one label for each row"),
        ([0, 1, 1], [1, 1], "one finite weight"),
        ([0, 1, 1], [1, 1, -1], "one finite weight"),
        ([0, 1, 1], [1, 1, np.nan], "one finite weight"),
        ([0, 1, 1], [0, 0, 0], "not all 0"),
    ],
)
def test_refuses_what_does_not_fit(y: list[int], weights: list[float] | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        training_rows(np.eye(3), y, weights)


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
