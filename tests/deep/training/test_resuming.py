from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.deep.training.loop import Trainer
from sightline.deep.training.noisy import EarlyLearning
from tests.deep.training.test_loop import trainer
from tests.deep.training.test_self_training import trainer as self_trainer

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


def early() -> Trainer:
    return trainer(EarlyLearning, epochs=2, average=0.9)


def of_few_labels() -> Trainer:
    made = self_trainer(epochs=2, average=0.9)
    made.all_count = True
    return made


@pytest.mark.parametrize("make", [early, of_few_labels])
def test_all_that_comes_from_a_file_goes_where_the_network_is(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file gives tensors on the CPU. Moved ones are known here by their type: there is no second device."""
    first, second = make(), make()
    first.run()
    state = first.whole_state()

    class Moved(torch.Tensor):  # type: ignore[misc]
        pass

    monkeypatch.setattr(second, "on_device", lambda value: value.as_subclass(Moved))
    second.take_back(*state)
    values = [second.thought, *second.average.values.values(), *second._best.values()]
    assert len(values) > 4 and all(isinstance(one, Moved) for one in values)
    assert torch.equal(second.thought, first.thought)
    assert second.average.steps == first.average.steps > 0


def test_what_is_taken_back_shares_no_memory() -> None:
    made = early()
    state = made.whole_state()
    before = {name: value.clone() for name, value in state[0].items()}
    made.run()
    assert all(torch.equal(value, before[name]) for name, value in state[0].items())
    made.take_back(*state)
    assert made.steps == 0 and made.thought is None
    np.testing.assert_array_equal(made.network.layer.weight.detach(), before["network/layer.weight"])
