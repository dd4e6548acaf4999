"""Classical pipelines as textbooks and tutorials have them, with scikit-image and scikit-learn.

A part of `classical_accuracy.py`. The best of three by cross-validated balanced accuracy on the training part answers
the test part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from skimage import feature
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

FOLDS = 5
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")


@dataclasses.dataclass(frozen=True)
class Book:
    """The answers to the test part, by test/CLASS/NAME, and which pipeline was chosen."""

    answers: dict[str, str]
    chosen: str


def answers(root: Path, groups: Mapping[str, str]) -> Book:
    """Choose on root/train, answer root/test."""
    train, test = (
        sorted(path for path in (root / part).rglob("*") if path.suffix in SUFFIXES) for part in ("train", "test")
    )
    labels = np.array([path.parent.name for path in train])
    units = np.array([groups.get("/".join(path.parts[-3:]), str(path)) for path in train])
    folds = StratifiedGroupKFold(FOLDS) if groups else StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    splits = list(folds.split(labels, labels, units))
    found = []
    for name, (describe, model, grid) in PIPELINES.items():
        vectors = np.stack([describe(path) for path in train])
        search = GridSearchCV(model, grid, scoring="balanced_accuracy", cv=splits).fit(vectors, labels)
        found.append((search.best_score_, name, describe, search))
    _, name, describe, search = max(found, key=lambda one: one[0])
    said = search.predict(np.stack([describe(path) for path in test]))
    return Book({"/".join(path.parts[-3:]): str(label) for path, label in zip(test, said, strict=True)}, name)


def read(path: Path) -> np.ndarray:
    """(h, w, 3) uint8 RGB."""
    return np.asarray(cv2.cvtColor(np.asarray(cv2.imread(str(path))), cv2.COLOR_BGR2RGB))


def hog(path: Path) -> np.ndarray:
    """9 directions, cells of 8 px, blocks of 2 x 2, of 128 x 128 px."""
    gray = cv2.cvtColor(cv2.resize(read(path), (128, 128), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    return np.asarray(feature.hog(gray, 9, (8, 8), (2, 2), block_norm="L2-Hys"))


def lbp_and_color(path: Path) -> np.ndarray:
    """Uniform patterns of 8 points at radius 1 and 24 at radius 3, and 8 bins of each channel of HSV."""
    picture = read(path)
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    parts = []
    patterns: Any = feature.local_binary_pattern  # it has no types
    for points, radius in ((8, 1), (24, 3)):
        codes = patterns(gray, points, radius, "uniform")
        parts.append(np.bincount(codes.astype(int).ravel(), minlength=points + 2) / codes.size)
    for channel in cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV_FULL)):
        parts.append(np.bincount(channel.ravel() // 32, minlength=8) / channel.size)
    return np.concatenate(parts)


def svm() -> Any:
    """Standardized columns, balanced classes."""
    return make_pipeline(StandardScaler(), SVC(class_weight="balanced"))


def grid(*costs: float) -> dict[str, list[Any]]:
    """Linear and RBF kernels."""
    return {"svc__C": list(costs), "svc__kernel": ["linear", "rbf"]}


PIPELINES: Mapping[str, tuple[Callable[[Path], np.ndarray], Any, dict[str, list[Any]]]] = {
    "HOG + SVM": (hog, svm(), grid(0.001, 0.01, 0.1, 1, 10)),
    "LBP + color + SVM": (lbp_and_color, svm(), grid(0.1, 1, 10, 100)),
    "LBP + color + forest": (
        lbp_and_color,
        RandomForestClassifier(500, class_weight="balanced", random_state=0),
        {"min_samples_leaf": [1, 3]},
    ),
}
