"""Networks that learn from drawn pictures without labels; small enough for seconds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.courses import pretraining, scratch
from sightline.deep.courses.pretraining import (
    Pretraining,
    epochs_in,
    pretrain,
    regime_of,
    shown_to,
    trainer_of,
    view_px,
    weights_file,
)
from sightline.deep.nets.backbones import drawn, looking, module_of
from sightline.deep.training.contrast import SimCLR
from sightline.deep.training.shown.batches import Batches
from sightline.deep.training.shown.resident import Resident
from sightline.deep.training.watch import Watch
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from tests.deep.toys import red_and_blue

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
pytest.importorskip("timm", reason="the extra [deep] is not installed")

STRICT = {"dynamic_img_size": False, "img_size": 64}
NARROW = {"small": {"widths": [8, 12, 16]}, "resnet10t": {}, "lenet5": {}, "test_vit": STRICT}
PICTURES = red_and_blue(40)[0]


def recipe(arch: str = "small", px: int = 32) -> Recipe:
    return Recipe(Path(arch), arch, NARROW[arch], px=px)


@pytest.mark.parametrize("arch", ["small", "resnet10t"])
def test_the_same_seed_gives_the_same_weights_and_the_loss_falls(arch: str) -> None:
    course = Pretraining(4, workers=1)
    (first, trainer), (second, _), (other, _) = (
        pretrain(recipe(arch), PICTURES, one) for one in (course, course, Pretraining(4, seed=1, workers=1))
    )
    weights, again, others = (one.state_dict() for one in (first, second, other))
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    assert any(not torch.equal(weights[name], others[name]) for name in weights)
    assert trainer.losses[-1] < trainer.losses[0]


def test_a_file_says_what_it_is_and_gives_the_weights_back(tmp_path: Path) -> None:
    asked = Recipe(tmp_path / "w.safetensors", "small", NARROW["small"], (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), 28)
    network, _ = pretrain(asked, PICTURES, Pretraining(1, workers=1))
    asked.weights.write_bytes(weights_file(network, asked))
    found = Recipe.of_file(asked.weights)
    assert found == asked
    weights, read = network.state_dict(), module_of(found).state_dict()
    assert all(torch.equal(weights[name], read[name]) for name in weights)


def test_without_a_size_it_is_that_of_the_architecture(tmp_path: Path) -> None:
    network, trainer = pretrain(recipe(px=0), PICTURES, Pretraining(1, workers=1))
    (tmp_path / "w.safetensors").write_bytes(weights_file(network, recipe(px=0)))
    assert Recipe.of_file(tmp_path / "w.safetensors").px == 32 and trainer.px == 24


@pytest.mark.parametrize(("side", "room"), [(20, 32), (48, 48), (200, 64)])
def test_pictures_are_held_with_room_for_parts_of_them(side: int, room: int) -> None:
    held = shown_to(recipe(), [np.zeros((side, 2 * side, 3), np.uint8)] * 20, Pretraining(1), "cpu")
    assert isinstance(held, Resident) and held.px == room


def test_more_than_fit_into_memory_are_read_in_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretraining, "MOST_BYTES", 1000)
    assert isinstance(shown_to(recipe(), PICTURES, Pretraining(1), "cpu"), Batches)
    course = Pretraining(2, workers=1)
    assert np.isfinite(pretrain(recipe(), PICTURES, course)[1].losses).all()


def test_few_pictures_and_unknown_architectures_are_refused() -> None:
    with pytest.raises(InputError, match="15 pictures were given to learn from; allowed: 16 or more"):
        pretrain(recipe(), PICTURES[:15], Pretraining(1))
    with pytest.raises(InputError, match="cannot make resnet_of_nobody"):
        pretrain(Recipe(Path("x"), "resnet_of_nobody"), PICTURES, Pretraining(1))


@pytest.mark.parametrize(
    ("arch", "px", "views"),
    [
        ("small", 32, 24),
        ("small", 16, 16),
        ("resnet10t", 64, 48),
        ("lenet5", 32, 32),
        ("test_vit", 64, 64),
    ],
)
def test_views_are_smaller_than_the_input_where_the_network_takes_that(arch: str, px: int, views: int) -> None:
    asked = recipe(arch, px)
    assert view_px(looking(drawn(asked, 0), asked), asked) == views


def test_a_network_of_one_size_learns_from_views_of_that_size() -> None:
    _, trainer = pretrain(recipe("lenet5"), PICTURES, Pretraining(1, workers=1))
    assert trainer.px == 32 and np.isfinite(trainer.losses).all()


@pytest.mark.parametrize(("arch", "px"), [("lenet5", 24), ("lenet5", 43), ("test_vit", 32)])
def test_a_size_that_a_network_does_not_take_is_refused_before_pictures_are_read(arch: str, px: int) -> None:
    with pytest.raises(
        InputError, match=rf"{arch} gives no embedding of a picture of {px} x {px} px \(.*; .*--px 0 for"
    ):
        pretrain(recipe(arch, px), [object()] * 16, Pretraining(1))  # type: ignore[list-item]


def test_a_time_is_enough_for_some_epochs_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(float(number) for number in range(100))
    monkeypatch.setattr(pretraining.time, "perf_counter", lambda: next(clock))
    assert epochs_in(recipe(), PICTURES, 10.5, Pretraining(1, workers=1)) == 10  # a step of all of them takes 1 s
    with pytest.raises(InputError, match=r"learning once from each of 40 pictures takes about 1 s here; .* more time"):
        epochs_in(recipe(), PICTURES, 0.5, Pretraining(1, workers=1))


class Slow(Sequence[Any]):
    """Pictures each of which takes a second to read."""

    def __init__(self, pictures: Sequence[Any], clock: list[float]) -> None:
        self.pictures, self.clock = pictures, clock

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Slow(self.pictures[index], self.clock)
        self.clock[0] += 1
        return self.pictures[index]


@pytest.mark.parametrize(("most", "epochs"), [(10**9, 10), (100_000, 2)])
def test_reading_counts_where_every_epoch_reads(most: int, epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The 16 that are timed would fit into memory; all 40 do not, and are read and learned from in 1 + 1/4 s each."""
    clock = [0.0]
    monkeypatch.setattr(pretraining, "MOST_BYTES", most)
    monkeypatch.setattr(pretraining, "SMALL_BATCH", 16)
    monkeypatch.setattr(pretraining.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(SimCLR, "batch", lambda self, batch: clock.__setitem__(0, clock[0] + len(batch) / 4))
    assert epochs_in(recipe(), Slow(PICTURES, clock), 100.0, Pretraining(1, workers=1)) == epochs


def test_where_batches_are_made_ahead_the_slower_of_both_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(pretraining, "MOST_BYTES", 1000)
    _, trainer = trainer_of(recipe(), Slow(PICTURES, clock), Pretraining(1, workers=1), Watch())
    assert isinstance(trainer.batches, Batches) and not trainer.batches.ahead  # of a CPU
    trainer.batches = dataclasses.replace(trainer.batches, ahead=True)
    monkeypatch.setattr(pretraining.time, "perf_counter", lambda: clock[0])
    for learning_s, slower in ((0.25, 1.0), (3.0, 3.0)):
        learn = lambda self, batch, s=learning_s: clock.__setitem__(0, clock[0] + s * len(batch))  # noqa: E731
        monkeypatch.setattr(SimCLR, "batch", learn)
        assert pretraining._picture_s(trainer) == pytest.approx(slower)


def test_colors_are_seen_whatever_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "WHITENED", 16)
    grey = [np.repeat(one[:, :, 1:2], 3, axis=2) for one in PICTURES]
    network, _ = trainer_of(recipe(), [*grey, *PICTURES], Pretraining(1, workers=1), Watch())
    assert network.stem.weight.abs().sum(dim=(1, 2, 3)).gt(0).all()


@pytest.mark.parametrize(("arch", "optimizer"), [("small", "muon"), ("resnet18", "adamw")])
def test_the_regime_is_that_of_the_architecture(arch: str, optimizer: str) -> None:
    found: Any = regime_of(arch, 7)
    assert (found.epochs, found.optimizer) == (7, optimizer) and found.precision == "quick"
