from __future__ import annotations

import numpy as np
import pytest

from sightline.checks import check_component
from sightline.classical.classifiers.distances import HISTOGRAMS
from sightline.classical.classifiers.neighbors import KNearestNeighbors
from sightline.errors import ComponentError, InputError
from tests.classical.classifiers.conftest import Rows, draw


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_decides_as_scikit_learn(weights: str, three: Rows, unseen: np.ndarray) -> None:
    neighbors = pytest.importorskip("sklearn.neighbors")
    theirs = neighbors.KNeighborsClassifier(5, weights=weights).fit(*three).predict_proba(unseen)
    ours = KNearestNeighbors(weights=weights, standardize=False).fit(*three).predict_proba(unseen)
    np.testing.assert_allclose(ours, (5 * theirs + 1 / 3) / 6, atol=1e-3)


def test_equal_rows_overrule_all_others() -> None:
    X = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], np.float32)
    fitted = KNearestNeighbors(neighbors=4).fit(X, [0, 0, 1, 2])
    np.testing.assert_allclose(fitted.predict_proba(X[:1]), (4 * np.array([[2, 1, 0]]) / 3 + 1 / 3) / 5, rtol=1e-6)


def test_no_probability_is_zero_and_few_rows_all_vote(unseen: np.ndarray) -> None:
    X, y = draw(4)
    shares = KNearestNeighbors(neighbors=50).fit(X, y).predict_proba(unseen)
    assert shares.min() > 0


def test_weights_multiply_votes() -> None:
    X, y = np.array([[0.0], [2.0]]), [0, 1]
    fitted = KNearestNeighbors(neighbors=2, standardize=False).fit(X, y, [1, 3])
    np.testing.assert_allclose(fitted.predict_proba(np.array([[1.0]])), [[1 / 3, 2 / 3]], rtol=1e-6)


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan"])
def test_a_row_alone_is_a_row_in_a_batch(metric: str, three: Rows, unseen: np.ndarray) -> None:
    X, y = np.repeat(three[0], 3, axis=0), np.roll(np.repeat(three[1], 3), 1)  # every row three times, labels mixed
    fitted = KNearestNeighbors(metric=metric).fit(X, y)
    rows = np.concatenate([unseen, X])
    alone = np.concatenate([fitted.predict_proba(row[None]) for row in rows])
    assert np.array_equal(fitted.predict_proba(rows), alone)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"neighbors": 0}, "1 or more"),
        ({"metric": "euclidian"}, 'did you mean "euclidean"'),
        ({"weights": "distances"}, 'did you mean "distance"'),
        ({"metric": "chi2"}, "add standardize=False"),
        ({"metric": "intersection"}, "add standardize=False"),
    ],
)
def test_refuses_parameters_out_of_range(parameters: dict[str, object], said: str, three: Rows) -> None:
    with pytest.raises(ComponentError, match=said):
        KNearestNeighbors(**parameters).fit(*three)  # type: ignore[arg-type]


@pytest.mark.parametrize("metric", HISTOGRAMS)
def test_histogram_metrics_refuse_negative_values(metric: str) -> None:
    fitted = KNearestNeighbors(metric=metric, standardize=False)
    with pytest.raises(InputError, match="negative"):
        fitted.fit(-np.eye(2), [0, 1])
    with pytest.raises(InputError, match="negative"):
        fitted.fit(np.eye(2), [0, 1]).predict(-np.eye(2))


@pytest.mark.parametrize("metric", HISTOGRAMS)
def test_histogram_metrics_keep_the_contract(metric: str) -> None:
    check_component(KNearestNeighbors(metric=metric, standardize=False))
