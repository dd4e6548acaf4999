from __future__ import annotations

import sys
from importlib.metadata import version

import numpy as np
import pytest

from sightline.classical.classifiers import duels
from sightline.classical.classifiers.forest import RandomForest
from sightline.classical.classifiers.kernel_svm import KernelSVM
from sightline.classical.classifiers.trainers import extra_trees, random_forest, support_vectors
from tests.classical.classifiers.conftest import draw


def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sklearnex", "sklearnex.svm", "sklearnex.ensemble"):
        monkeypatch.setitem(sys.modules, name, None)


def test_without_the_extra_scikit_learn_trains_and_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_extra(monkeypatch)
    for trainer in (support_vectors(True), support_vectors(False), random_forest(), extra_trees()):
        assert trainer.estimator.__module__.startswith("sklearn.")
        assert trainer.versions() == {"scikit-learn": version("scikit-learn")}
    fitted = KernelSVM().fit(*draw(60))
    assert fitted.trained_with == {"scikit-learn": version("scikit-learn")}
    assert fitted.clone().trained_with == {} and "trained_with" not in fitted.state()


def test_with_the_extra_it_trains_and_is_recorded() -> None:
    pytest.importorskip("sklearnex")
    assert random_forest().estimator.__module__.startswith("sklearnex.")
    assert set(random_forest().versions()) == {"scikit-learn", "scikit-learn-intelex"}
    assert set(RandomForest(trees=5).fit(*draw(60)).trained_with) == {"scikit-learn", "scikit-learn-intelex"}
    for trainer in (support_vectors(True), extra_trees()):
        assert list(trainer.versions()) == ["scikit-learn"]


def test_with_the_extra_results_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearnex")
    monkeypatch.setattr(duels, "KERNEL_BYTES", 0)  # every pair is trained by the extra
    X, y = draw(600, 4)
    unseen, truth = draw(1000, 4, seed=1)
    fast_machine, fast_forest = KernelSVM().fit(X, y), RandomForest(trees=100).fit(X, y)
    assert "scikit-learn-intelex" in fast_machine.trained_with
    without_the_extra(monkeypatch)
    machine, forest = KernelSVM().fit(X, y), RandomForest(trees=100).fit(X, y)
    assert np.mean(fast_machine.predict(unseen) == machine.predict(unseen)) > 0.995
    np.testing.assert_allclose(fast_machine.predict_proba(unseen), machine.predict_proba(unseen), atol=0.01)
    assert abs(fast_forest.score(unseen, truth) - forest.score(unseen, truth)) < 0.03
