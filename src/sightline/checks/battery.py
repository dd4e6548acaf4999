"""Which checks apply to which kind of component."""

from __future__ import annotations

from sightline.checks.everything import (
    check_clone,
    check_input_untouched,
    check_one_by_one_equals_batch,
    check_parameters,
    check_permuted_items_permute_answers,
    check_repr_builds,
    check_same_seed_same_answer,
    check_saved_and_loaded,
    check_travels,
)
from sightline.checks.items import Check
from sightline.checks.pictures import (
    check_every_accepted_kind,
    check_invariances,
    check_refuses_other_kinds,
    check_tiny_pictures,
    check_vectors,
)
from sightline.checks.vectors import (
    check_class_order,
    check_few_features,
    check_learns_from_few,
    check_one_class,
    check_probabilities,
    check_projection_vectors,
    check_projects_local_features,
    check_refuses_nan,
    check_refuses_other_width,
    check_summary_vectors,
    check_transform_gives_what_encode_gives,
)
from sightline.contracts import Classifier, Component, GlobalDescriptor, LocalDescriptor, Projection, Summary
from sightline.errors import ComponentError


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
    Summary: (
        check_summary_vectors,
        check_transform_gives_what_encode_gives,
        check_few_features,
        check_refuses_other_width,
    ),
    Projection: (check_projection_vectors, check_projects_local_features, check_learns_from_few, check_refuses_nan),
    Classifier: (check_probabilities, check_class_order, check_one_class, check_refuses_nan),
}
