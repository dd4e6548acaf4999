from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers.prototypes import Prototypes
from sightline.errors import ComponentError


def drawn(n: int, k: int = 3, d: int = 12, seed: int = 0, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    means = np.random.default_rng(7).normal(0, 1, (k, d))
    y = np.arange(n) % k
    return (means[y] + generator.normal(0, spread, (n, d))).astype(np.float32), y


def test_prototypes_are_the_means_of_the_classes() -> None:
    X, y = drawn(60)
    fitted = Prototypes().fit(X, y)
    np.testing.assert_allclose(fitted.prototypes_, [X[y == c].mean(axis=0) for c in range(3)], atol=1e-6)
    nearest = ((X[:, None] - fitted.prototypes_[None]) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(fitted.predict(X), nearest)


def test_weights_count_as_repetitions() -> None:
    X, y = drawn(30)
    weights = 1 + np.arange(30) % 3
    np.testing.assert_allclose(
        Prototypes().fit(X, y, weights).prototypes_,
        Prototypes().fit(np.repeat(X, weights, axis=0), np.repeat(y, weights)).prototypes_,
        atol=1e-5,
    )


def test_probabilities_are_calibrated_on_rows_left_out() -> None:
    X, y = drawn(60, spread=2.0)
    new, truth = drawn(3000, seed=1, spread=2.0)
    fitted = Prototypes().fit(X, y)
    chosen = fitted.predict_proba(new)[np.arange(len(new)), truth]
    loss = -np.log(np.maximum(chosen, 1e-9)).mean()
    for factor in (0.25, 4.0):  # no other sharpness would have been much better
        other = Prototypes().restore({**fitted.state(), "sharpness_": fitted.sharpness_ * factor})
        assert loss < -np.log(np.maximum(other.predict_proba(new)[np.arange(len(new)), truth], 1e-9)).mean()


def test_one_row_of_each_class_is_enough() -> None:
    X, y = drawn(3)
    shares = Prototypes().fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(shares.argmax(axis=1), y)
    assert (shares > 0).all()


def test_shrinkage_moves_small_classes_most() -> None:
    X = np.array([[0.0], [0.0], [0.0], [0.0], [6.0]], np.float32)
    fitted = Prototypes(shrinkage=0.5).fit(X, [0, 0, 0, 0, 1])
    np.testing.assert_allclose(fitted.prototypes_[:, 0], [1.2 / 5, (6 + 1.2) / 2], atol=1e-6)


def test_bad_shrinkage() -> None:
    with pytest.raises(ComponentError, match=r"shrinkage=1\.0; allowed: 0 to below 1"):
        Prototypes(shrinkage=1.0).fit(np.eye(2, dtype=np.float32), [0, 1])
