"""What every component keeps, whatever its kind."""

from __future__ import annotations

import contextlib
import pickle

import numpy as np
import safetensors.numpy

from sightline.checks.items import (
    CheckFailure,
    all_equal,
    answers_of,
    choose,
    copied,
    fit_on,
    items_for,
    refuses,
    require,
)
from sightline.components import build, describe, from_description, known
from sightline.contracts import Component
from sightline.errors import ComponentError


def check_same_seed_same_answer(component: Component) -> None:
    """Fitted twice on the same items, it answers the same to the last bit."""
    items = items_for(component)
    first, second = (answers_of(fit_on(component), items) for _ in range(2))
    require(all_equal(first, second), component, "two fits with one seed answer differently; draw from `seed` alone")


def check_one_by_one_equals_batch(component: Component) -> None:
    """An item alone gets the answer that it gets among others, to the last bit."""
    items, fitted = items_for(component), fit_on(component)
    alone = [answers_of(fitted, choose(items, [row]))[0] for row in range(len(items))]
    require(
        all_equal(answers_of(fitted, items), alone), component, "an item alone is answered differently than in a batch"
    )


def check_permuted_items_permute_answers(component: Component) -> None:
    """The order of the items is the order of the answers, and changes nothing else."""
    items, fitted = items_for(component), fit_on(component)
    order = np.random.default_rng(2).permutation(len(items)).tolist()
    before, after = answers_of(fitted, items), answers_of(fitted, choose(items, order))
    require(all_equal(choose(before, order), after), component, "items in another order are answered differently")


def check_input_untouched(component: Component) -> None:
    """Fitting and answering leave the items as they were."""
    items = items_for(component)
    before = copied(items)
    answers_of(fit_on(component, items), items)
    require(all_equal(before, copied(items)), component, "it changed its input; work on a copy")


def check_clone(component: Component) -> None:
    """A clone has equal parameters, inner components of its own, and has learned nothing."""
    fitted = fit_on(component)
    copy, fresh = fitted.clone(), type(component)(**component.clone().get_params(deep=False))
    require(repr(copy) == repr(fresh) == repr(component), component, f"its clone is {copy!r}, not {component!r}")
    require(not copy.learns() or not copy.is_fitted(), component, "its clone remembers what was learned")
    shared = {id(part) for _, part in copy.inner()} & {id(part) for _, part in fitted.inner()}
    require(not shared, component, "its clone shares an inner component; does __init__ keep a default alive?")


def check_parameters(component: Component) -> None:
    """`__init__` stores what it is given and nothing learned; `set_params` and `restore` refuse what they must."""
    before = {name: repr(value) for name, value in component.get_params().items()}
    copy = component.clone().set_params(**component.get_params(deep=False))
    after = {name: repr(value) for name, value in copy.get_params().items()}
    require(before == after, component, "set_params changes what it sets")
    learned = [name for name in vars(component.clone()) if name.endswith("_")]
    require(not learned, component, f"__init__ sets {learned}; only fit may")
    refused = refuses(component.clone().restore, {}) or not component.learned
    require(refused, component, "restore does not miss the arrays that it needs")
    with contextlib.suppress(ComponentError):
        component.clone().set_params(no_such_parameter=1)
        raise CheckFailure(f"{type(component).__name__}: set_params takes a parameter that does not exist")


def check_repr_builds(component: Component) -> None:
    """Its `repr` and its description build it again, if `components` knows its name."""
    if known().get(type(component).__name__) is type(component):
        for again in (build(repr(component)), from_description(describe(component))):
            require(repr(again) == repr(component), component, f"its text and description build {again!r}")


def check_saved_and_loaded(component: Component) -> None:
    """Its learned arrays, written to a model file and given to a clone, answer the same to the last bit."""
    items, fitted = items_for(component), fit_on(component)
    state = {name: np.array(array, order="C") for name, array in fitted.state().items()}
    wrong = [name for name, array in state.items() if array.dtype.kind not in "iuf"]
    require(not wrong, component, f"learned arrays {wrong} are not numbers; a model file holds numbers only")
    loaded = component.clone().restore(safetensors.numpy.load(safetensors.numpy.save(state)))
    require(loaded.is_fitted(), component, "restored from its state, it is not fitted")
    require(
        all_equal(answers_of(fitted, items), answers_of(loaded, items)), component, "loaded, it answers differently"
    )


def check_travels(component: Component) -> None:
    """Fitted, it travels to another process: pickled in memory, it answers the same to the last bit."""
    items, fitted = items_for(component), fit_on(component)
    arrived = pickle.loads(pickle.dumps(fitted))  # noqa: S301 (made in this line; no file is ever read so)
    require(
        all_equal(answers_of(fitted, items), answers_of(arrived, items)), component, "pickled, it answers differently"
    )
