from __future__ import annotations

import sys
from importlib.metadata import version

import pytest

from sightline.classical.classifiers.extra_trees import ExtraTrees
from sightline.classical.classifiers.forest import RandomForest
from sightline.classical.classifiers.trainers import extra_trees, random_forest
from tests.classical.classifiers.conftest import draw


def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sklearnex", "sklearnex.ensemble"):
        monkeypatch.setitem(sys.modules, name, None)


def test_without_the_extra_scikit_learn_trains_and_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_extra(monkeypatch)
    for trainer in (random_forest(), extra_trees()):
        assert trainer.estimator.__module__.startswith("sklearn.")
        assert trainer.versions() == {"scikit-learn": version("scikit-learn")}
    fitted = ExtraTrees(trees=2).fit(*draw(60))
    assert fitted.trained_with == {"scikit-learn": version("scikit-learn")}
    assert fitted.clone().trained_with == {} and "trained_with" not in fitted.state()


def test_with_the_extra_it_trains_and_is_recorded() -> None:
    pytest.importorskip("sklearnex")
    assert random_forest().estimator.__module__.startswith("sklearnex.")
    assert set(random_forest().versions()) == {"scikit-learn", "scikit-learn-intelex"}
    assert set(RandomForest(trees=5).fit(*draw(60)).trained_with) == {"scikit-learn", "scikit-learn-intelex"}
    assert list(extra_trees().versions()) == ["scikit-learn"]


def test_with_the_extra_results_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearnex")
    X, y = draw(600, 4)
    unseen, truth = draw(1000, 4, seed=1)
    fast = RandomForest(trees=100).fit(X, y)
    without_the_extra(monkeypatch)
    assert abs(fast.score(unseen, truth) - RandomForest(trees=100).fit(X, y).score(unseen, truth)) < 0.03
