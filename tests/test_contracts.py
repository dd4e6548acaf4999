from __future__ import annotations

import numpy as np
import pytest

from sightline.arrays import Picture, Vector
from sightline.contracts import (
    Accepts,
    Classifier,
    Described,
    GlobalDescriptor,
    LocalFeatures,
    Summary,
    positions_of,
    stack,
)
from sightline.errors import ComponentError, InputError


class Mean(GlobalDescriptor):
    """Mean color."""

    def __init__(self, power: float = 1.0) -> None:
        self.power = power

    def describe(self, picture: Picture) -> Vector:
        self.accepts.check(picture, "Mean")
        return (picture.mean(axis=(0, 1)) ** self.power).astype(np.float32)


class Inner(Summary):
    """Remembers the mean vector."""

    learned = ("mean_",)

    def __init__(self, scale: int = 1) -> None:
        self.scale = scale

    def fit(self, features, y=None):
        self.mean_ = np.mean([one.vectors.mean(axis=0) for one in features], axis=0).astype(np.float32)
        return self

    def encode(self, features: LocalFeatures) -> Vector:
        return features.vectors.mean(axis=0) - self.mean_ * self.scale


class Outer(Summary):
    """Wraps another summary."""

    def __init__(self, summary: Inner) -> None:
        self.summary = summary

    def fit(self, features, y=None):
        self.summary.fit(features, y)
        return self

    def encode(self, features: LocalFeatures) -> Vector:
        return self.summary.encode(features)


FEATURES = [LocalFeatures(np.full((2, 3), i, np.float32), np.zeros((2, 2), np.float32)) for i in range(3)]


def test_parameters_by_name_inner_ones_with_two_underscores() -> None:
    outer = Outer(Inner())
    assert outer.get_params() == {"summary": outer.summary, "summary__scale": 1}
    outer.set_params(summary__scale=3)
    assert outer.summary.scale == 3
    with pytest.raises(ComponentError, match='no parameter "scal'):
        outer.summary.set_params(scal=3)


def test_repr_leaves_defaults_out() -> None:
    assert repr(Mean()) == "Mean()"
    assert repr(Outer(Inner(scale=2))) == "Outer(summary=Inner(scale=2))"


def test_state_of_inner_components_travels() -> None:
    outer = Outer(Inner(2)).fit(FEATURES)
    state = outer.state()
    assert list(state) == ["summary/mean_"]
    fresh = outer.clone()
    assert not fresh.is_fitted()
    with pytest.raises(ComponentError, match="not been fitted"):
        fresh.state()
    fresh.restore(state)
    assert np.array_equal(fresh.encode(FEATURES[0]), outer.encode(FEATURES[0]))
    with pytest.raises(ComponentError, match="is missing"):
        outer.clone().restore({})


def test_only_what_learns_says_so() -> None:
    assert Outer(Inner()).learns()
    assert not Mean().learns()


def test_scikit_learn_finds_what_it_asks_for() -> None:
    base = pytest.importorskip("sklearn.base", reason="training library")
    assert base.clone(Outer(Inner(4))).summary.scale == 4

    class Constant(Classifier):
        """Says the first class."""

        learned = ("classes_",)

        def fit(self, X, y, sample_weight=None):
            self.classes_ = np.unique(y)
            return self

        def predict_proba(self, X):
            return np.eye(len(self.classes_), dtype=np.float32)[np.zeros(len(X), int)]

    assert base.is_classifier(Constant())
    assert not base.is_classifier(Mean())
    assert Constant().fit(np.zeros((2, 1)), ["b", "a"]).predict(np.zeros((1, 1))).tolist() == ["a"]


def test_described_is_lazy() -> None:
    seen = []

    def describe(picture: int) -> LocalFeatures:
        seen.append(picture)
        return FEATURES[picture]

    described = Described([0, 1, 2], describe)
    view = described[np.array([2, 0])]
    assert described.shape == (3,)
    assert seen == []
    assert view[0] is FEATURES[2]
    assert seen == [2]


def test_stack_refuses_ragged_vectors() -> None:
    assert stack(lambda x: x, []).shape == (0, 0)
    with pytest.raises(InputError, match="different lengths"):
        stack(lambda n: np.zeros(n, np.float32), [1, 2])


def test_accepts_names_what_was_given() -> None:
    with pytest.raises(InputError, match=r"\(4, 4, 1\), uint16"):
        Accepts().check(np.zeros((4, 4, 1), np.uint16), "Mean")
    with pytest.raises(InputError, match=r"\(4, 0, 3\), uint8.* h and w 1 or more"):
        Accepts().check(np.zeros((4, 0, 3), np.uint8), "Mean")


def test_positions_as_scikit_learn_asks() -> None:
    assert positions_of((np.array([2, 0]), ...), 3).tolist() == [2, 0]
    assert positions_of(np.array([True, False, True]), 3).tolist() == [0, 2]
