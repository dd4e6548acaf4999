"""Two kinds of pictures that differ at a glance, some of them labelled as the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.training.checkpoint import Checkpoints
from sightline.deep.training.loop import Trainer
from sightline.deep.training.noisy import CoTeaching, EarlyLearning, pair
from sightline.deep.training.objective import Objective
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batches, of_classes
from sightline.deep.training.watch import Watch
from sightline.errors import InputError

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")

N, WRONG = 80, 0.3
RANDOM = np.random.default_rng(0)
TRUTH = np.arange(N) % 2
SAID = np.where(RANDOM.random(N) < WRONG, 1 - TRUTH, TRUTH)
# Each picture has a color for what it is, and noise by which it can be known again.
PICTURES = np.clip(90 + 50 * TRUTH[:, None, None, None] + RANDOM.normal(0, 40, (N, 8, 8, 3)), 0, 255).astype(np.uint8)


class Flat(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.layers = torch.nn.Sequential(torch.nn.Linear(192, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2))

    def forward(self, pictures: Any) -> Any:
        return self.layers(pictures.float().flatten(1) / 128 - 1)


def trained(kind: type[Trainer], network: Any, epochs: int = 60, watch: Watch = Watch(), **more: Any) -> Trainer:  # noqa: B008
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 0.0}]
    shown = Batches(list(PICTURES), of_classes(SAID), 8, workers=1)
    made = kind(network, shown, Regime(epochs=epochs, batch=16, rate=3e-3), groups, watch)
    for name, value in more.items():
        setattr(made, name, value)
    made.run()
    return made


def right(made: Trainer) -> float:
    with torch.no_grad():
        said = made.network(torch.from_numpy(PICTURES)).argmax(1).numpy()
    return float(np.mean(said == TRUTH))


def test_plainly_wrong_labels_are_learned_by_heart() -> None:
    assert right(trained(Trainer, Flat(0))) < 0.85


def test_what_was_thought_early_on_is_held_to() -> None:
    assert right(trained(EarlyLearning, Flat(0))) > right(trained(Trainer, Flat(0))) + 0.1


def test_two_teach_each_other_what_is_easy() -> None:
    assert right(trained(CoTeaching, pair(Flat(0), Flat(1)), noise=0.35)) > right(trained(Trainer, Flat(0))) + 0.1


def test_a_share_of_all_is_refused() -> None:
    with pytest.raises(InputError, match="below 1"):
        trained(CoTeaching, pair(Flat(0), Flat(1)), noise=1.0)


def test_thoughts_survive_being_cut_off(tmp_path: Path) -> None:
    whole = trained(EarlyLearning, Flat(0), 3)
    left = iter(range(7))

    def check() -> None:
        if next(left, None) is None:
            raise InterruptedError

    kept = Checkpoints(tmp_path, "mine", 0.0)
    with pytest.raises(InterruptedError):
        trained(EarlyLearning, Flat(0), 3, Watch(check=check, checkpoints=kept))
    rest = trained(EarlyLearning, Flat(5), 3, Watch(checkpoints=kept))
    assert torch.equal(whole.network.layers[0].weight, rest.network.layers[0].weight)
    assert torch.equal(whole.thought, rest.thought)  # type: ignore[attr-defined]


class Table(torch.nn.Module):  # type: ignore[misc]
    """Says of a picture what stands in a table at the number in its corner."""

    def __init__(self, table: list[list[float]]) -> None:
        super().__init__()
        self.table = torch.nn.Parameter(torch.tensor(table))

    def forward(self, pictures: Any) -> Any:
        return self.table[pictures[:, 0, 0, 0].long()]


@pytest.mark.parametrize("more", [{"weights": (0.1, 10.0)}, {"shift": (0.0, -9.0)}])
def test_what_is_easy_is_told_without_weights_of_the_classes(more: dict[str, Any]) -> None:
    """Pictures 1 and 3, of the rare class, are answered well; 2 is not. All the same 0 and 2 would be kept."""
    table, y = [[2.0, 0.0], [0.0, 3.0], [0.0, 0.5], [0.0, 2.5]], np.array([0, 1, 0, 1])
    pictures = [np.full((8, 8, 3), number, np.uint8) for number in range(4)]
    network = pair(Table(table), Table(table))
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 0.0}]
    objective = Objective(**more)
    shown = Batches(pictures, of_classes(y), 8, workers=1)
    made = CoTeaching(network, shown, Regime(epochs=1, batch=4), groups, objective=objective)
    made.noise, made.number = 0.25, 9
    (batch,) = made.batches.epoch(0, 4)
    kept = torch.tensor([0, 1, 3])
    wanted = 2 * objective.each(torch.tensor(table)[kept], torch.from_numpy(y)[kept]).mean()
    assert float(made.loss(batch).detach()) == pytest.approx(float(wanted), rel=1e-5)
