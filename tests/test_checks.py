from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sightline.arrays import as_matrix
from sightline.checks import CheckFailure, check_component, checks_for, everything
from sightline.checks import battery as checks
from sightline.components import build, known
from sightline.contracts import (
    Accepts,
    Classifier,
    Component,
    GlobalDescriptor,
    LocalDescriptor,
    LocalFeatures,
    Projection,
    Summary,
)
from sightline.errors import ComponentError, InputError
from tests.pictures import mat

SPECS = [
    *(name for name in known() if name not in ("ExtraTrees", "RandomForest")),
    "ExtraTrees(trees=10)",  # the default of 200 is only slower
    "RandomForest(trees=10)",
    "HOG(signed=True, size_px=None)",
    "LocalBinaryPattern(rotation_invariant=False, grid=2)",
    "LocalBinaryPattern(points=16, radius=2)",
    "ColorHistogram(space='lab', bins=4, grid=2)",
    "DenseSIFT(root=False, size_px=48)",
    "SpatialPyramid(summary=SpatialPyramid(summary=BagOfVisualWords(words=5)), levels=2)",
    "LinearSVM(calibration_folds=2, class_weight='balanced')",
    "KernelSVM(calibration_folds=2, class_weight='balanced', standardize=False)",
    "KNearestNeighbors(metric='cosine', weights='uniform', neighbors=3)",
    "RandomForest(trees=10, min_leaf=2, class_weight='balanced', max_features=0.5)",
]


@pytest.mark.parametrize(
    ("spec", "check"),
    [(spec, check) for spec in SPECS for check in checks_for(build(spec))],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_known_component_passes(spec: str, check: Callable[[Component], None]) -> None:
    check(build(spec))


# Components that keep the contract, and one broken in one way for each check.


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


@pytest.mark.parametrize("component", [Mean(), Corners(), MeanFeature(), Centered(), Centers()], ids=repr)
def test_an_outside_component_passes(component: Component) -> None:
    check_component(component)


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
    (checks.check_few_features, FromNothing(), "learns from no features"),
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


@pytest.mark.parametrize(
    ("check", "component", "said"), BROKEN, ids=[f"{check.__name__}-{type(one).__name__}" for check, one, _ in BROKEN]
)
def test_check_can_fail(
    check: Callable[[Any], None], component: Component, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(component, HOG):
        monkeypatch.setattr(everything, "known", lambda: {"HOG": HOG})
        monkeypatch.setattr(everything, "build", lambda text: build("LinearSVM()"))
    with pytest.raises(CheckFailure, match=said):
        check(component)


def test_every_check_is_shown_to_fail() -> None:
    every = {check for kind in (Mean(), Corners(), MeanFeature(), Centered(), Centers()) for check in checks_for(kind)}
    assert every == {check for check, _, _ in BROKEN}


def test_a_failure_is_an_assertion_error_that_names_the_component() -> None:
    with pytest.raises(AssertionError, match="Guessing: does not even learn"):
        check_component(Guessing())


def test_something_of_no_kind_cannot_be_checked() -> None:
    class Loose(Component):
        pass

    with pytest.raises(ComponentError, match="Loose cannot be checked; allowed: GlobalDescriptor"):
        checks_for(Loose())


# Inside scikit-learn.


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
