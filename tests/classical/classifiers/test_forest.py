from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers.forest import RandomForest
from sightline.classical.classifiers.trainers import random_forest
from sightline.errors import ComponentError
from tests.classical.classifiers.conftest import Rows


@pytest.mark.parametrize("min_leaf", [1, 5])
def test_gives_the_probabilities_of_its_trainer(min_leaf: int, three: Rows, unseen: np.ndarray) -> None:
    weights = np.random.default_rng(0).random(len(three[1]))
    theirs = random_forest().estimator(30, min_samples_leaf=min_leaf, random_state=3).fit(*three, weights)
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
