from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.deep.training.finder import find_rate, steepest
from sightline.deep.training.loop import Trainer
from sightline.deep.training.noisy import EarlyLearning
from sightline.errors import InputError
from tests.deep.training.test_loop import trainer
from tests.deep.training.test_self_training import trainer as self_trainer

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_rate_is_found_and_nothing_is_changed(optimizer: str) -> None:
    made = trainer(optimizer=optimizer)
    before = made.network.layer.weight.detach().clone()
    found = find_rate(made, most=1000.0)
    assert found.rates[0] < found.rate < found.rates[-1]
    assert torch.equal(made.network.layer.weight, before)
    assert made.seen == made.steps == 0 and not made.losses
    assert not made.optimizers.parts[0].state_dict()["state"]
    learned, fresh = made.run(), trainer(optimizer=optimizer).run()
    assert torch.equal(learned.layer.weight, fresh.layer.weight)


def test_it_learns_well_at_the_rate_that_is_found() -> None:
    rate = find_rate(trainer(optimizer="sgd"), most=1000.0).rate
    made = trainer(optimizer="sgd", rate=rate)
    made.run()
    assert made.losses[-1] < 0.3


@pytest.mark.parametrize("epochs", [1, 10])
def test_each_step_is_made_at_the_rate_that_is_told(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trainer(optimizer="sgd", epochs=epochs, warm_up=0.3)
    made.size = len(made.batches)
    used: list[float] = []
    step = made.step

    def looking(loss: object) -> None:
        step(loss)
        used.append(made.groups[0]["lr"])

    monkeypatch.setattr(made, "step", looking)
    found = find_rate(made, steps=4, least=1e-3, most=1.0)
    assert found.rates == pytest.approx([1e-3, 1e-2, 1e-1, 1.0]) and used == pytest.approx(found.rates)
    assert made.regime.warm_up == 0.3


@pytest.mark.parametrize(
    "wrong",
    [{"steps": 0}, {"steps": 1}, {"least": 0.0}, {"least": 1.0, "most": 0.1}, {"most": np.inf}, {"least": np.nan}],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="2 steps or more, from a rate above 0 to a higher one"):
        find_rate(trainer(), **wrong)


def test_losses_that_never_fall_give_the_least() -> None:
    assert steepest([1e-3, 1e-2, 1e-1], [1.0, 1.1, 1.2]) == 1e-3
    assert steepest(list(np.geomspace(1e-4, 1, 5)), [3.0, 2.9, 2.0, 1.9, 5.0]) == pytest.approx(1e-2)


@pytest.mark.parametrize("kind", [Trainer, EarlyLearning])
def test_averages_thoughts_and_chance_stay_as_they_were(kind: type[Trainer]) -> None:
    def drawing(*_: object) -> None:
        torch.rand(1)  # as dropout does

    made, fresh = (trainer(kind, epochs=2, average=0.9) for _ in range(2))
    made.network.register_forward_hook(drawing)
    drawn = torch.get_rng_state()
    find_rate(made, most=10.0)
    assert torch.equal(torch.get_rng_state(), drawn)
    assert made.average is not None and made.average.steps == 0 and not made.memory()
    assert torch.equal(made.run().layer.weight, fresh.run().layer.weight)


def test_labelled_pictures_come_as_if_no_rate_had_been_looked_for() -> None:
    made, fresh = self_trainer(epochs=2), self_trainer(epochs=2)
    find_rate(made)
    assert made.turn == 0 and made.thought is None
    assert torch.equal(made.run().layer.weight, fresh.run().layer.weight)


def test_a_loss_that_is_no_number_from_the_beginning_is_told() -> None:
    made = trainer()
    torch.nn.init.constant_(made.network.layer.weight, torch.nan)
    with pytest.raises(InputError, match="the loss was no number before anything was learned"):
        find_rate(made)
