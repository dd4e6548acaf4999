from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sightline.checks import CheckFailure, check_component, checks_for, everything
from sightline.checks.items import as_picture, fit_on
from sightline.components import build
from sightline.contracts import Component, GlobalDescriptor, LocalDescriptor, LocalFeatures
from sightline.errors import ComponentError
from tests.checks.broken import BROKEN, HOG, Guessing
from tests.checks.sound import Centered, Centers, Corners, Mean, MeanFeature
from tests.checks.specs import SPECS


@pytest.mark.parametrize(
    ("spec", "check"),
    [(spec, check) for spec in SPECS for check in checks_for(build(spec))],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_known_component_passes(spec: str, check: Callable[[Component], None]) -> None:
    check(build(spec))


DESCRIBERS = [one for one in map(build, SPECS) if isinstance(one, (GlobalDescriptor, LocalDescriptor))]
BY_SIZE = "HOG(signed=True, size_px=None)"  # its vector is as long as the picture is large: thin ones have none


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1), (2, 3), (300, 5)], ids=str)
@pytest.mark.parametrize("descriptor", [one for one in DESCRIBERS if repr(one) != BY_SIZE], ids=repr)
def test_known_descriptors_answer_for_thin_pictures(
    descriptor: GlobalDescriptor | LocalDescriptor, shape: tuple[int, int]
) -> None:
    picture = as_picture(np.random.default_rng(0).random((*shape, 3)), "uint8")
    found = fit_on(descriptor).describe(picture)
    assert np.isfinite(found.vectors if isinstance(found, LocalFeatures) else found).all()


@pytest.mark.parametrize("component", [Mean(), Corners(), MeanFeature(), Centered(), Centers()], ids=repr)
def test_an_outside_component_passes(component: Component) -> None:
    check_component(component)


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
