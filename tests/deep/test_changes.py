"""What pictures are changed by while a network learns from them."""

from __future__ import annotations

import dataclasses

import pytest

from sightline.components import build
from sightline.deep.changes import Changes
from sightline.errors import ComponentError
from sightline.task import Conditions
from sightline.transforms.augmentation import Augmentation


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


def test_it_is_a_parameter_with_limits() -> None:
    text = "Distilled(teacher='HOG() > Ridge()', changes=Changes(mirrored=False))"
    assert repr(build(text)) == text and build(text).get_params()["changes__area"] == Changes().area
    with pytest.raises(ComponentError, match=r"rotation_deg=200.*allowed: 0 to 180"):
        build("SelfTrained(changes=Changes(rotation_deg=200))")
