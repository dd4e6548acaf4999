"""What pictures are changed by while a network learns from them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sightline.components import build
from sightline.deep.changes import Changes
from sightline.errors import ComponentError
from sightline.task import Conditions
from sightline.transforms.augmentation import Augmentation
from tests.pictures import noise


def test_the_usual_ones_are_those_of_an_augmentation() -> None:
    assert Changes().augmentation() == Augmentation()
    assert Changes(area=0.5, mirrored=False, blur_px=2.0).augmentation() == Augmentation(0.5, False, blur_px=2.0)


def test_every_condition_of_a_task_is_one_of_them() -> None:
    asked = Conditions(rotation_deg=20, light=0, scale=0.3, occlusion=0.2, blur_px=1)
    drawn = dataclasses.asdict(Changes.of(asked, mirrored=False).augmentation())
    assert not drawn["mirrored"] and {name: drawn[name] for name in dataclasses.asdict(asked)} == dataclasses.asdict(
        asked
    )
    assert repr(Changes.of(Conditions())) == "Changes()"


def test_a_light_that_is_declared_is_told_from_the_usual_one() -> None:
    declared = Changes.of(Conditions(light=0.1))
    assert repr(declared) == "Changes(light=0.1)" and repr(build(repr(declared))) == repr(declared)
    assert (declared.augmentation().light, Changes().augmentation().light) == (0.1, None)


@pytest.mark.parametrize(("scale", "area"), [(0.0, 1.0), (0.1, 0.826), (0.5, 0.6), (None, 0.6)])
def test_parts_are_no_smaller_than_a_declared_scale_lets_them_be(scale: float | None, area: float) -> None:
    assert Changes.of(Conditions(scale=scale)).area == area


def test_declared_as_none_nothing_happens_to_a_picture() -> None:
    still = Changes.of(Conditions(scale=0, light=0), mirrored=False).augmentation()
    picture = noise(20, 0)
    for seed in range(5):
        np.testing.assert_array_equal(still(picture, np.random.default_rng(seed)), picture)


def test_it_is_a_parameter_with_limits() -> None:
    text = "Distilled(teacher='HOG() > Ridge()', changes=Changes(mirrored=False))"
    assert repr(build(text)) == text and build(text).get_params()["changes__area"] == Changes().area
    with pytest.raises(ComponentError, match=r"rotation_deg=200.*allowed: 0 to 180"):
        build("SelfTrained(changes=Changes(rotation_deg=200))")
