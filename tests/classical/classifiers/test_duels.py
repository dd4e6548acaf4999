from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers import duels
from sightline.classical.classifiers.duels import Duels, decide, train_duels
from sightline.classical.classifiers.points import points
from tests.classical.classifiers.conftest import draw


def decisions(trained: Duels, rows: np.ndarray, gamma: float = 0.1) -> np.ndarray:
    """(n, p): the values of the pairs a < b."""
    k = len(trained.counts)
    return decide(rows, points(trained.vectors), trained, gamma)[:, *np.triu_indices(k, 1)]


def standard(n: int, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    X, y = draw(n, k, seed)
    X = X - X.mean(axis=0)
    return X / np.maximum(X.std(axis=0), 1), y


@pytest.fixture(params=["all at once", "pair by pair"], autouse=True)
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are trained by one call, many pair by pair: alike."""
    if request.param == "pair by pair":
        monkeypatch.setattr(duels, "SMALL", 0)
        monkeypatch.setattr(duels, "LARGER", 0)


@pytest.mark.parametrize("weighted", [False, True])
def test_every_pair_is_what_libsvm_trains_in_a_row(weighted: bool) -> None:
    svm = pytest.importorskip("sklearn.svm")
    Z, y = standard(300, 4)
    weights = np.random.default_rng(0).random(300) + 0.1 if weighted else np.ones(300)
    trained = train_duels(Z, y, 4, weights, 3.0, 0.1)
    theirs = svm.SVC(C=3.0, gamma=0.1, decision_function_shape="ovo").fit(Z, y, weights)
    rows = standard(200, 4, seed=1)[0]
    np.testing.assert_allclose(decisions(trained, rows), theirs.decision_function(rows), atol=2e-3)
    assert abs(len(trained.vectors) - len(theirs.support_)) <= 3


def test_two_classes_are_positive_for_the_first() -> None:
    Z, y = standard(80, 2)
    found = decisions(train_duels(Z, y, 2, np.ones(80), 10.0, 0.1), Z)
    assert np.mean((found[:, 0] > 0) == (y == 0)) > 0.9


def test_order_of_rows_does_not_change_the_decisions() -> None:
    Z, y = standard(200, 3)
    order = np.random.default_rng(0).permutation(200)
    first = decisions(train_duels(Z, y, 3, np.ones(200), 1.0, 0.1), Z)
    second = decisions(train_duels(Z[order], y[order], 3, np.ones(200), 1.0, 0.1), Z)
    np.testing.assert_allclose(first, second, atol=3e-3)


def test_a_class_without_weight_loses_and_one_class_alone_has_no_duel() -> None:
    Z, y = standard(90, 3)
    trained = train_duels(Z, y, 3, (y != 1).astype(float), 1.0, 0.1)
    assert (decisions(trained, Z)[:, 0] == 1).all() and (decisions(trained, Z)[:, 2] == -1).all()
    alone = train_duels(Z, np.zeros(90, int), 1, np.ones(90), 1.0, 0.1)
    assert alone.vectors.shape == (1, 12) and alone.duals.shape == (1, 0) and decisions(alone, Z).shape == (90, 0)


def test_blocks_of_support_vectors_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    Z, y = standard(200, 3)
    trained = train_duels(Z, y, 3, np.ones(200), 1.0, 0.1)
    whole = decisions(trained, Z)
    monkeypatch.setattr(duels, "VECTORS", 7)
    np.testing.assert_allclose(decisions(trained, Z), whole, rtol=1e-9, atol=1e-12)


def test_decisions_of_two_classes_are_opposite() -> None:
    Z, y = standard(90, 3)
    trained = train_duels(Z, y, 3, np.ones(90), 1.0, 0.1)
    table = decide(Z, points(trained.vectors), trained, 0.1)
    assert np.array_equal(table, -np.swapaxes(table, 1, 2)) and trained.counts.sum() == len(trained.vectors)


def test_very_many_classes_take_little_memory() -> None:
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(60), 4)
    Z = (random.normal(size=(240, 8)) + 3 * random.normal(size=(60, 8))[y]).astype(np.float32)
    trained = train_duels(Z, y, 60, np.ones(240), 10.0, 0.05)
    assert trained.duals.shape == (len(trained.vectors), 59)
    votes = (decide(Z, points(trained.vectors), trained, 0.05) > 0).sum(axis=2)
    assert np.mean(votes.argmax(axis=1) == y) > 0.9
