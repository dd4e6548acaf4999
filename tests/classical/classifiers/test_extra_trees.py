from __future__ import annotations

import numpy as np
import pytest

from sightline.arrays import split_seed
from sightline.classical.classifiers.extra_trees import ExtraTrees
from sightline.errors import ComponentError
from tests.classical.classifiers.conftest import Rows
from tests.contract import contract_of

SMALL = ExtraTrees(trees=10, class_weight="balanced")


test_keeps_the_contract = contract_of(SMALL)


@pytest.mark.parametrize("min_leaf", [1, 5])
def test_gives_the_probabilities_of_scikit_learn(min_leaf: int, three: Rows, unseen: np.ndarray) -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    weights = np.random.default_rng(0).random(len(three[1]))
    theirs = ensemble.ExtraTreesClassifier(30, min_samples_leaf=min_leaf, random_state=split_seed(3, "trees")).fit(
        *three, weights
    )
    ours = ExtraTrees(trees=30, min_leaf=min_leaf, seed=3).fit(*three, weights)
    np.testing.assert_allclose(ours.predict_proba(unseen), theirs.predict_proba(unseen), atol=1e-6)


def test_says_who_trained_it(three: Rows) -> None:
    assert list(ExtraTrees(trees=2).fit(*three).trained_with) == ["scikit-learn"]


def test_refuses_parameters_out_of_range(three: Rows) -> None:
    with pytest.raises(ComponentError, match="ExtraTrees was given trees=5, min_leaf=0"):
        ExtraTrees(trees=5, min_leaf=0).fit(*three)
