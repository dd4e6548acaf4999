from __future__ import annotations

import numpy as np
import pytest

from sightline.arrays import split_seed
from sightline.classical.classifiers.extra_trees import ExtraTrees
from sightline.classical.classifiers.forest import RandomForest
from sightline.classical.classifiers.trainers import random_forest
from sightline.classical.classifiers.trees import Trees
from sightline.errors import ComponentError
from tests.classical.classifiers.conftest import Rows


@pytest.mark.parametrize("min_leaf", [1, 5])
def test_gives_the_probabilities_of_its_trainer(min_leaf: int, three: Rows, unseen: np.ndarray) -> None:
    weights = np.random.default_rng(0).random(len(three[1]))
    theirs = (
        random_forest()
        .estimator(30, min_samples_leaf=min_leaf, random_state=split_seed(3, "trees"))
        .fit(*three, weights)
    )
    ours = RandomForest(trees=30, min_leaf=min_leaf, seed=3).fit(*three, weights)
    expected = theirs.predict_proba(unseen)
    shares = ours.predict_proba(unseen)
    np.testing.assert_allclose(shares, expected, atol=1e-6)
    assert np.array_equal(shares.argmax(axis=1), expected.argmax(axis=1))


def test_a_row_alone_is_a_row_in_a_batch(three: Rows, unseen: np.ndarray) -> None:
    fitted = RandomForest(trees=10).fit(*three)
    alone = np.concatenate([fitted.predict_proba(row[None]) for row in unseen])
    assert np.array_equal(fitted.predict_proba(unseen), alone)


def test_keeps_numbers_of_few_bytes(three: Rows) -> None:
    state = RandomForest(trees=5).fit(*three).state()
    assert {array.dtype.name for array in state.values()} == {"int32", "int64", "float32"}
    assert state["roots_"].tolist()[0] == 0 and len(state["features_"]) == len(state["children_"])


def test_refuses_parameters_out_of_range(three: Rows) -> None:
    with pytest.raises(ComponentError, match="trees=0"):
        RandomForest(trees=0).fit(*three)


@pytest.mark.parametrize("kind", [RandomForest, ExtraTrees])
@pytest.mark.parametrize("asked", [0, -3, 0.0, 1.5, "foo", True, float("nan")])
def test_refuses_max_features_that_no_tree_can_try(kind: type[Trees], asked: float | str, three: Rows) -> None:
    with pytest.raises(ComponentError, match=f'{kind.__name__} was given max_features={asked!r}; allowed: "sqrt"'):
        kind(trees=2, max_features=asked).fit(*three)


@pytest.mark.parametrize("asked", ["sqrt", "log2", None, 1, 500, 0.5, 1.0, np.int64(3)])
def test_takes_max_features_as_the_trainer_does(asked: float | str | None, three: Rows) -> None:
    assert RandomForest(trees=2, max_features=asked).fit(*three).is_fitted()


@pytest.mark.parametrize("kind", [RandomForest, ExtraTrees])
def test_takes_any_seed(kind: type[Trees], three: Rows) -> None:
    found = [kind(trees=2, seed=seed).fit(*three).state()["thresholds_"] for seed in (-1, 0, 2**32, 2**70)]
    assert not any(np.array_equal(found[0], other) for other in found[1:])
