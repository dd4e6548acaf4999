"""Drawn networks that learn drawn things."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.classical.classifiers.logistic import LogisticRegression
from sightline.deep.courses import fine_tuning
from sightline.deep.courses.fine_tuning import Course, embeddings, fine_tune, step_s
from sightline.deep.export import exported
from sightline.deep.nets.backbones import looking, module_of
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batches, of_classes
from sightline.deep.training.watch import Watch
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.networks.network import Network
from sightline.transforms.augmentation import Augmentation
from tests.deep.toys import color_blind, recipe, red_and_blue

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
pytest.importorskip("timm", reason="the extra [deep] is not installed")

COURSE = Course(Regime(epochs=6, batch=8, rate=2e-3), workers=1)
SHORT = dataclasses.replace(COURSE, regime=Regime(epochs=2, batch=8))


def accuracy(network: Network) -> float:
    """Of a linear classifier on embeddings of pictures, on others."""
    (pictures, y), (others, truth) = red_and_blue(40), red_and_blue(60, seed=1)
    rows, held = (np.stack([network.embed(one) for one in some]) for some in (pictures, others))
    return LogisticRegression(C=30.0).fit(rows, y).score(held, truth)


def test_what_the_frozen_network_does_not_see_is_learned(tmp_path: Path) -> None:
    made = recipe(tmp_path, change=color_blind)
    pictures, y = red_and_blue(40)
    assert accuracy(exported(made, "frozen")) < 0.75
    assert accuracy(fine_tune(made, pictures, y, "tuned", COURSE)) > 0.95


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    made = recipe(tmp_path)
    pictures, y = red_and_blue(12)
    first = fine_tune(made, pictures, y, "tuned", SHORT)
    again = fine_tune(made, pictures, y, "tuned", dataclasses.replace(SHORT, workers=2))
    other = fine_tune(made, pictures, y, "tuned", dataclasses.replace(SHORT, seed=1))
    assert first.onnx == again.onnx and first.digest != other.digest
    assert b"/src/" not in first.onnx and b"site-packages" not in first.onnx


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The torch networks in place of their exports, which take seconds."""
    found: list[Any] = []
    monkeypatch.setattr(fine_tuning, "exported_module", lambda network, recipe, name: found.append(network))
    return found


def changed(before: Any, after: Any, start: str, end: str = "") -> bool:
    """Whether any array is another whose name begins and ends so."""
    names = [name for name in before if name.startswith(start) and name.endswith(end)]
    assert names
    return any(not torch.equal(before[name], after[name]) for name in names)


def test_few_pictures_leave_the_statistics_and_many_do_not(
    tmp_path: Path, kept: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = recipe(tmp_path)
    before = module_of(made).state_dict()
    pictures, y = red_and_blue(12)
    fine_tune(made, pictures, y, "tuned", SHORT)
    assert not changed(before, kept[0].state_dict(), "", "running_mean")
    assert changed(before, kept[0].state_dict(), "conv1.0.weight")
    monkeypatch.setattr(fine_tuning, "FEW", 5)
    fine_tune(made, pictures, y, "tuned", SHORT)
    assert changed(before, kept[1].state_dict(), "", "running_mean")


def test_of_half_the_depth_the_first_layers_stay(tmp_path: Path, kept: list[Any]) -> None:
    made = recipe(tmp_path)
    before = module_of(made).state_dict()
    fine_tune(made, *red_and_blue(12), "tuned", dataclasses.replace(SHORT, depth=0.5))
    assert not changed(before, kept[0].state_dict(), "conv1.")
    assert not changed(before, kept[0].state_dict(), "layer1.")
    assert changed(before, kept[0].state_dict(), "layer4.")


def test_early_layers_move_less(tmp_path: Path, kept: list[Any]) -> None:
    made = recipe(tmp_path)
    before = module_of(made).state_dict()
    fine_tune(made, *red_and_blue(12), "tuned", dataclasses.replace(SHORT, augmentation=None))
    after = kept[0].state_dict()
    moved = {
        layer: max(float((after[name] - value).abs().max()) for name, value in before.items() if name.startswith(layer))
        for layer in ("conv1.0", "layer4.0.conv2")
    }
    assert 0 < moved["conv1.0"] < moved["layer4.0.conv2"]


def test_one_picture_of_each_class(tmp_path: Path, kept: list[Any]) -> None:
    pictures, y = red_and_blue(2)
    fine_tune(recipe(tmp_path), pictures, y, "tuned", SHORT)
    assert all(torch.isfinite(value).all() for value in kept[0].state_dict().values())


def test_of_one_class_alone_nothing_is_learned(tmp_path: Path, kept: list[Any]) -> None:
    made = recipe(tmp_path)
    fine_tune(made, red_and_blue(3)[0], np.zeros(3, int), "tuned", SHORT)
    assert not changed(module_of(made).state_dict(), kept[0].state_dict(), "")


def test_class_numbers_may_have_gaps(tmp_path: Path, kept: list[Any]) -> None:
    pictures, y = red_and_blue(6)
    for numbers in (y, 5 * y + 2):
        fine_tune(recipe(tmp_path), pictures, numbers, "tuned", SHORT)
    assert not changed(kept[0].state_dict(), kept[1].state_dict(), "")


def test_a_rate_far_too_high_keeps_the_best_and_says_so(tmp_path: Path, kept: list[Any]) -> None:
    said: list[str] = []
    made = recipe(tmp_path)
    wild = dataclasses.replace(COURSE, regime=Regime(epochs=6, batch=8, rate=1e30, optimizer="sgd", clip=1e30))
    fine_tune(made, *red_and_blue(16), "tuned", wild, Watch(said=said.append))
    assert len(said) == 1 and "is probably too high" in said[0]
    assert all(torch.isfinite(value).all() for value in kept[0].state_dict().values())


@pytest.mark.parametrize(("n", "labels"), [(0, 0), (4, 3)])
def test_odd_numbers_are_refused(tmp_path: Path, n: int, labels: int) -> None:
    with pytest.raises(InputError, match="allowed: one each"):
        fine_tune(Recipe(tmp_path / "none", "x"), red_and_blue(n)[0], np.arange(labels), "tuned")


def with_memory_for(most: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let networks take so many pictures at once; how many they were given, when nothing was to be learned yet."""
    looked: list[int] = []

    def look(network: Any, recipe: Recipe) -> Any:
        def before(module: Any, inputs: tuple[Any, ...]) -> None:
            if not torch.is_grad_enabled():
                looked.append(len(inputs[0]))
            if len(inputs[0]) > most:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

        seeing = looking(network, recipe)
        seeing.register_forward_pre_hook(before)
        return seeing

    monkeypatch.setattr(fine_tuning, "looking", look)
    return looked


def test_memory_that_is_out_while_the_head_learns_halves_the_batch_once(
    tmp_path: Path, kept: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, (pictures, y) = recipe(tmp_path), red_and_blue(24)
    course = dataclasses.replace(SHORT, regime=Regime(epochs=1, batch=16))
    looked, said = with_memory_for(8, monkeypatch), list[str]()
    fine_tune(made, pictures, y, "tuned", course, Watch(said=said.append))
    assert looked == [12, 6, 6, 6, 6] and len(kept) == 1
    assert said == ["memory was out with batches of 12 pictures; it went on with 6"]
    with_memory_for(0, monkeypatch)
    with pytest.raises(InputError, match="memory is out with one picture of 32 px"):
        fine_tune(made, pictures, y, "tuned", course)


def test_a_head_learns_from_the_same_in_any_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, (pictures, y) = recipe(tmp_path), red_and_blue(7)
    batches = Batches(pictures, of_classes(y), made.px, workers=1)
    rows, targets, size = embeddings(looking(module_of(made), made), batches, 7, Watch())
    looked = with_memory_for(2, monkeypatch)
    few, same, left = embeddings(fine_tuning.looking(module_of(made), made), batches, 7, Watch())
    assert (size, left) == (7, 2) and looked == [7, 4, 2, 2, 2, 1]
    np.testing.assert_allclose(few, rows, rtol=1e-4, atol=1e-5)
    assert same.tolist() == targets.tolist() == y.tolist()


def test_the_head_and_the_steps_take_no_more_than_memory_has_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, (pictures, y) = recipe(tmp_path), red_and_blue(12)
    monkeypatch.setattr(fine_tuning, "device", lambda: "cpu")
    monkeypatch.setattr(fine_tuning, "affordable", lambda network, px: 3)
    looked = with_memory_for(12, monkeypatch)
    batches = Batches(pictures, of_classes(y), made.px, workers=1)
    trainer = fine_tuning._trainer(module_of(made), made, batches, y, COURSE, Watch())
    assert looked == [3, 3, 3, 3] and trainer.size == 3


def test_a_step_is_timed(tmp_path: Path) -> None:
    assert 0 < step_s(recipe(tmp_path)) < 1


def test_pictures_of_any_size(tmp_path: Path, kept: list[Any]) -> None:
    pictures = [np.full((h, w, 3), 80 * (h > w), np.uint8) for h, w in ((1, 1), (300, 5), (20, 500), (64, 2))]
    course = dataclasses.replace(SHORT, augmentation=Augmentation(rotation_deg=20, scale=0.3, occlusion=0.3, blur_px=3))
    fine_tune(recipe(tmp_path), pictures, np.array([0, 1, 0, 1]), "tuned", course)
    assert len(kept) == 1
