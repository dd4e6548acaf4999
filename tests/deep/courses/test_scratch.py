from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.courses import scratch
from sightline.deep.courses.fine_tuning import Course
from sightline.deep.courses.scratch import shown_to, train, trainer_of
from sightline.deep.lesson import Lesson
from sightline.deep.nets.backbones import drawn
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batches
from sightline.deep.training.shown.resident import Resident
from sightline.deep.training.watch import Watch
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.transforms.augmentation import Augmentation
from tests.deep.toys import red_and_blue

pytest.importorskip("torch", reason="the extra [deep] is not installed")
pytest.importorskip("timm", reason="the extra [deep] is not installed")

REGIMES = {
    "small": Regime(epochs=6, batch=16, rate=0.1, optimizer="muon", fall="line"),
    "resnet10t": Regime(epochs=6, batch=16, rate=3e-3),
}
NARROW = {"small": {"widths": [8, 12, 16]}, "resnet10t": {}}


def recipe(arch: str, px: int = 32) -> Recipe:
    return Recipe(Path(arch), arch, NARROW[arch], px=px)


@pytest.mark.parametrize("arch", ["small", "resnet10t"])
def test_it_learns_from_nothing_and_is_the_same_again(arch: str) -> None:
    pictures, y = red_and_blue(48)
    made = [train(recipe(arch), pictures, y, "mine", Course(REGIMES[arch])) for _ in range(2)]
    assert made[0].onnx == made[1].onnx and made[0].name == "mine"
    new, truth = red_and_blue(30, seed=7)
    known, seen = (np.stack([made[0].embed(one) for one in some]) for some in (pictures, new))
    means = np.stack([known[y == code].mean(axis=0) for code in (0, 1)])
    said = ((seen[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert np.mean(said == truth) > 0.9


@pytest.mark.parametrize(
    ("px", "change", "kind"),
    [
        (32, Augmentation(), Resident),
        (32, None, Resident),
        (128, Augmentation(), Batches),
        (32, Augmentation(rotation_deg=10), Batches),
        (32, Augmentation(light=0.4), Batches),
        (32, Augmentation(light=0.1), Batches),
        (32, Augmentation(light=0.0), Resident),
    ],
)
def test_small_pictures_are_held_unless_the_task_asks_for_more(px: int, change: Any, kind: type) -> None:
    pictures, y = red_and_blue(4)
    assert isinstance(shown_to(recipe("small", px), pictures, y, Course(augmentation=change), "cpu"), kind)


@pytest.mark.parametrize("lesson", [Lesson(), Lesson(trust="co-teaching"), Lesson(mixup=0.2)])
def test_colors_are_seen_whatever_comes_first(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whitening by the first pictures alone made a filter zero wherever those did not vary."""
    monkeypatch.setattr(scratch, "WHITENED", 8)
    colored, _ = red_and_blue(4)
    grey = [np.repeat(one[:, :, 1:2], 3, axis=2) for one in red_and_blue(40)[0]]
    codes = np.array([0] * 40 + [1] * 4)
    course = Course(Regime(1), lesson=lesson, workers=1)
    asked = recipe("small")
    trainer = trainer_of(drawn(asked, 0), asked, [*grey, *colored], codes, course, Watch())
    stems = [one for name, one in trainer.network.named_parameters() if name.endswith("stem.weight")]
    assert stems and all(one.abs().sum(dim=(1, 2, 3)).gt(0).all() for one in stems)


def test_no_and_missing_labels_are_refused() -> None:
    pictures, y = red_and_blue(4)
    for some, labels in ((pictures, y[:3]), ([], y[:0])):
        with pytest.raises(InputError, match=f"{len(some)} pictures and {len(labels)} labels .* one each, 1 or more"):
            train(recipe("small"), some, labels, "mine")


@pytest.mark.parametrize("arch", ["small", "resnet10t"])
def test_of_one_class_nothing_is_learned(arch: str) -> None:
    pictures, _ = red_and_blue(4)
    made = [train(recipe(arch), pictures, np.full(4, 3), "mine", Course(REGIMES[arch])) for _ in range(2)]
    values = np.stack([made[0].embed(one) for one in pictures])
    assert made[0].onnx == made[1].onnx and np.isfinite(values).all() and np.ptp(values, axis=0).any()


def test_where_all_of_a_picture_is_shown_it_is_not_shifted() -> None:
    random = np.random.default_rng(0)
    pictures, y = list(random.integers(0, 256, (6, 32, 32, 3), np.uint8)), np.arange(6) % 2
    for change, same in ((Augmentation(area=1.0, mirrored=False, light=0.0), True), (Augmentation(), False)):
        (batch,) = shown_to(recipe("small"), pictures, y, Course(augmentation=change), "cpu").epoch(0, 6)
        seen = zip(batch.rows.tolist(), batch.pictures.numpy(), strict=True)
        assert all(np.array_equal(picture, pictures[row]) for row, picture in seen) == same
