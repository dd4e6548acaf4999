"""The public battery that every component passes, ours and those of others.

    check_component(MyDescriptor())                     # all checks, at the first failure CheckFailure

    @pytest.mark.parametrize("check", checks_for(MyDescriptor()), ids=lambda check: check.__name__)
    def test_my_descriptor(check):                      # or one by one
        check(MyDescriptor())

A check is a function of one component; it works on clones that it fits on small data drawn here, and its name says what
must hold.
"""

from __future__ import annotations

import contextlib
import itertools
import pickle
from collections.abc import Callable, Sequence
from typing import Any

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
Descriptor = GlobalDescriptor | LocalDescriptor
SIZE_PX = 64
_LABELS = np.repeat([0, 1, 2], 4)
NEARLY = 0.1
"""Relative length of the change that "invariant" still allows: rounding to uint8 changes a few votes, a turn most."""
CHANGES: dict[str, Callable[[Array], Array]] = {
    "rotate90": np.rot90,
    "flip": np.fliplr,
    "gain": lambda values: values * 2,
    "offset": lambda values: values + 0.4,
}
"""What `invariant_to` may name, as a change of values in [0, 0.5]."""


class CheckFailure(SightlineError, AssertionError):  # noqa: N818 (a verdict, as pytest's own Failed)
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


def _values(n: int, channels: int) -> list[Array]:
    """n pictures as (64, 64, c) float64 in [0, 0.5]: stripes of another width, turn and tint each, with noise."""
    y, x = np.mgrid[:SIZE_PX, :SIZE_PX] / SIZE_PX
    random = np.random.default_rng(0)
    pictures = []
    for number in range(n):
        waves = (5 + 3 * (number % 4)) * (x * np.cos(number) + y * np.sin(number)) * (1 + 0.3 * x)
        tint = np.roll(np.linspace(0.6, 1.0, channels), number)
        stripes = (0.5 + 0.5 * np.sin(2 * np.pi * waves))[:, :, None] * tint
        pictures.append(0.5 * np.clip(stripes + random.normal(0, 0.05, stripes.shape), 0, 1))
    return pictures


def _as_picture(values: Array, depth: str) -> Picture:
    """Values in [0, 1] in the given depth."""
    if depth.startswith("float"):
        return np.ascontiguousarray(values, dtype=depth)
    return np.ascontiguousarray(np.round(values * np.iinfo(depth).max), dtype=depth)


def _kind_of_picture(accepts: Accepts) -> tuple[int, str]:
    """Channels and depth to try with: those of a usual picture if they are allowed."""
    channels = 3 if 3 in accepts.channels else accepts.channels[0]
    return channels, "uint8" if "uint8" in accepts.depths else accepts.depths[0]


def _items(component: Component) -> Any:
    """Twelve items of the kind that `component` is given."""
    if isinstance(component, (GlobalDescriptor, LocalDescriptor)):
        channels, depth = _kind_of_picture(component.accepts)
        return [_as_picture(values, depth) for values in _values(12, channels)]
    if isinstance(component, Summary):
        return [_features(30 + number) for number in range(12)]
    centers = np.repeat(np.eye(3, 6), 4, axis=0)
    return (centers + np.random.default_rng(1).normal(0, 0.2, centers.shape)).astype(np.float32)


def _fitted(component: Any, items: Any = None, labels: Any = _LABELS) -> Any:
    """A clone of `component`, fitted."""
    return component.clone().fit(_items(component) if items is None else items, labels)


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


def _refuses(call: Callable[..., Any], *given: Any) -> bool:
    """Whether `call` raises InputError, of which ComponentError is one."""
    try:
        call(*given)
    except InputError:
        return True
    return False


def _copied(items: Any) -> list[Array]:
    parts = [(item.vectors, item.positions) if isinstance(item, LocalFeatures) else (item,) for item in items]
    return [np.array(array) for part in parts for array in part]


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
    """A clone has equal parameters, inner components of its own, and has learned nothing."""
    fitted = _fitted(component)
    copy, fresh = fitted.clone(), type(component)(**component.clone().get_params(deep=False))
    _require(repr(copy) == repr(fresh) == repr(component), component, f"its clone is {copy!r}, not {component!r}")
    _require(not copy.learns() or not copy.is_fitted(), component, "its clone remembers what was learned")
    shared = {id(part) for _, part in copy.inner()} & {id(part) for _, part in fitted.inner()}
    _require(not shared, component, "its clone shares an inner component; does __init__ keep a default alive?")


def check_parameters(component: Component) -> None:
    """`__init__` stores what it is given and nothing learned; `set_params` and `restore` refuse what they must."""
    before = {name: repr(value) for name, value in component.get_params().items()}
    copy = component.clone().set_params(**component.get_params(deep=False))
    after = {name: repr(value) for name, value in copy.get_params().items()}
    _require(before == after, component, "set_params changes what it sets")
    learned = [name for name in vars(component.clone()) if name.endswith("_")]
    _require(not learned, component, f"__init__ sets {learned}; only fit may")
    refused = _refuses(component.clone().restore, {}) or not component.learned
    _require(refused, component, "restore does not miss the arrays that it needs")
    with contextlib.suppress(ComponentError):
        component.clone().set_params(no_such_parameter=1)
        raise CheckFailure(f"{type(component).__name__}: set_params takes a parameter that does not exist")


def check_repr_builds(component: Component) -> None:
    """Its `repr` and its description build it again, if `components` knows its name."""
    if known().get(type(component).__name__) is type(component):
        for again in (build(repr(component)), from_description(describe(component))):
            _require(repr(again) == repr(component), component, f"its text and description build {again!r}")


def check_saved_and_loaded(component: Component) -> None:
    """Its learned arrays, written to a model file and given to a clone, answer the same to the last bit."""
    items, fitted = _items(component), _fitted(component)
    state = {name: np.array(array, order="C") for name, array in fitted.state().items()}
    wrong = [name for name, array in state.items() if array.dtype.kind not in "iuf"]
    _require(not wrong, component, f"learned arrays {wrong} are not numbers; a model file holds numbers only")
    loaded = component.clone().restore(safetensors.numpy.load(safetensors.numpy.save(state)))
    _require(loaded.is_fitted(), component, "restored from its state, it is not fitted")
    _require(_equal(_answers(fitted, items), _answers(loaded, items)), component, "loaded, it answers differently")


def check_travels(component: Component) -> None:
    """Fitted, it travels to another process: pickled in memory, it answers the same to the last bit."""
    items, fitted = _items(component), _fitted(component)
    arrived = pickle.loads(pickle.dumps(fitted))  # noqa: S301 (made in this line; no file is ever read so)
    _require(_equal(_answers(fitted, items), _answers(arrived, items)), component, "pickled, it answers differently")


def _described(component: Descriptor, picture: Picture) -> Array:
    """The finite vector of a picture, or its finite vectors (m, d)."""
    found = component.describe(picture)
    vectors = found.vectors if isinstance(found, LocalFeatures) else np.asarray(found)
    _require(bool(np.isfinite(vectors).all()), component, f"gave NaN for a picture of shape {picture.shape}")
    if isinstance(found, LocalFeatures):
        at = found.positions
        right = at.shape == (len(found), 2) and at.dtype == np.float32 and bool(((at >= 0) & (at <= 1)).all())
        _require(right, component, "positions are not (m, 2) float32 in [0, 1]")
    return vectors


def check_vectors(component: Descriptor) -> None:
    """Finite float32 vectors, equally long for every picture of one kind: textured, constant, with equal channels."""
    fitted, (channels, depth) = _fitted(component), _kind_of_picture(component.accepts)
    values = _values(2, channels)
    values += [np.full_like(values[0], level) for level in (0.0, 0.3, 1.0)]
    values += [np.repeat(values[0][:, :, :1], channels, axis=2)]
    found = [_described(fitted, _as_picture(value, depth)) for value in values]
    ndim = 1 if isinstance(component, GlobalDescriptor) else 2
    right = all(vectors.ndim == ndim and vectors.dtype == np.float32 for vectors in found)
    _require(right, component, f"gave {found[0].dtype} of shape {found[0].shape}; allowed: float32, {ndim} axes")
    _require(len({vectors.shape[-1] for vectors in found}) == 1, component, "gave vectors of different lengths")


def check_every_accepted_kind(component: Descriptor) -> None:
    """Every number of channels and every depth that it declares is described."""
    fitted = _fitted(component)
    for channels, depth in itertools.product(component.accepts.channels, component.accepts.depths):
        refused = _refuses(_described, fitted, _as_picture(_values(1, channels)[0], depth))
        _require(not refused, component, f"refuses {channels} channels of {depth}, which it declares")


def check_refuses_other_kinds(component: Descriptor) -> None:
    """A picture of another depth or number of channels is an InputError, never silently converted."""
    fitted, accepts = _fitted(component), component.accepts
    usual, depth = _kind_of_picture(accepts)
    others = [(usual, other) for other in ("uint8", "uint16", "float32") if other not in accepts.depths]
    others += [(other, depth) for other in (1, 2, 3, 7) if other not in accepts.channels]
    for channels, other in others:
        refused = _refuses(_described, fitted, _as_picture(_values(1, channels)[0], other))
        _require(refused, component, f"took {channels} channels of {other}, which it does not declare")


def check_tiny_pictures(component: Descriptor) -> None:
    """A picture one pixel wide, high, or both is described with finite numbers, or refused with an InputError."""
    fitted, (channels, depth) = _fitted(component), _kind_of_picture(component.accepts)
    values = _values(1, channels)[0]
    for tiny in (values[:1, :1], values[:, :1], values[:1], values[:3, :3]):
        with contextlib.suppress(InputError):
            _described(fitted, _as_picture(tiny, depth))


def check_invariances(component: GlobalDescriptor) -> None:
    """What `invariances` names changes the vector by a tenth of its length at most."""
    fitted, (channels, depth) = _fitted(component), _kind_of_picture(component.accepts)
    for name, values in itertools.product(component.invariances(), _values(4, channels)):
        _require(name in CHANGES, component, f'declares "{name}"; allowed: {", ".join(CHANGES)}')
        before, after = (_described(fitted, _as_picture(v, depth)) for v in (values, CHANGES[name](values)))
        change = float(np.linalg.norm(after - before)) / max(float(np.linalg.norm(before)), 1e-12)
        _require(change <= NEARLY, component, f'declares "{name}", which changes its vector by {change:.0%}')


def _features(m: int) -> LocalFeatures:
    random = np.random.default_rng(m)
    return LocalFeatures(random.random((m, 16)).astype(np.float32), random.random((m, 2)).astype(np.float32))


def check_summary_vectors(component: Summary) -> None:
    """Finite float32 vectors, equally long for 1 and for 100 features, and for none."""
    fitted = _fitted(component)
    found = [fitted.encode(_features(m)) for m in (1, 100, 0)]
    for vector in found:
        _require(vector.ndim == 1 and vector.dtype == np.float32, component, f"gave {vector.dtype}, {vector.shape}")
        _require(bool(np.isfinite(vector).all()), component, "gave NaN or infinity")
    _require(len({len(vector) for vector in found}) == 1, component, "gave vectors of different lengths")


def check_few_features(component: Summary) -> None:
    """It learns from two features, fewer than any codebook has entries; from none, it raises an InputError."""
    fitted = component.clone().fit([_features(0), _features(2)])
    _require(bool(np.isfinite(fitted.encode(_features(2))).all()), component, "learned from two features, it gives NaN")
    refused = _refuses(component.clone().fit, [_features(0), _features(0)])
    _require(refused or not component.learns(), component, "learns from no features at all; raise InputError")


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
    _require(fitted.score(items, _LABELS) > 0.9, component, "does not even learn three clusters that lie far apart")


def check_class_order(component: Classifier) -> None:
    """Labels may be text, `classes_` is sorted, and no name or row order moves a probability to another class."""
    items, names = _items(component), np.array(["pear", "apple", "quince"])
    labels = names[_LABELS]
    order = np.random.default_rng(4).permutation(len(items))
    fitted = _fitted(component, items[order], labels[order])
    _require(list(fitted.classes_) == sorted(names), component, f"classes_ is {list(fitted.classes_)}, not sorted")
    _require(np.mean(fitted.predict(items) == labels) > 0.9, component, "mixes up classes whose labels are text")


def check_one_class(component: Classifier) -> None:
    """One class alone is learned as certain."""
    items = _items(component)
    fitted = _fitted(component, items, np.full(len(items), 7))
    shares = fitted.predict_proba(items)
    _require(list(fitted.classes_) == [7], component, f"one class, 7, is learned as {fitted.classes_}")
    _require(np.array_equal(shares, np.ones((len(items), 1))), component, "one class alone is not certain")


def check_refuses_nan(component: Classifier) -> None:
    """NaN or infinity is an InputError, in training and in prediction."""
    fitted = _fitted(component)
    for value in (np.nan, np.inf):
        broken = _items(component)
        broken[3, 2] = value
        _require(_refuses(component.clone().fit, broken, _LABELS), component, f"is fitted on {value}")
        _require(_refuses(fitted.predict_proba, broken), component, f"has an answer for {value}")


_OF_ALL: tuple[Check, ...] = (
    check_same_seed_same_answer,
    check_one_by_one_equals_batch,
    check_permuted_items_permute_answers,
    check_input_untouched,
    check_clone,
    check_parameters,
    check_repr_builds,
    check_saved_and_loaded,
    check_travels,
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
