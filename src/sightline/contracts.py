"""The contracts that every component keeps: describe a picture, summarize its parts, classify the vector.

    Component                 parameters, learned arrays, the scikit-learn estimator protocol
    ├── GlobalDescriptor      a picture -> one vector (d,)
    ├── LocalDescriptor       a picture -> m vectors with positions
    ├── Summary               m vectors with positions -> one vector (d,)
    ├── Projection            vectors (n, d) -> vectors (n, p), or the vectors of local features
    └── Classifier            vectors (n, d) -> probabilities (n, k)

Nothing here imports scikit-learn; `clone`, `Pipeline`, `GridSearchCV` and the rest find what they ask for all the same.
A component stores its parameters in `__init__` and nothing else; `fit` learns the attributes named in `learned`, which
are arrays and are all that a model file keeps of it.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeGuard, cast

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix, Picture, Probabilities, Vector
from sightline.errors import ComponentError, InputError, nearest


@dataclasses.dataclass(frozen=True)
class Accepts:
    """What pictures a component takes; the search filters by it and never converts in silence.

    Attributes:
        channels: allowed numbers of channels.
        depths: allowed dtypes by name ("uint8", "uint16", "float32").
    """

    channels: tuple[int, ...] = (3,)
    depths: tuple[str, ...] = ("uint8",)

    def check(self, picture: Picture, who: str) -> None:
        """Raise InputError unless `picture` is an (h, w, c) array of an allowed kind, of one pixel or more."""
        known = picture.ndim == 3 and picture.shape[2] in self.channels and picture.dtype.name in self.depths
        if not known or not picture.size:
            raise InputError(
                f"{who} was given a picture of shape {picture.shape}, {picture.dtype}; allowed: (h, w, c) with h and w "
                f"1 or more, c in {self.channels}, {' or '.join(self.depths)}; let a Preparation bring it there"
            )


class Component:
    """A named thing with parameters and learned arrays."""

    learned: ClassVar[tuple[str, ...]] = ()
    """Attributes that `fit` sets: arrays, each name ending in "_". Empty: nothing is learned from the pictures."""

    carried: ClassVar[tuple[str, ...]] = ()
    """Attributes that it brings with it whatever it is fitted on, as a trained network: arrays, kept in a model file as
    well, but nothing that `fit` learns."""

    limits: ClassVar[Mapping[str, tuple[float, float]]] = {}
    """Parameter -> least and most that `components.build` takes: what a command line or a model file may ask for."""

    trained_with: Mapping[str, str] = MappingProxyType({})
    """Libraries that `fit` left the learning to -> their versions, for the record in a model file."""

    @classmethod
    @functools.cache  # asked for with every picture, by check_fitted; reading a signature takes 40 us
    def parameter_names(cls) -> tuple[str, ...]:
        """The parameters of `__init__`, in order."""
        if cls.__init__ is object.__init__:
            return ()
        return tuple(name for name in inspect.signature(cls.__init__).parameters if name != "self")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name; with `deep`, those of inner components as "outer__inner" too."""
        params = {name: getattr(self, name) for name in self.parameter_names()}
        if deep:
            for name, inner in self.inner():
                params.update({f"{name}__{key}": value for key, value in inner.get_params().items()})
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name, those of inner components as "outer__inner".

        Raises:
            ComponentError: a name that this component does not have.
        """
        for name, value in params.items():
            own, _, rest = name.partition("__")
            if own not in self.parameter_names():
                raise ComponentError(
                    f'{type(self).__name__} has no parameter "{own}"; {nearest(own, self.parameter_names())}'
                )
            if rest:
                getattr(self, own).set_params(**{rest: value})
            else:
                setattr(self, own, value)
        return self

    def inner(self) -> Iterator[tuple[str, Component]]:
        """Parameters that are components themselves, by name."""
        for name in self.parameter_names():
            value = getattr(self, name)
            if isinstance(value, Component):
                yield name, value

    def clone(self) -> Self:
        """A new component with the same parameters that has learned nothing."""
        params = self.get_params(deep=False)
        return type(self)(**{k: v.clone() if isinstance(v, Component) else v for k, v in params.items()})

    def learns(self) -> bool:
        """Whether `fit` learns anything, here or in an inner component."""
        return bool(self.learned) or any(part.learns() for _, part in self.inner())

    def is_fitted(self) -> bool:
        """Whether everything that is learned is there."""
        own = all(hasattr(self, name) for name in self.learned)
        return own and all(part.is_fitted() for _, part in self.inner())

    def check_fitted(self) -> None:
        """Raise ComponentError unless fitted."""
        if not self.is_fitted():
            raise ComponentError(f"{type(self).__name__} has not been fitted; call fit first")

    def state(self) -> dict[str, Array]:
        """Learned and carried arrays by name, those of inner components as "outer/name"."""
        self.check_fitted()
        arrays: dict[str, Array] = {name: np.asarray(getattr(self, name)) for name in (*self.learned, *self.carried)}
        for name, part in self.inner():
            arrays.update({f"{name}/{key}": value for key, value in part.state().items()})
        return arrays

    def restore(self, arrays: Mapping[str, Array]) -> Self:
        """Take back what `state` gave.

        Raises:
            ComponentError: an array is missing.
        """
        for name in (*self.learned, *self.carried):
            if name not in arrays:
                raise ComponentError(f'{type(self).__name__}: the learned array "{name}" is missing')
            setattr(self, name, arrays[name])
        for name, part in self.inner():
            start = f"{name}/"
            part.restore({key[len(start) :]: value for key, value in arrays.items() if key.startswith(start)})
        return self

    def __repr__(self) -> str:
        """The specification that `components.build` reads back; parameters at their default are left out."""
        defaults = inspect.signature(type(self).__init__).parameters
        given = [
            f"{name}={getattr(self, name)!r}"
            for name in self.parameter_names()
            if repr(getattr(self, name)) != repr(defaults[name].default)
        ]
        return f"{type(self).__name__}({', '.join(given)})"

    def __sklearn_clone__(self) -> Self:
        return self.clone()

    def __sklearn_is_fitted__(self) -> bool:
        return self.is_fitted()

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(),
            requires_fit=self.learns(),
        )


class GlobalDescriptor(Component, abc.ABC):
    """A picture to one vector.

    `accepts` says which pictures it takes; `invariant_to` which changes leave the vector (nearly) as it is, out of
    "rotate90", "flip", "gain", "offset", each proved by `sightline.checks`; `metric` is the distance by which its
    literature compares such vectors, a name that `KNearestNeighbors` knows.
    """

    accepts: ClassVar[Accepts] = Accepts()
    metric: ClassVar[str] = "euclidean"
    invariant_to: ClassVar[tuple[str, ...]] = ()

    @abc.abstractmethod
    def describe(self, picture: Picture) -> Vector:
        """One (h, w, c) picture to one (d,) float32 vector; the picture is not changed."""

    def invariances(self) -> tuple[str, ...]:
        """What holds with these parameters: `invariant_to`, unless a parameter adds to it or takes from it."""
        return self.invariant_to

    def fit(self, pictures: Iterable[Picture], y: Any = None) -> Self:
        """Nothing to learn, by default."""
        return self

    def transform(self, pictures: Iterable[Picture]) -> Matrix:
        """n pictures to (n, d) float32, row by row."""
        return stack(self.describe, pictures)

    def fit_transform(self, pictures: Iterable[Picture], y: Any = None) -> Matrix:
        """`fit`, then `transform`."""
        return self.fit(pictures, y).transform(pictures)

    def shipped(self) -> GlobalDescriptor:
        """What a model file keeps of it, once fitted: itself, or another that gives the same vectors."""
        return self


@dataclasses.dataclass(frozen=True)
class LocalFeatures:
    """What a local descriptor says of one picture.

    Attributes:
        vectors: (m, d) float32; m may be 0.
        positions: (m, 2) float32, x and y of each vector's center in [0, 1] of width and height.
    """

    vectors: Matrix
    positions: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.vectors)


class Described(Sequence[LocalFeatures]):
    """Local features of many pictures, computed when asked for: `shape == (n,)`, indexing with an array is a view."""

    def __init__(self, pictures: Sequence[Any], describe: Callable[[Any], LocalFeatures]) -> None:
        self.pictures = pictures
        self.describe = describe
        self.shape = (len(pictures),)

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: Any) -> Any:
        chosen = take(self.pictures, index)
        if is_scalar_index(index):
            return self.describe(chosen)
        return Described(cast("Sequence[Any]", chosen), self.describe)


class LocalDescriptor(Component, abc.ABC):
    """A picture to m vectors with positions; m may differ from picture to picture and may be 0."""

    accepts: ClassVar[Accepts] = Accepts()

    @abc.abstractmethod
    def describe(self, picture: Picture) -> LocalFeatures:
        """One (h, w, c) picture to its local features; the picture is not changed."""

    def fit(self, pictures: Sequence[Picture], y: Any = None) -> Self:
        """Nothing to learn, by default."""
        return self

    def transform(self, pictures: Sequence[Picture]) -> Described:
        """n pictures to a lazy sequence of n `LocalFeatures`."""
        return Described(pictures, self.describe)

    def fit_transform(self, pictures: Sequence[Picture], y: Any = None) -> Described:
        """`fit`, then `transform`."""
        return self.fit(pictures, y).transform(pictures)


class Summary(Component, abc.ABC):
    """Local features of a picture to one vector."""

    @abc.abstractmethod
    def fit(self, features: Sequence[LocalFeatures], y: Any = None) -> Self:
        """Learn the codebook from a bounded sample of the features of n pictures."""

    @abc.abstractmethod
    def encode(self, features: LocalFeatures) -> Vector:
        """The features of one picture, perhaps none, to one (d,) float32 vector."""

    def transform(self, features: Iterable[LocalFeatures]) -> Matrix:
        """The features of n pictures to (n, d) float32."""
        return stack(self.encode, features)

    def fit_transform(self, features: Sequence[LocalFeatures], y: Any = None) -> Matrix:
        """`fit`, then `transform`."""
        return self.fit(features, y).transform(features)


class Projection(Component, abc.ABC):
    """Vectors to vectors, row by row: (n, d) of pictures to (n, p), or those of local features, positions kept."""

    @abc.abstractmethod
    def fit(self, items: Matrix | Sequence[LocalFeatures], y: Any = None) -> Self:
        """Learn from (n, d) float32 rows, or from a bounded sample of the vectors of n pictures."""

    @abc.abstractmethod
    def project(self, X: Matrix) -> Matrix:
        """(n, d) to (n, p) float32; a row does not depend on the others; n may be 0."""

    def transform(self, items: Matrix | Sequence[LocalFeatures]) -> Any:
        """(n, d) to (n, p); a sequence of n `LocalFeatures` to a lazy sequence of n with projected vectors."""
        if are_rows(items):
            return self.project(items)
        return Described(
            cast("Sequence[Any]", items),
            lambda features: LocalFeatures(self.project(features.vectors), features.positions),
        )

    def fit_transform(self, items: Matrix | Sequence[LocalFeatures], y: Any = None) -> Any:
        """`fit`, then `transform`."""
        return self.fit(items, y).transform(items)


def are_rows(items: Any) -> TypeGuard[Matrix]:
    """Whether `items` are rows of numbers (an array, a table, lists of numbers) rather than local features."""
    if isinstance(items, (list, tuple)):
        return len(items) > 0 and not isinstance(items[0], LocalFeatures)
    return isinstance(items, np.ndarray) or hasattr(items, "__array__")


class Classifier(Component, abc.ABC):
    """Vectors to probabilities, over the classes seen in `fit`, in `classes_` order (sorted)."""

    classes_: Array

    @abc.abstractmethod
    def fit(self, X: Matrix, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from (n, d) float32 and n labels (integers or strings); one class alone is learned as certain."""

    @abc.abstractmethod
    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1, columns as `classes_`; a row does not depend on the others."""

    def predict(self, X: Matrix) -> Array:
        """The likeliest label of each row; ties go to the first class."""
        best = np.argmax(self.predict_proba(X), axis=1)
        winners: Array = self.classes_[best]
        return winners

    def score(self, X: Matrix, y: npt.ArrayLike) -> float:
        """Accuracy in [0, 1]."""
        return float(np.mean(self.predict(X) == np.asarray(y)))

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier"
        tags.classifier_tags = ClassifierTags()
        tags.transformer_tags = None
        tags.target_tags.required = True
        return tags


def stack(function: Callable[[Any], Vector], items: Iterable[Any]) -> Matrix:
    """`function` of each item, as the rows of an (n, d) float32 matrix; (0, 0) for no items.

    Raises:
        InputError: two items give vectors of different lengths.
    """
    rows = [function(item) for item in items]
    if not rows:
        return np.zeros((0, 0), np.float32)
    lengths = sorted({len(row) for row in rows})
    if len(lengths) > 1:
        raise InputError(
            f"pictures gave vectors of different lengths ({lengths[0]} to {lengths[-1]}); "
            "bring them to one size first: Preparation(size_px=...) or the descriptor's own size_px"
        )
    return np.asarray(rows, dtype=np.float32)


def is_scalar_index(index: Any) -> bool:
    """Whether `sequence[index]` is one item rather than a view."""
    return isinstance(index, (int, np.integer))


def positions_of(index: Any, n: int) -> npt.NDArray[np.int64]:
    """The rows that a slice, integer array or boolean mask selects out of n; (array, Ellipsis) as scikit-learn asks."""
    if isinstance(index, tuple):
        index = index[0]
    rows: npt.NDArray[np.int64] = np.arange(n, dtype=np.int64)[index]
    return rows


def take(items: Sequence[Any], index: Any) -> Any:
    """`items[index]` for any sequence: an item for an integer, else a view or a list."""
    if is_scalar_index(index):
        return items[int(index)]
    if hasattr(items, "shape"):
        return items[index]
    return [items[int(i)] for i in positions_of(index, len(items))]
