from __future__ import annotations

import numpy as np
import pytest

from sightline.components import build
from sightline.contracts import Classifier
from sightline.exporting.heads import head_of


def softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize(
    "spec",
    [
        "LogisticRegression()", "LogisticRegression(standardize=False, calibration_folds=3)", "LinearSVM()",
        "LinearSVM(calibration_folds=3)", "Ridge()", "Prototypes()", "Prototypes(standardize=True, shrinkage=0.5)",
    ],
)  # fmt: skip
def test_a_head_answers_as_its_classifier(spec: str, k: int) -> None:
    generator = np.random.default_rng(0)
    y = np.arange(60) % k
    X = (generator.normal(0, 1, (60, 5)) + y[:, None]).astype(np.float32)
    classifier = build(spec)
    assert isinstance(classifier, Classifier)
    head = head_of(classifier.fit(X, y))
    assert head is not None
    found = softmax(X.astype(np.float64) @ head.weights + head.shift)
    np.testing.assert_allclose(found, classifier.predict_proba(X), atol=1e-6)


def test_others_have_none() -> None:
    X, y = np.random.default_rng(0).random((20, 3), np.float32), np.arange(20) % 2
    for spec in ("KNearestNeighbors()", "RandomForest(trees=3)", "KernelSVM()"):
        classifier = build(spec)
        assert isinstance(classifier, Classifier)
        assert head_of(classifier.fit(X, y)) is None
