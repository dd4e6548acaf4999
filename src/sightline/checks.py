"""The public battery that every component passes, ours and those of others.

    check_component(MyDescriptor())                     # all checks, at the first failure CheckFailure

    @pytest.mark.parametrize("check", checks_for(MyDescriptor()), ids=lambda check: check.__name__)
    def test_my_descriptor(check):                      # or one by one
        check(MyDescriptor())

A check is a function of one component, works on clones of it that it fits on small data drawn here, and says in its name
what must hold.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import safetensors.numpy

from sightline.arrays import Array, Picture
from sightline.components import build, describe, from_description, known
from sightline.contracts import (
    Accepts,
    Classifier,
    Component,
    GlobalDescriptor,
    LocalDescriptor,
    LocalFeatures,
    Summary,
)
from sightline.errors import ComponentError, InputError, SightlineError

Check = Callable[[Any], None]
Fitted = TypeVar("Fitted", bound=Component)
SIZE_PX = 64
NEARLY = 0.1
"""Relative length of the change that "invariant" still allows: rounding to uint8 changes a few votes, a turn most."""
CHANGES: dict[str, Callable[[Array], Array]] = {
    "rotate90": lambda values: np.rot90(values),
    "flip": lambda values: values[:, ::-1],
    "gain": lambda values: values * 2,
    "offset": lambda values: values + 0.4,
}
"""What `invariant_to` may name, as a change of values in [0, 0.5]."""


class CheckFailure(SightlineError, AssertionError):
    """A component does not keep its contract; the message names the component, what was found and what must hold."""


def check_component(component: Component) -> None:
    """Run every check that applies to `component`.

    Raises:
        CheckFailure: the first check that fails.
        ComponentError: `component` is of none of the kinds in `contracts`.
    """
    for check in checks_for(component):
        check(component)


def checks_for(component: Component) -> tuple[Check, ...]:
    """The checks that apply to a component of this kind."""
    for kind, own in _OF_KIND.items():
        if isinstance(component, kind):
            return (*_OF_ALL, *own)
    raise ComponentError(
        f"{type(component).__name__} cannot be checked; allowed: {', '.join(kind.__name__ for kind in _OF_KIND)}"
    )


# ---- what a component is tried on -------------------------------------------------------------------------------------


def _values(n: int, channels: int) -> list[Array]:
    """n textured pictures as (64, 64, c) float64 in [0, 0.5]: stripes of another width and turn each, and some noise."""
    y, x = np.mgrid[:SIZE_PX, :SIZE_PX] / SIZE_PX
    random = np.random.default_rng(0)
    pictures = []
    for number in range(n):
        along = x * np.cos(number) + y * np.sin(number)
        stripes = 0.5 + 0.5 * np.sin((5 + 3 * (number % 4)) * 2 * np.pi * along * (1 + 0.3 * x))
        tint = np.roll(np.linspace(0.6, 1.0, channels), number)
        noisy = stripes[:, :, None] * tint + random.normal(0, 0.05, (SIZE_PX, SIZE_PX, channels))
        pictures.append(0.5 * np.clip(noisy, 0, 1))
    return pictures


def _as_picture(values: Array, depth: str) -> Picture:
    """Values in [0, 1] in the given depth."""
    if depth.startswith("float"):
        return np.ascontiguousarray(values, dtype=depth)
    return np.ascontiguousarray(np.round(values * np.iinfo(depth).max), dtype=depth)


def _kind_of_picture(accepts: Accepts) -> tuple[int, str]:
    """Channels and depth to try with: those of a usual picture if they are allowed."""
    return (
        3 if 3 in accepts.channels else accepts.channels[0],
        "uint8" if "uint8" in accepts.depths else accepts.depths[0],
    )


def _items(component: Component) -> Any:
    """Twelve items of the kind that `component` is given."""
    random = np.random.default_rng(1)
    if isinstance(component, (GlobalDescriptor, LocalDescriptor)):
        channels, depth = _kind_of_picture(component.accepts)
        return [_as_picture(values, depth) for values in _values(12, channels)]
    if isinstance(component, Summary):
        return [
            LocalFeatures(random.random((30 + i, 16)).astype(np.float32), random.random((30 + i, 2)).astype(np.float32))
            for i in range(12)
        ]
    centers = np.repeat(np.eye(3, 6), 4, axis=0)
    return (centers + random.normal(0, 0.2, centers.shape)).astype(np.float32)


def _labels() -> Array:
    return np.repeat([0, 1, 2], 4)


def _fitted(component: Fitted, items: Any = None, labels: Any = None) -> Fitted:
    """A clone of `component`, fitted."""
    clone: Any = component.clone()
    items = _items(component) if items is None else items
    fitted: Fitted = clone.fit(items, _labels() if labels is None else labels)
    return fitted


def _answers(component: Any, items: Any) -> list[Array]:
    """What a fitted component says of each item."""
    if isinstance(component, Classifier):
        return list(component.predict_proba(items))
    answers = component.transform(items)
    if isinstance(component, LocalDescriptor):
        return [np.hstack([features.vectors, features.positions]) for features in answers]
    return list(answers)


def _choose(items: Any, rows: Sequence[int]) -> Any:
    return items[list(rows)] if isinstance(items, np.ndarray) else [items[row] for row in rows]


def _equal(left: Sequence[Array], right: Sequence[Array]) -> bool:
    return len(left) == len(right) and all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def _require(holds: bool, component: Component, message: str) -> None:
    if not holds:
        raise CheckFailure(f"{type(component).__name__}: {message}")


def _copied(items: Any) -> list[Array]:
    parts = [(item.vectors, item.positions) if isinstance(item, LocalFeatures) else (item,) for item in items]
    return [np.array(array) for part in parts for array in part]


# ---- of every component -----------------------------------------------------------------------------------------------


def check_same_seed_same_answer(component: Component) -> None:
    """Fitted twice on the same items, it answers the same to the last bit."""
    items = _items(component)
    first, second = (_answers(_fitted(component), items) for _ in range(2))
    _require(_equal(first, second), component, "two fits with one seed answer differently; draw from `seed` alone")


def check_one_by_one_equals_batch(component: Component) -> None:
    """An item alone gets the answer that it gets among others, to the last bit."""
    items, fitted = _items(component), _fitted(component)
    alone = [_answers(fitted, _choose(items, [row]))[0] for row in range(len(items))]
    _require(_equal(_answers(fitted, items), alone), component, "an item alone is answered differently than in a batch")


def check_permuted_items_permute_answers(component: Component) -> None:
    """The order of the items is the order of the answers, and changes nothing else."""
    items, fitted = _items(component), _fitted(component)
    order = np.random.default_rng(2).permutation(len(items)).tolist()
    before, after = _answers(fitted, items), _answers(fitted, _choose(items, order))
    _require(_equal(_choose(before, order), after), component, "items in another order are answered differently")


def check_input_untouched(component: Component) -> None:
    """Fitting and answering leave the items as they were."""
    items = _items(component)
    before = _copied(items)
    _answers(_fitted(component, items), items)
    _require(_equal(before, _copied(items)), component, "it changed its input; work on a copy")


def check_clone(component: Component) -> None:
    """A clone has equal parameters, of its own, and has learned nothing; `sklearn.base.clone` gives the same."""
    from sklearn.base import clone

    fitted = _fitted(component)
    for copy in (fitted.clone(), clone(fitted)):
        _require(repr(copy) == repr(component), component, f"its clone is {copy!r}, not {component!r}")
        _require(not copy.learns() or not copy.is_fitted(), component, "its clone remembers what was learned")
        shared = {id(part) for _, part in copy.inner()} & {id(part) for _, part in fitted.inner()}
        _require(
            not shared, component, "its clone shares an inner component with it; __init__ may keep a default alive"
        )


def check_parameters(component: Component) -> None:
    """`__init__` stores what it is given, `get_params` tells it, `set_params` sets it and refuses other names."""
    params = component.get_params()
    copy = component.clone().set_params(**component.get_params(deep=False))
    told = {name: repr(value) for name, value in copy.get_params().items()}
    _require(
        told == {name: repr(value) for name, value in params.items()}, component, "set_params changes what it sets"
    )
    learned = [name for name in vars(component.clone()) if name.endswith("_")]
    _require(not learned, component, f"__init__ sets {learned}; only fit may")
    try:
        component.clone().set_params(no_such_parameter=1)
    except ComponentError:
        return
    raise CheckFailure(f"{type(component).__name__}: set_params takes a parameter that does not exist")


def check_repr_builds(component: Component) -> None:
    """Its `repr` and its description build it again, if `components` knows its name."""
    if known().get(type(component).__name__) is not type(component):
        return
    for what, again in (("repr", build(repr(component))), ("describe", from_description(describe(component)))):
        same = again.get_params(deep=False).keys() == component.get_params(deep=False).keys()
        _require(same and repr(again) == repr(component), component, f"{what} builds {again!r}")


def check_saved_and_loaded(component: Component) -> None:
    """Its learned arrays, written to a model file and given to a clone, answer the same to the last bit."""
    items, fitted = _items(component), _fitted(component)
    state = fitted.state()
    wrong = [name for name, array in state.items() if array.dtype.kind not in "iuf"]
    _require(not wrong, component, f"learned arrays {wrong} are not numbers; a model file holds numbers only")
    stored = safetensors.numpy.load(
        safetensors.numpy.save({name: np.array(array, order="C") for name, array in state.items()})
    )
    loaded = component.clone().restore(stored)
    _require(loaded.is_fitted(), component, "restored from its state, it is not fitted")
    _require(_equal(_answers(fitted, items), _answers(loaded, items)), component, "loaded, it answers differently")


# ---- of descriptors ---------------------------------------------------------------------------------------------------


def _described(component: Any, picture: Picture) -> Array:
    """The vector of a picture, or its vectors (m, d)."""
    found = component.describe(picture)
    if not isinstance(found, LocalFeatures):
        return np.asarray(found)
    _require(found.positions.shape == (len(found), 2), component, "positions are not (m, 2)")
    inside = not len(found) or (found.positions.min() >= 0 and found.positions.max() <= 1)
    _require(inside and found.positions.dtype == np.float32, component, "positions are not float32 in [0, 1]")
    return found.vectors


def check_vectors(component: Component) -> None:
    """Finite float32 vectors, equally long for every picture of one kind: textured, constant, or with equal channels."""
    fitted = _fitted(component)
    channels, depth = _kind_of_picture(getattr(component, "accepts", Accepts()))
    values = _values(2, channels)
    values += [np.full_like(values[0], level) for level in (0.0, 0.3, 1.0)]
    values += [np.repeat(values[0][:, :, :1], channels, axis=2)]
    ndim = 1 if isinstance(component, GlobalDescriptor) else 2
    found = [_described(fitted, _as_picture(value, depth)) for value in values]
    for vectors in found:
        _require(
            vectors.ndim == ndim and vectors.dtype == np.float32, component, f"gave {vectors.dtype}, {vectors.shape}"
        )
        _require(bool(np.isfinite(vectors).all()), component, "gave NaN or infinity")
    _require(len({vectors.shape[-1] for vectors in found}) == 1, component, "gave vectors of different lengths")


def check_every_accepted_kind(component: Component) -> None:
    """Every number of channels and every depth that it declares is described."""
    fitted, accepts = _fitted(component), getattr(component, "accepts", Accepts())
    for channels in accepts.channels:
        for depth in accepts.depths:
            try:
                vectors = _described(fitted, _as_picture(_values(1, channels)[0], depth))
            except InputError as error:
                raise CheckFailure(
                    f"{type(component).__name__}: declares {channels} x {depth}, but: {error}"
                ) from error
            _require(bool(np.isfinite(vectors).all()), component, f"gave NaN for {channels} channels of {depth}")


def check_refuses_other_kinds(component: Component) -> None:
    """A picture of another depth or number of channels is an InputError, never silently converted."""
    fitted, accepts = _fitted(component), getattr(component, "accepts", Accepts())
    channels, depth = _kind_of_picture(accepts)
    others = [(channels, other) for other in ("uint8", "uint16", "float32") if other not in accepts.depths]
    others += [(other, depth) for other in (1, 2, 3, 7) if other not in accepts.channels]
    for other_channels, other_depth in others:
        try:
            _described(fitted, _as_picture(_values(1, other_channels)[0], other_depth))
        except InputError:
            continue
        raise CheckFailure(
            f"{type(component).__name__}: took {other_channels} channels of {other_depth}, which it does not declare"
        )


def check_tiny_pictures(component: Component) -> None:
    """A picture one pixel wide, high, or both is described with finite numbers, or refused with an InputError."""
    fitted = _fitted(component)
    channels, depth = _kind_of_picture(getattr(component, "accepts", Accepts()))
    values = _values(1, channels)[0]
    for tiny in (values[:1, :1], values[:, :1], values[:1], values[:3, :3]):
        with contextlib.suppress(InputError):
            vectors = _described(fitted, _as_picture(tiny, depth))
            _require(bool(np.isfinite(vectors).all()), component, f"gave NaN for a picture of {tiny.shape[:2]}")


def check_invariances(component: GlobalDescriptor) -> None:
    """What `invariances` names changes the vector by a tenth of its length at most."""
    fitted = _fitted(component)
    channels, depth = _kind_of_picture(component.accepts)
    for name in component.invariances():
        _require(name in CHANGES, component, f'declares "{name}"; allowed: {", ".join(CHANGES)}')
        for values in _values(4, channels):
            before, after = (_described(fitted, _as_picture(v, depth)) for v in (values, CHANGES[name](values)))
            change = float(np.linalg.norm(after - before) / max(np.linalg.norm(before), 1e-12))
            _require(change <= NEARLY, component, f'declares "{name}", which changes its vector by {change:.0%}')


# ---- of summaries -----------------------------------------------------------------------------------------------------


def check_summary_vectors(component: Summary) -> None:
    """Finite float32 vectors, equally long for 1 and for 100 features, and for none."""
    fitted, random = _fitted(component), np.random.default_rng(3)
    found = [
        fitted.encode(
            LocalFeatures(random.random((m, 16)).astype(np.float32), random.random((m, 2)).astype(np.float32))
        )
        for m in (1, 100, 0)
    ]
    for vector in found:
        _require(vector.ndim == 1 and vector.dtype == np.float32, component, f"gave {vector.dtype}, {vector.shape}")
        _require(bool(np.isfinite(vector).all()), component, "gave NaN or infinity")
    _require(len({len(vector) for vector in found}) == 1, component, "gave vectors of different lengths")


def check_few_features(component: Summary) -> None:
    """It learns from two features, fewer than any codebook has entries; from none, it raises an InputError."""
    none = LocalFeatures(np.zeros((0, 16), np.float32), np.zeros((0, 2), np.float32))
    two = LocalFeatures(np.eye(2, 16, dtype=np.float32), np.full((2, 2), 0.5, np.float32))
    fitted = component.clone().fit([none, two])
    _require(bool(np.isfinite(fitted.encode(two)).all()), component, "learned from two features, it gives NaN")
    try:
        component.clone().fit([none, none])
    except InputError:
        return
    _require(not component.learns(), component, "learns from no features at all; raise InputError")


# ---- of classifiers ---------------------------------------------------------------------------------------------------


def check_probabilities(component: Classifier) -> None:
    """(n, k) float32 in [0, 1], rows summing to 1, also far from every training row; `predict` is their argmax."""
    fitted, items = _fitted(component), _items(component)
    for rows in (items, items * 1000, np.zeros_like(items)):
        shares = fitted.predict_proba(rows)
        _require(shares.shape == (len(rows), 3) and shares.dtype == np.float32, component, f"gave {shares.shape}")
        _require(
            bool(np.isfinite(shares).all()) and shares.min() >= 0, component, "gave shares that are no probabilities"
        )
        _require(bool(np.allclose(shares.sum(axis=1), 1, atol=1e-5)), component, "gave rows that do not sum to 1")
    best = fitted.classes_[np.argmax(fitted.predict_proba(items), axis=1)]
    _require(np.array_equal(fitted.predict(items), best), component, "predict is not the likeliest class")
    _require(fitted.score(items, _labels()) > 0.9, component, "does not even learn three clusters that lie far apart")


def check_class_order(component: Classifier) -> None:
    """Labels may be text, `classes_` is sorted, and no name or row order moves a probability to another class."""
    items, names = _items(component), np.array(["pear", "apple", "quince"])
    labels = names[_labels()]
    order = np.random.default_rng(4).permutation(len(items))
    fitted = _fitted(component, items[order], labels[order])
    _require(list(fitted.classes_) == sorted(names), component, f"classes_ is {list(fitted.classes_)}, not sorted")
    _require(np.mean(fitted.predict(items) == labels) > 0.9, component, "mixes up classes whose labels are text")


def check_one_class(component: Classifier) -> None:
    """One class alone is learned as certain."""
    items = _items(component)
    fitted = _fitted(component, items, np.full(len(items), 7))
    shares = fitted.predict_proba(items)
    _require(
        list(fitted.classes_) == [7] and shares.shape == (len(items), 1),
        component,
        "one class has no column of its own",
    )
    _require(bool((shares == 1).all()), component, "one class alone is not certain")


def check_refuses_nan(component: Classifier) -> None:
    """NaN or infinity is an InputError, in training and in prediction."""
    items = _items(component)
    for value in (np.nan, np.inf):
        broken = items.copy()
        broken[3, 2] = value
        calls: tuple[Callable[[Array], Any], ...] = (
            lambda rows: component.clone().fit(rows, _labels()),
            _fitted(component).predict_proba,
        )
        for call in calls:
            try:
                call(broken)
            except InputError:
                continue
            raise CheckFailure(f"{type(component).__name__}: takes {value} without an InputError")


_OF_ALL: tuple[Check, ...] = (
    check_same_seed_same_answer,
    check_one_by_one_equals_batch,
    check_permuted_items_permute_answers,
    check_input_untouched,
    check_clone,
    check_parameters,
    check_repr_builds,
    check_saved_and_loaded,
)
_OF_PICTURES: tuple[Check, ...] = (
    check_vectors,
    check_every_accepted_kind,
    check_refuses_other_kinds,
    check_tiny_pictures,
)
_OF_KIND: dict[type[Component], tuple[Check, ...]] = {
    GlobalDescriptor: (*_OF_PICTURES, check_invariances),
    LocalDescriptor: _OF_PICTURES,
    Summary: (check_summary_vectors, check_few_features),
    Classifier: (check_probabilities, check_class_order, check_one_class, check_refuses_nan),
}
