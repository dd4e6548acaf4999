"""Components from outside that keep the contract."""

from __future__ import annotations

from typing import Any

import numpy as np

from sightline.arrays import as_matrix
from sightline.contracts import (
    Classifier,
    GlobalDescriptor,
    LocalDescriptor,
    LocalFeatures,
    Projection,
    Summary,
)
from sightline.errors import InputError


class Mean(GlobalDescriptor):
    """Mean and deviation of the picture: turning and mirroring change nothing."""

    invariant_to = ("rotate90", "flip")

    def describe(self, picture: Any) -> Any:
        self.accepts.check(picture, "Mean")
        return np.array([picture.mean(), picture.std()], np.float32)


class Corners(LocalDescriptor):
    def describe(self, picture: Any) -> LocalFeatures:
        self.accepts.check(picture, "Corners")
        corners = np.array([[0, 0], [1, 1]], np.float32)
        return LocalFeatures(picture[[0, -1], [0, -1]].astype(np.float32), corners)


class MeanFeature(Summary):
    learned = ("origin_",)

    def __init__(self, inner: Any = None) -> None:
        self.inner_part = inner

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        return ()

    def fit(self, features: Any, y: Any = None) -> Any:
        found = [one.vectors for one in features if len(one)]
        if not found:
            raise InputError("no features")
        self.origin_ = np.concatenate(found).mean(axis=0)
        return self

    def encode(self, features: LocalFeatures) -> Any:
        if len(features) and features.vectors.shape[1] != len(self.origin_):
            raise InputError("vectors of another length")
        return features.vectors.mean(axis=0) - self.origin_ if len(features) else np.zeros_like(self.origin_)


class Centered(Projection):
    """Minus the mean of what it was fitted on."""

    learned = ("mean_",)

    def fit(self, items: Any, y: Any = None) -> Any:
        rows = as_matrix(np.concatenate([one.vectors for one in items]) if isinstance(items, list) else items)
        if not len(rows):
            raise InputError("no rows")
        self.mean_ = rows.mean(axis=0)
        return self

    def project(self, X: Any) -> Any:
        return as_matrix(X) - self.mean_


class Centers(Classifier):
    """The class whose mean row is nearest."""

    learned = ("classes_", "centers_")

    def __init__(self, sharpness: float = 1.0) -> None:
        self.sharpness = sharpness

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        X, y = as_matrix(X), np.asarray(y)
        self.classes_ = np.unique(y)
        self.centers_ = np.stack([X[y == label].mean(axis=0) for label in self.classes_])
        return self

    def predict_proba(self, X: Any) -> Any:
        near = -self.sharpness * np.stack([np.linalg.norm(as_matrix(X) - c, axis=1) for c in self.centers_], axis=1)
        shares = np.exp((near - near.max(axis=1, keepdims=True)).astype(np.float64))
        return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
