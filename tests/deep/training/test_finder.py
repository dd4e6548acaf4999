from __future__ import annotations

import numpy as np
import pytest

from sightline.deep.training.finder import find_rate, steepest
from tests.deep.training.test_loop import trainer

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


def test_losses_that_never_fall_give_the_least() -> None:
    assert steepest([1e-3, 1e-2, 1e-1], [1.0, 1.1, 1.2]) == 1e-3
    assert steepest(list(np.geomspace(1e-4, 1, 5)), [3.0, 2.9, 2.0, 1.9, 5.0]) == pytest.approx(1e-2)
