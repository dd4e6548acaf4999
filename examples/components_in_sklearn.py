"""Sightline's descriptors inside scikit-learn: python examples/components_in_sklearn.py

Components follow the estimator protocol, so a Pipeline, a FeatureUnion and a grid search take them as they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline

from sightline.classical.classifiers import LinearSVM
from sightline.classical.descriptors import HOG, ColorHistogram


def main() -> None:
    """Choose the cell size of HOG and the strength of the SVM by cross-validation."""
    pictures, labels = drawn(60)
    pipeline = Pipeline(
        [
            ("describe", FeatureUnion([("shape", HOG()), ("color", ColorHistogram())])),
            ("classify", LinearSVM()),
        ]
    )
    search = GridSearchCV(pipeline, {"describe__shape__cell_px": [8, 16], "classify__C": [0.1, 1.0]}, cv=3)
    search.fit(pictures, labels)
    print(f"best: {search.best_params_}")
    print(f"accuracy in cross-validation: {search.best_score_:.3f}")


def drawn(n: int) -> tuple[list[npt.NDArray[np.uint8]], list[str]]:
    """`n` noisy pictures of stripes, (64, 64, 3) uint8 RGB: lying ones and standing ones in turn."""
    random = np.random.default_rng(0)
    wave = 40 * np.sin(np.arange(64) / 3)
    pictures = []
    for i in range(n):
        stripes = wave[:, None] if i % 2 == 0 else wave[None, :]
        noisy = 120 + stripes + random.normal(0, 20, (64, 64))
        pictures.append(np.repeat(noisy.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2))
    return pictures, ["lying" if i % 2 == 0 else "standing" for i in range(n)]


if __name__ == "__main__":
    main()
