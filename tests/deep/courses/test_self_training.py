from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.courses.fine_tuning import Course
from sightline.deep.courses.scratch import train
from sightline.deep.courses.self_training import BATCH, self_train, self_training_regime
from sightline.deep.training.regime import Regime
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.transforms.augmentation import Augmentation
from tests.deep.toys import red_and_blue

pytest.importorskip("torch", reason="the extra [deep] is not installed")
pytest.importorskip("timm", reason="the extra [deep] is not installed")

REGIMES = {
    "small": Regime(epochs=4, batch=32, rate=0.1, optimizer="muon", fall="line"),
    "resnet10t": Regime(epochs=4, batch=32, rate=3e-3),
}
NARROW = {"small": {"widths": [8, 12, 16]}, "resnet10t": {}}


def recipe(arch: str, px: int = 32) -> Recipe:
    return Recipe(Path(arch), arch, NARROW[arch], px=px)


def right(network: Any, pictures: Any, y: Any) -> float:
    """By the nearest mean of those that had labels."""
    new, truth = red_and_blue(30, seed=7)
    known, seen = (np.stack([network.embed(one) for one in some]) for some in (pictures, new))
    means = np.stack([known[y == code].mean(axis=0) for code in (0, 1)])
    return float(np.mean(((seen[:, None] - means) ** 2).sum(axis=2).argmin(axis=1) == truth))


@pytest.mark.parametrize("arch", ["small", "resnet10t"])
def test_it_learns_from_few_labels_and_is_the_same_again(arch: str) -> None:
    (pictures, y), (more, _) = red_and_blue(8), red_and_blue(120, seed=3)
    made = [self_train(recipe(arch), pictures, y, more, "mine", Course(REGIMES[arch])) for _ in range(2)]
    assert made[0].onnx == made[1].onnx and made[0].name == "mine"
    assert right(made[0], pictures, y) > 0.9


def test_other_changes_are_read_one_by_one() -> None:
    (pictures, y), (more, _) = red_and_blue(8), red_and_blue(60, seed=3)
    course = Course(REGIMES["small"], Augmentation(rotation_deg=10))
    assert self_train(recipe("small"), pictures, y, more, "mine", course).feed.height == 32


def test_missing_labels_no_labels_and_nothing_besides_are_refused() -> None:
    (pictures, y), (more, _) = red_and_blue(4), red_and_blue(4, seed=1)
    for some, labels, rest in ((pictures, y[:3], more), ([], y[:0], more), (pictures, y, [])):
        with pytest.raises(InputError, match="a label each, 1 or more, and 1 or more without"):
            self_train(recipe("small"), some, labels, rest, "mine", Course())


def test_of_one_class_nothing_is_learned() -> None:
    (pictures, _), (more, _) = red_and_blue(4), red_and_blue(4, seed=1)
    made = self_train(recipe("small"), pictures, np.zeros(4, int), more, "mine", Course(REGIMES["small"]))
    plain = train(recipe("small"), pictures, np.zeros(4, int), "mine", Course(REGIMES["small"]))
    np.testing.assert_array_equal(made.embed(more[0]), plain.embed(more[0]))


def test_the_regime_is_that_of_the_architecture() -> None:
    small, other = self_training_regime("small", 50_000, 3), self_training_regime("resnet18", 50_000, 3)
    assert (small.batch, small.epochs, small.optimizer) == (BATCH, 3, "muon")
    assert small.rate == pytest.approx(0.24 * (BATCH / 2000) ** 0.5)
    assert other.optimizer == "adamw" and other.batch == 64
    assert self_training_regime("small", 100, 3, 0.01).rate == 0.01
