from __future__ import annotations

import numpy as np
import pytest

from sightline.components import build
from tests.checks.specs import SPECS
from tests.pictures import mat


@pytest.mark.parametrize("spec", SPECS)
def test_scikit_learn_clones_it(spec: str) -> None:
    base = pytest.importorskip("sklearn.base")
    component = build(spec)
    copy = base.clone(component)
    assert repr(copy) == repr(component) and copy is not component
    parts, others = dict(component.inner()), dict(copy.inner())
    assert all(parts[name] is not others[name] for name in parts)


PICTURES = [mat(48, seed, broken=seed % 2 == 1) for seed in range(16)]
LABELS = np.array(["normal", "broken"] * 8)


@pytest.mark.parametrize("classifier", ["LinearSVM", "KernelSVM", "KNearestNeighbors", "RandomForest(trees=5)"])
def test_works_in_a_pipeline_under_cross_validation(classifier: str) -> None:
    pipeline = pytest.importorskip("sklearn.pipeline")
    selection = pytest.importorskip("sklearn.model_selection")
    chain = pipeline.make_pipeline(
        pipeline.make_union(build("HOG(size_px=32)"), build("ColorHistogram(bins=4)")), build(classifier)
    )
    shares = selection.cross_val_predict(chain, PICTURES, LABELS, cv=4, method="predict_proba")
    assert shares.shape == (16, 2) and np.allclose(shares.sum(axis=1), 1)


def test_local_features_work_in_a_grid_search() -> None:
    pipeline = pytest.importorskip("sklearn.pipeline")
    selection = pytest.importorskip("sklearn.model_selection")
    chain = pipeline.Pipeline(
        [("sift", build("DenseSIFT")), ("words", build("SpatialPyramid")), ("svm", build("LinearSVM"))]
    )
    grid = {"words__summary__words": [5, 10], "svm__C": [0.01, 1.0], "sift__step_px": [8]}
    search = selection.GridSearchCV(chain, grid, cv=2, error_score="raise").fit(PICTURES, LABELS)
    assert search.best_estimator_.predict(PICTURES[:3]).shape == (3,)
    assert set(search.best_params_) == set(grid)
    assert list(search.classes_) == ["broken", "normal"]


def test_scikit_learn_sees_what_is_fitted() -> None:
    validation = pytest.importorskip("sklearn.utils.validation")
    exceptions = pytest.importorskip("sklearn.exceptions")
    with pytest.raises(exceptions.NotFittedError):
        validation.check_is_fitted(build("LinearSVM"))
    validation.check_is_fitted(build("LinearSVM").fit(np.eye(2), [0, 1]))  # type: ignore[attr-defined]
    validation.check_is_fitted(build("HOG"))
