"""One picture under batch normalization."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.deep.training.loop import Trainer
from sightline.deep.training.memory import kept_bytes
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batch, Batches, of_classes
from sightline.deep.training.single import with_one_value
from sightline.deep.training.watch import Watch

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


class Net(torch.nn.Module):  # type: ignore[misc]
    """A batch normalization of maps, and one of single values."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        nn = torch.nn
        self.first, self.maps = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.second, self.values = nn.Conv2d(4, 4, 6), nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 2)

    def forward(self, pictures: Any) -> Any:
        found = self.maps(self.first(pictures.permute(0, 3, 1, 2).float() / 128 - 1)).relu()
        return self.head(self.values(self.second(found)).flatten(1))


def trainer(n: int, batch: int, kind: type[Trainer] = Trainer, watch: Watch = Watch()) -> Trainer:  # noqa: B008
    random = np.random.default_rng(0)
    y = np.arange(n) % 2
    pictures = [(random.integers(0, 100, (8, 8, 3)) + 100 * code).astype(np.uint8) for code in y]
    network = Net()
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 0.0}]
    shown = Batches(pictures, of_classes(y), 8, workers=1)
    return kind(network, shown, Regime(epochs=20, batch=batch, rate=0.01), groups, watch)


def test_torch_refuses_one_value() -> None:
    """What all of this is about; should it once learn from one, this file can go."""
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        Net()(torch.zeros((1, 8, 8, 3), dtype=torch.uint8))


@pytest.mark.parametrize(("n", "batch"), [(1, 8), (2, 1), (3, 2), (9, 8), (9, 4), (7, 2)])
def test_any_number_of_pictures_in_batches_of_any_size_is_learned_from(n: int, batch: int) -> None:
    made = trainer(n, batch)
    network = made.run()
    assert len(made.losses) == 20 and np.isfinite(made.losses).all() and made.losses[-1] < made.losses[0]
    assert all(bool(torch.isfinite(value.float()).all()) for value in network.state_dict().values())


def test_where_memory_is_for_one_picture_it_learns_from_one_at_a_time() -> None:
    class Little(Trainer):
        def loss(self, batch: Batch) -> Any:
            if len(batch) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return super().loss(batch)

    said: list[str] = []
    made = trainer(4, 4, Little, Watch(said=said.append))
    made.run()
    assert made.size == 1 and len(said) == 2 and np.isfinite(made.losses).all()


def test_whatever_a_kind_of_training_looks_at_one_by_one_is_learned_from() -> None:
    """As those do that are shown other pictures beside the batch."""

    class Beside(Trainer):
        def loss(self, batch: Batch) -> Any:
            return super().loss(batch) + sum(super(Beside, self).loss(one) for one in batch.parts(1))

    made = trainer(4, 4, Beside)
    made.run()
    assert np.isfinite(made.losses).all() and made.losses[-1] < made.losses[0]


def test_single_values_go_by_what_is_remembered_and_maps_by_themselves() -> None:
    network = Net()
    picture = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), np.uint8))
    with with_one_value(network):
        network(picture)
        assert network.values.training and network.maps.training
    assert network.values.running_var.tolist() == [1.0] * 4 and int(network.values.num_batches_tracked) == 0
    assert int(network.maps.num_batches_tracked) == 1
    network(torch.cat([picture, picture + 1]))
    assert int(network.values.num_batches_tracked) == 1 and not network.values._forward_pre_hooks


def test_what_was_held_stays_held_and_an_error_leaves_nothing_behind() -> None:
    network = Net()
    network.maps.eval()
    with pytest.raises(RuntimeError), with_one_value(network):
        network(torch.zeros((1, 9, 9, 9), dtype=torch.uint8))
    assert not network.maps.training and network.values.training
    assert not network.maps._forward_pre_hooks and not network.values._forward_hooks


def test_more_than_one_picture_inside_is_learned_from_as_ever() -> None:
    network = Net()
    with with_one_value(network):
        network(torch.zeros((2, 8, 8, 3), dtype=torch.uint8))
    assert int(network.values.num_batches_tracked) == 1


def test_what_a_network_keeps_of_one_picture_is_counted_while_it_learns_too() -> None:
    assert kept_bytes(Net().train(), 8) > 0
