from __future__ import annotations

import threading

import pytest

from sightline.deep.nets.backbones import drawing
from sightline.deep.training.optimizers import Together
from sightline.deep.training.regime import Regime
from sightline.deep.training.state import give_back, tensors_of

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
WAIT_S = 20


def test_what_torch_draws_next_is_kept_and_given_back() -> None:
    network = torch.nn.Linear(2, 2)
    optimizers = Together.of(Regime(epochs=1), [{"params": list(network.parameters()), "weight_decay": 0.0}])
    kept = tensors_of(network, optimizers, {})
    first = torch.rand(3)
    give_back(kept, network, optimizers)
    assert torch.equal(torch.rand(3), first)


def test_whoever_draws_from_a_seed_comes_to_its_end_first() -> None:
    """Else it would draw from what a training gives back, and the training from the seed."""
    network = torch.nn.Linear(2, 2)
    optimizers = Together.of(Regime(epochs=1), [{"params": list(network.parameters()), "weight_decay": 0.0}])
    kept = tensors_of(network, optimizers, {})
    with drawing(5):
        wanted = torch.rand(6)
    with drawing(5):
        threads = [
            threading.Thread(target=give_back, args=(kept, network, optimizers), daemon=True),
            threading.Thread(target=tensors_of, args=(network, optimizers, {}), daemon=True),
        ]
        first = torch.rand(3)
        for thread in threads:
            thread.start()
            thread.join(0.05)
        assert all(thread.is_alive() for thread in threads)
        assert torch.equal(torch.cat((first, torch.rand(3))), wanted)
    for thread in threads:
        thread.join(WAIT_S)
        assert not thread.is_alive()
    assert torch.equal(torch.get_rng_state(), kept["random"])
