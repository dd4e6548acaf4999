"""What a training does beyond the usual, as a parameter of what is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.components import build, from_description
from sightline.components import describe as described
from sightline.deep.courses.fine_tuning import Course
from sightline.deep.courses.scratch import train
from sightline.deep.lesson import Lesson
from sightline.deep.training.regime import Regime
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ComponentError, InputError
from sightline.transforms.augmentation import Augmentation
from tests.deep import toys

RARE = np.array([0] * 9 + [1])


def test_it_is_a_parameter_as_text_and_in_files() -> None:
    text = "Trained(px=28, lesson=Lesson(loss='focal', balance='none', mixup=0.2))"
    made = build(text)
    assert repr(made) == text and repr(from_description(described(made))) == text
    assert made.get_params()["lesson__mixup"] == 0.2 and repr(made.clone()) == text
    with pytest.raises(ComponentError, match=r"ratio=2.*allowed: 0 to 1"):
        build("FineTuned(lesson=Lesson(ratio=2))")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"loss": "focl"}, 'loss="focl"; did you mean "focal"'),
        ({"balance": "x"}, "known: .*logits"),
        ({"trust": "early"}, "early-learning"),
        ({"trust": "early-learning", "cutmix": 1.0}, r"with mixup=0, cutmix=1; it holds a network .*: give 0 for both"),
    ],
)
def test_what_cannot_be_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ComponentError, match=said):
        Lesson(**given).objective(RARE, 2)


def test_classes_count_the_same_in_three_ways() -> None:
    assert Lesson().objective(RARE, 2).weights == pytest.approx((10 / 18, 5.0))
    assert not Lesson(balance="none").objective(RARE, 2).weights
    adjusted = Lesson(balance="logits").objective(RARE, 2)
    assert adjusted.shift == pytest.approx(np.log([0.9, 0.1])) and not adjusted.weights
    order = Lesson(balance="sampling").order(RARE, 0)
    assert order is not None and np.bincount(RARE[order(0) % len(RARE)]).tolist() == [5, 5]
    assert Lesson().order(RARE, 0) is None


def test_only_cross_entropy_is_smoothed() -> None:
    smoothed = {loss: Lesson(loss=loss).objective(RARE, 2).smoothing for loss in ("cross-entropy", "focal")}
    assert smoothed == {"cross-entropy": 0.1, "focal": 0.0}


def test_more_changes_come_to_those_that_are_there() -> None:
    change = Augmentation(rotation_deg=10)
    assert Lesson().changing(change) is change and Lesson().changing(None) is None
    assert Lesson(randaugment=0.5).changing(change) == Augmentation(rotation_deg=10, randaugment=0.5)
    alone = Lesson(erasing=0.5).changing(None)
    assert alone == Augmentation(area=1.0, mirrored=False, light=0.0, random_erasing=0.5)


@pytest.mark.parametrize(
    "lesson",
    [
        Lesson(loss="focal", balance="sampling"),
        Lesson(loss="generalized", balance="none", mixup=0.2, cutmix=1.0),
        Lesson(balance="logits", trust="early-learning"),
        Lesson(trust="co-teaching", noise=0.1),
        Lesson(randaugment=0.1, erasing=0.2),
    ],
    ids=["focal", "generalized", "early", "co-teaching", "changes"],
)
def test_every_kind_learns_from_nothing_and_is_the_same_again(lesson: Lesson) -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    pictures, y = toys.red_and_blue(33)
    epochs = 12 if lesson.randaugment else 5  # other colors, where color is all that tells, take longer
    course = Course(Regime(epochs=epochs, batch=12, rate=0.1, optimizer="muon", fall="line"), lesson=lesson)
    recipe = Recipe(Path("small"), "small", {"widths": [8, 12, 16]}, px=32)
    first, again = (train(recipe, pictures, y, "mine", course) for _ in range(2))
    assert first.onnx == again.onnx
    new, truth = toys.red_and_blue(30, seed=7)
    known, seen = (np.stack([first.embed(one) for one in some]) for some in (pictures, new))
    means = np.stack([known[y == code].mean(axis=0) for code in (0, 1)])
    assert np.mean(((seen[:, None] - means) ** 2).sum(axis=2).argmin(axis=1) == truth) > 0.9


def test_a_class_of_one_picture_is_learned_from() -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    pictures, y = toys.red_and_blue(10)
    y[-1] = 2
    recipe = Recipe(Path("small"), "small", {"widths": [8, 12, 16]}, px=32)
    for balance in ("weights", "sampling", "logits"):
        course = Course(Regime(epochs=1, batch=5), lesson=Lesson(balance=balance))
        assert np.isfinite(train(recipe, pictures, y, "mine", course).embed(pictures[0])).all()


def test_a_network_that_has_learned_is_fine_tuned_by_it_too(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    from sightline.deep.courses.fine_tuning import fine_tune

    recipe = toys.recipe(tmp_path)
    pictures, y = toys.red_and_blue(12)
    regime = Regime(epochs=1, batch=6, rate=1e-3)
    usual, held = (
        fine_tune(recipe, pictures, y, "mine", Course(regime, lesson=lesson)).onnx
        for lesson in (Lesson(), Lesson(loss="focal", trust="early-learning", balance="sampling", erasing=0.5))
    )
    assert usual != held
    with pytest.raises(InputError, match=r"co-teaching.*allowed"):
        fine_tune(recipe, pictures, y, "mine", Course(regime, lesson=Lesson(trust="co-teaching")))
