"""Components that break the contract, each in one way, and the check that must say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sightline.arrays import as_matrix
from sightline.checks import battery as checks
from sightline.contracts import (
    Accepts,
    Component,
    GlobalDescriptor,
    LocalFeatures,
)
from tests.checks.sound import Centered, Centers, Corners, Mean, MeanFeature


class Seedless(Centers):
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        super().fit(X, y)
        self.centers_ = self.centers_ + np.random.default_rng().normal(0, 0.01, self.centers_.shape)
        return self


class OfTheBatch(Mean):
    def transform(self, pictures: Any) -> Any:
        rows = super().transform(pictures)
        return rows - rows.mean(axis=0)


class OfThePlace(Mean):
    def transform(self, pictures: Any) -> Any:
        rows = super().transform(pictures)
        return rows + np.arange(len(rows), dtype=np.float32)[:, None]


class Writing(Mean):
    def describe(self, picture: Any) -> Any:
        vector = super().describe(picture)
        picture[0, 0] = 255 - picture[0, 0]
        return vector


class Immortal(Centers):
    def clone(self) -> Any:
        copy = super().clone()
        for name in self.learned:
            if hasattr(self, name):
                setattr(copy, name, getattr(self, name))
        return copy


class SharedPart(GlobalDescriptor):
    PART = Mean()

    def __init__(self, part: Any = None) -> None:
        self.part = self.PART

    def describe(self, picture: Any) -> Any:
        return self.part.describe(picture)


class Rounding(Centers):
    def __init__(self, sharpness: float = 1.0) -> None:
        self.sharpness = sharpness + 1


class Clipping(Centers):
    def set_params(self, **params: Any) -> Any:
        return super().set_params(**{name: min(value, 0.5) for name, value in params.items()})


class SettingAnything(Centers):
    def set_params(self, **params: Any) -> Any:
        vars(self).update(params)
        return self


class LearnedAtOnce(Centers):
    def __init__(self, sharpness: float = 1.0) -> None:
        self.sharpness = sharpness
        self.rows_ = 0


class NothingMissed(Centers):
    def restore(self, arrays: Any) -> Any:
        for name in self.learned:
            setattr(self, name, arrays.get(name))
        return self


class HOG(Mean):
    """A name that is taken, with a repr that builds something else."""

    def __repr__(self) -> str:
        return "HOG()" if type(self) is HOG else super().__repr__()


class Forgetful(Centers):
    learned = ("classes_", "centers_")

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        super().fit(X, y)
        self.shift = 0.5
        return self

    def predict_proba(self, X: Any) -> Any:
        return super().predict_proba(as_matrix(X) + getattr(self, "shift", 0))


class TextInside(Centers):
    learned = ("classes_", "centers_", "note_")

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        self.note_ = np.array("made on a Monday")
        return super().fit(X, y)


class AtHome(Centers):
    def __reduce__(self) -> Any:
        return Centers().fit, (np.eye(3, 6), [2, 1, 0])


class Doubles(Mean):
    def describe(self, picture: Any) -> Any:
        return super().describe(picture).astype(np.float64)

    def transform(self, pictures: Any) -> Any:
        return super().transform(pictures).astype(np.float64)


class Ragged(Mean):
    def describe(self, picture: Any) -> Any:
        return super().describe(picture)[: 1 if picture.std() == 0 else 2]


class DividingByZero(Mean):
    def describe(self, picture: Any) -> Any:
        with np.errstate(all="ignore"):
            return super().describe(picture) / np.float32(picture.std())


class OffThePicture(Corners):
    def describe(self, picture: Any) -> LocalFeatures:
        features = super().describe(picture)
        return LocalFeatures(features.vectors, features.positions * picture.shape[0])


class Boasting(Mean):
    accepts = Accepts(channels=(1, 3), depths=("uint8", "uint16"))

    def describe(self, picture: Any) -> Any:
        Accepts().check(picture, "Boasting")
        return super().describe(picture)


class Swallowing(Mean):
    def describe(self, picture: Any) -> Any:
        return np.array([picture.mean(), picture.std()], np.float32)


class Wide(Mean):
    def describe(self, picture: Any) -> Any:
        vector = super().describe(picture)
        vector[1] = picture[:, 0].mean() / (picture.shape[1] - 1) if picture.shape[1] > 1 else np.nan
        return vector


class FirstColumn(Mean):
    def describe(self, picture: Any) -> Any:
        return np.array([picture[:, 0].mean(), picture[0].std()], np.float32)


class Unheard(Mean):
    invariant_to = ("weather",)


class EmptyIsShort(MeanFeature):
    def encode(self, features: LocalFeatures) -> Any:
        return super().encode(features) if len(features) else np.zeros(1, np.float32)


class EmptyIsNaN(MeanFeature):
    def encode(self, features: LocalFeatures) -> Any:
        return super().encode(features) if len(features) else self.origin_ * np.nan


class FromNothing(MeanFeature):
    def fit(self, features: Any, y: Any = None) -> Any:
        self.origin_ = np.zeros(16, np.float32)
        return self


class TwoWays(MeanFeature):
    def transform(self, features: Any) -> Any:
        return super().transform(features) + 1


class Cutting(MeanFeature):
    def encode(self, features: LocalFeatures) -> Any:
        cut = features.vectors[:, : len(self.origin_)]
        return super().encode(LocalFeatures(cut, features.positions))


class Halves(Centered):
    def project(self, X: Any) -> Any:
        return super().project(X).astype(np.float16)


class NoColumns(Centered):
    def project(self, X: Any) -> Any:
        return super().project(X) if len(X) else np.zeros((0, 0), np.float32)


class Moving(Centered):
    def transform(self, items: Any) -> Any:
        if isinstance(items, np.ndarray):
            return super().transform(items)
        return [LocalFeatures(self.project(one.vectors), 1 - one.positions) for one in items]


def _half(one: LocalFeatures) -> LocalFeatures:
    return LocalFeatures(one.vectors[::2], one.positions[::2])


class Losing(Centered):
    def transform(self, items: Any) -> Any:
        found = super().transform(items)
        return found if isinstance(items, np.ndarray) else [one if len(one) < 30 else _half(one) for one in found]


class Whitened(Centered):
    def project(self, X: Any) -> Any:
        return super().project(X) * np.float32(np.nan)


class Bottomless(Centered):
    def fit(self, items: Any, y: Any = None) -> Any:
        return super().fit(items if len(items) else np.zeros((1, 6), np.float32))


class Unseeing(Centered):
    def project(self, X: Any) -> Any:
        return super().project(np.nan_to_num(X, posinf=0.0))


class Percent(Centers):
    def predict_proba(self, X: Any) -> Any:
        return 100 * super().predict_proba(X)


class Overflowing(Centers):
    def predict_proba(self, X: Any) -> Any:
        with np.errstate(all="ignore"):
            shares = np.exp(np.stack([as_matrix(X) @ c for c in self.centers_], axis=1))
            return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


class OfItsOwnMind(Centers):
    def predict(self, X: Any) -> Any:
        return np.roll(super().predict(X), 1)


class Guessing(Centers):
    def predict_proba(self, X: Any) -> Any:
        return np.full((len(as_matrix(X)), len(self.classes_)), 1 / len(self.classes_), np.float32)


class AsTheyCome(Centers):
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        X, y = as_matrix(X), np.asarray(y)
        self.classes_ = np.array(list(dict.fromkeys(y.tolist())))
        self.centers_ = np.stack([X[y == label].mean(axis=0) for label in self.classes_])
        return self


class NeverSure(Centers):
    def predict_proba(self, X: Any) -> Any:
        return np.minimum(super().predict_proba(X), np.float32(0.999999))


class Careless(Centers):
    def predict_proba(self, X: Any) -> Any:
        return super().predict_proba(np.nan_to_num(X, posinf=0.0))


class CarelessTraining(Centers):
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return super().fit(np.nan_to_num(X, posinf=0.0), y)


BROKEN: list[tuple[Callable[[Any], None], Component, str]] = [
    (checks.check_same_seed_same_answer, Seedless(), "draw from `seed` alone"),
    (checks.check_one_by_one_equals_batch, OfTheBatch(), "differently than in a batch"),
    (checks.check_permuted_items_permute_answers, OfThePlace(), "in another order"),
    (checks.check_input_untouched, Writing(), "changed its input"),
    (checks.check_clone, Immortal(), "remembers what was learned"),
    (checks.check_clone, SharedPart(), "shares an inner component"),
    (checks.check_clone, Rounding(), "its clone is"),
    (checks.check_parameters, Clipping(), "changes what it sets"),
    (checks.check_parameters, SettingAnything(), "does not exist"),
    (checks.check_parameters, LearnedAtOnce(), "only fit may"),
    (checks.check_parameters, NothingMissed(), "does not miss"),
    (checks.check_repr_builds, HOG(), "build"),
    (checks.check_saved_and_loaded, Forgetful(), "loaded, it answers differently"),
    (checks.check_saved_and_loaded, TextInside(), "are not numbers"),
    (checks.check_travels, AtHome(), "pickled, it answers differently"),
    (checks.check_vectors, Doubles(), "allowed: float32"),
    (checks.check_vectors, Ragged(), "different lengths"),
    (checks.check_vectors, DividingByZero(), "gave NaN"),
    (checks.check_vectors, OffThePicture(), "positions"),
    (checks.check_every_accepted_kind, Boasting(), "refuses 1 channels of uint8, which it declares"),
    (checks.check_refuses_other_kinds, Swallowing(), "which it does not declare"),
    (checks.check_tiny_pictures, Wide(), "gave NaN"),
    (checks.check_invariances, FirstColumn(), 'declares "rotate90", which changes its vector'),
    (checks.check_invariances, Unheard(), 'declares "weather"; allowed'),
    (checks.check_summary_vectors, EmptyIsShort(), "different lengths"),
    (checks.check_summary_vectors, EmptyIsNaN(), "NaN"),
    (checks.check_transform_gives_what_encode_gives, TwoWays(), "other vectors from transform"),
    (checks.check_few_features, FromNothing(), "learns from no features"),
    (checks.check_refuses_other_width, Cutting(), "of another length than"),
    (checks.check_projection_vectors, Halves(), "gave float16"),
    (checks.check_projection_vectors, NoColumns(), "no columns for no rows"),
    (checks.check_projects_local_features, Moving(), "moved the positions"),
    (checks.check_projects_local_features, Losing(), "changed the number"),
    (checks.check_learns_from_few, Whitened(), "it gives NaN"),
    (checks.check_learns_from_few, Bottomless(), "learns from no rows"),
    (checks.check_refuses_nan, Unseeing(), "has an answer for nan"),
    (checks.check_probabilities, Percent(), "do not sum to 1"),
    (checks.check_probabilities, Overflowing(), "no probabilities"),
    (checks.check_probabilities, OfItsOwnMind(), "predict is not the likeliest"),
    (checks.check_probabilities, Guessing(), "does not even learn"),
    (checks.check_class_order, AsTheyCome(), "not sorted"),
    (checks.check_one_class, NeverSure(), "not certain"),
    (checks.check_refuses_nan, Careless(), "has an answer for nan"),
    (checks.check_refuses_nan, CarelessTraining(), "is fitted on nan"),
]
