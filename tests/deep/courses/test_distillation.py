"""A drawn student learns what a rule answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.classical.classifiers.logistic import LogisticRegression
from sightline.deep.courses import distillation
from sightline.deep.courses.distillation import TEACHER_PX, distill, softened, student_step_s
from sightline.deep.courses.fine_tuning import Course
from sightline.deep.nets.backbones import module_of
from sightline.deep.training.regime import Regime
from sightline.deep.training.watch import Watch
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.networks.network import Network
from tests.deep.toys import recipe, red_and_blue
from tests.pictures import gradient

COURSE = Course(Regime(epochs=12, batch=16, rate=2e-3), workers=1)


def student() -> Recipe:
    for name in ("torch", "timm"):
        pytest.importorskip(name, reason="the extra [deep] is not installed")
    return Recipe(Path("none"), "mobilenetv3_small_050", px=32)


def redness(picture: Any) -> Any:
    """A teacher that knows all: how much more red than blue."""
    red, _, blue = picture.mean(axis=(0, 1))
    share = 1 / (1 + np.exp(-(red - blue) / 15))
    return np.float32([share, 1 - share])


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_a_temperature_softens(temperature: float) -> None:
    probabilities = np.float32([0.7, 0.25, 0.05])
    logits = np.log(probabilities) / temperature
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(softened(probabilities, temperature), expected, rtol=1e-5)
    assert np.isfinite(softened(np.float32([1.0, 0.0]), temperature)).all()


def test_the_student_learns_from_answers_without_a_label() -> None:
    pictures, y = red_and_blue(48)
    network = distill(student(), pictures, redness, "small", COURSE)
    others, truth = red_and_blue(40, seed=1)
    rows, held = (np.stack([network.embed(one) for one in some]) for some in (pictures, others))
    assert LogisticRegression().fit(rows, y).score(held, truth) > 0.95
    assert (network.name, network.feed.height) == ("small", 32) and len(network.onnx) < 5_000_000


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    monkeypatch.setattr(distillation, "exported_module", lambda network, recipe, name: found.append(network))
    return found


def test_same_seed_same_student_and_teacher_and_student_see_the_same(kept: list[Any]) -> None:
    short = dataclasses.replace(COURSE, regime=Regime(epochs=1, batch=8))
    seen: list[Any] = []

    def answer(picture: Any) -> Any:
        seen.append(picture.shape)
        return redness(picture)

    pictures = [gradient(1000), *red_and_blue(7)[0]]
    for seed in (0, 0, 1):
        distill(student(), pictures, answer, "small", dataclasses.replace(short, seed=seed))
    first, again, other = (network.state_dict() for network in kept)
    assert all(value.equal(again[name]) for name, value in first.items())
    assert not all(value.equal(other[name]) for name, value in first.items())
    assert max(max(shape) for shape in seen[1:9]) <= TEACHER_PX and seen[1:9] == seen[10:18]


def test_a_student_may_begin_with_weights_and_few_pictures_leave_its_statistics(
    kept: list[Any], tmp_path: Path
) -> None:
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    made = recipe(tmp_path)
    before = module_of(made).state_dict()
    short = dataclasses.replace(COURSE, regime=Regime(epochs=1, batch=8, rate=1e-6))
    distill(made, red_and_blue(8)[0], redness, "small", short, trained=True)
    after = kept[0].state_dict()
    for name, value in before.items():
        np.testing.assert_allclose(after[name], value, atol=0 if "running" in name else 1e-4)


def test_the_head_of_a_student_with_weights_decides_as_the_teacher_from_the_first(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    made, (pictures, y) = recipe(tmp_path), red_and_blue(24)
    for answer, learned in ((redness, True), (lambda picture: np.float32([0.9, 0.1]), False)):
        trainer = distillation._trainer(module_of(made), made, pictures, answer, 2, COURSE, Watch(), trained=True)
        with torch.no_grad():
            batches = list(trainer.batches.in_order(24))
            decided = trainer.network.eval()(torch.from_numpy(batches[0].pictures)).argmax(1).numpy()
        assert bool((decided == y).mean() > 0.9) is learned


def test_memory_that_is_out_while_the_head_of_a_student_learns_halves_the_batch_once(
    kept: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    look, said = distillation.looking, list[str]()

    def narrow(network: Any, recipe: Recipe) -> Any:
        def before(module: Any, inputs: tuple[Any, ...]) -> None:
            if len(inputs[0]) > 3:
                raise torch.OutOfMemoryError

        seeing = look(network, recipe)
        seeing.register_forward_pre_hook(before)
        return seeing

    monkeypatch.setattr(distillation, "looking", narrow)
    short = dataclasses.replace(COURSE, regime=Regime(epochs=1, batch=4, rate=1e-6))
    distill(recipe(tmp_path), red_and_blue(8)[0], redness, "small", short, Watch(said=said.append), trained=True)
    assert said == ["memory was out with batches of 4 pictures; it went on with 2"] and len(kept) == 1


def test_nothing_to_learn_from() -> None:
    with pytest.raises(InputError, match="with labels or without"):
        distill(Recipe(Path("none"), "x"), [], redness, "small", COURSE)


def test_a_step_is_timed() -> None:
    assert 0 < student_step_s(student()) < 1


def test_the_export_is_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Course(Regime(epochs=1, batch=2), workers=1)
    assert isinstance(distill(student(), red_and_blue(2)[0], redness, "small", one), Network)
