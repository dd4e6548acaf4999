"""Pictures of one color each: red and blue ones, of which few have a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.training.checkpoint import Checkpoints
from sightline.deep.training.objective import Objective
from sightline.deep.training.regime import Regime
from sightline.deep.training.self_training import KNOWN, PACE, SelfTrainer
from sightline.deep.training.shown.resident import Resident
from sightline.deep.training.shown.strong import Strong
from sightline.deep.training.watch import Watch

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")

N, LABELLED, PX = 60, 6, 8
STILL = Strong(
    area=1.0, rotation_deg=0.0, shear=0.0, light=0.0, contrast=0.0, saturation=0.0, hue=0.0, solarized=0.0, hidden=0.0
)


def colored(n: int = N, seed: int = 0) -> tuple[Any, Any]:
    """Noise, reddish or bluish."""
    random = np.random.default_rng(seed)
    y = np.arange(n) % 2
    pictures = random.integers(40, 160, (n, PX, PX, 3)).astype(np.uint8)
    pictures[np.arange(n), :, :, 2 * y] += 60
    return pictures, y


class Colors(torch.nn.Module):  # type: ignore[misc]
    """The mean color, normalized over the batch, under a linear layer."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.norm, self.layer = torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 2)

    def forward(self, pictures: Any) -> Any:
        return self.layer(self.norm(pictures.float().mean((1, 2)) / 255))


def trainer(network: Any = None, watch: Watch = Watch(), n: int = N, **regime: Any) -> SelfTrainer:  # noqa: B008
    network = Colors() if network is None else network
    pictures, y = colored(n)
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 0.0}]
    how = Regime(**{"epochs": 6, "batch": 12, "rate": 0.05, **regime})
    made = SelfTrainer(network, Resident(pictures, np.zeros(n, np.int64)), how, groups, watch, Objective())
    made.known = Resident(pictures[:LABELLED], y[:LABELLED], seed=1)
    made.shares = np.full(2, 0.5)
    return made


class Fixed(torch.nn.Module):  # type: ignore[misc]
    """Says of a picture what its upper left value is in a table of logits, times a number that learns."""

    def __init__(self, table: Any) -> None:
        super().__init__()
        self.register_buffer("table", torch.tensor(table))
        self.gain = torch.nn.Parameter(torch.ones(1))

    def forward(self, pictures: Any) -> Any:
        return self.gain * self.table[pictures[:, 0, 0, 0].long()]


TABLE = [[3.0, 0.0], [0.0, 2.0], [0.4, 0.0], [0.0, 0.3]]


def fixed(numbers: list[int], labels: list[int]) -> SelfTrainer:
    """Pictures by their row in the table; the first ones have labels."""
    network = Fixed(TABLE)
    pictures = np.repeat(np.array(numbers, np.uint8), PX * PX * 3).reshape(-1, PX, PX, 3)
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 0.0}]
    shown = Resident(pictures, np.zeros(len(numbers), np.int64), mirrored=False, shift_px=0)
    made = SelfTrainer(network, shown, Regime(epochs=1, batch=len(numbers)), groups, objective=Objective())
    made.known = Resident(pictures[: len(labels)], np.array(labels), mirrored=False, shift_px=0)
    made.shares, made.strong, made.seen = np.full(2, 0.5), STILL, made.total  # beyond the part of labels alone
    return made


def test_the_loss_is_that_of_labels_and_of_what_is_sure() -> None:
    made = fixed([0, 1, 2, 3], [0, 1])
    (batch,) = made.batches.epoch(0, 4)
    before = torch.tensor([[0.6, 0.4], [0.5, 0.5], [0.8, 0.8]])
    made.thought = before
    loss = float(made.loss(batch).detach())
    chances = torch.softmax(torch.tensor(TABLE), dim=1)
    drawn_to = chances * (0.5 / before[0])
    aligned = drawn_to / drawn_to.sum(dim=1, keepdim=True)
    highest, said = aligned.max(dim=1)
    now = torch.stack((chances.mean(dim=0), aligned.mean(dim=0), highest.mean().expand(2)))
    thought = PACE * before + (1 - PACE) * now
    assert torch.allclose(made.thought, thought)
    sure = highest >= thought[2, 0] * (thought[1] / thought[1].max())[said]
    assert sure.tolist() == [True, True, False, False]
    by_label = -(torch.log(chances[0, 0]) + torch.log(chances[1, 1])) / 2
    by_thought = -(torch.log(chances[0, 0]) + torch.log(chances[1, 1])) / 4
    assert loss == pytest.approx(float(by_label + by_thought), rel=1e-5)


def test_what_is_said_knows_no_gradient() -> None:
    made = fixed([0, 1, 2, 3], [0, 1])
    (batch,) = made.batches.epoch(0, 4)
    said, sure = made.judged(batch.pictures)
    assert not said.requires_grad and not sure.requires_grad and not made.thought.requires_grad


def test_pictures_that_nobody_is_sure_of_count_for_nothing() -> None:
    made = fixed([0, 1, 2, 3], [0, 1])
    (batch,) = made.batches.epoch(0, 4)
    made.thought = torch.tensor([[0.5, 0.5], [0.5, 0.5], [1.1, 1.1]])  # a threshold that nothing comes to
    loss = float(made.loss(batch).detach())
    chances = torch.softmax(torch.tensor(TABLE), dim=1)
    assert loss == pytest.approx(float(-(torch.log(chances[0, 0]) + torch.log(chances[1, 1])) / 2), rel=1e-5)


def test_a_class_that_is_said_too_often_is_said_less() -> None:
    made = fixed([0, 2, 2, 2, 2, 3], [0])
    (batch,) = made.batches.epoch(0, 6)
    plain = torch.softmax(made.network(batch.pictures), dim=1).argmax(dim=1)
    made.thought = torch.tensor([[0.7, 0.3], [0.5, 0.5], [0.8, 0.8]])  # class 0 was said more often than it is there
    said, _ = made.judged(batch.pictures)
    assert int((plain == 0).sum()) == 5 and int((said == 0).sum()) < 5
    made.shares = np.array([0.9, 0.1])  # that it is there so often had been right
    assert int((made.judged(batch.pictures)[0] == 0).sum()) >= 5


def test_first_it_goes_by_labels_alone() -> None:
    made = fixed([0, 1, 2, 3], [0, 1])
    made.seen = 0
    (batch,) = made.batches.epoch(0, 4)
    loss, chances = float(made.loss(batch).detach()), torch.softmax(torch.tensor(TABLE), dim=1)
    assert loss == pytest.approx(float(-(torch.log(chances[0, 0]) + torch.log(chances[1, 1])) / 2), rel=1e-5)
    assert made.thought is None
    made.all_count = True
    assert float(made.loss(batch).detach()) > loss and made.judged(batch.pictures)[1].all()


def test_every_labelled_picture_comes_once_before_any_comes_again() -> None:
    made = trainer(n=200, batch=100)
    made.known = Resident(*colored(KNOWN + 6))
    seen = [made._next_known().rows for _ in range(4)]
    for first in (0, 2):
        assert sorted(torch.cat(seen[first : first + 2]).tolist()) == list(range(KNOWN + 6))


def test_it_learns_from_few_labels() -> None:
    made = trainer(epochs=12)
    network = made.run()
    pictures, y = colored(40, seed=5)
    with torch.no_grad():
        said = network(torch.from_numpy(pictures)).argmax(1).numpy()
    assert np.mean(said == y) > 0.9


def test_the_same_seed_gives_the_same_weights_and_another_gives_others() -> None:
    first, second, other = trainer(), trainer(), trainer()
    other.seed = 1
    for made in (first, second, other):
        made.run()
    assert torch.equal(first.network.layer.weight, second.network.layer.weight)
    assert not torch.equal(first.network.layer.weight, other.network.layer.weight)


@pytest.mark.parametrize("steps", [1, 7, 16, 29])
def test_cut_off_after_any_step_it_ends_as_if_it_had_not_been(tmp_path: Path, steps: int) -> None:
    whole = trainer()
    whole.run()
    left = iter(range(steps))

    def check() -> None:
        if next(left, None) is None:
            raise InterruptedError

    kept = Checkpoints(tmp_path, "mine", 0.0)
    with pytest.raises(InterruptedError):
        trainer(watch=Watch(check=check, checkpoints=kept)).run()
    rest = trainer(Colors(9), Watch(checkpoints=kept))
    rest.run()
    assert torch.equal(whole.network.layer.weight, rest.network.layer.weight)
    assert torch.equal(whole.thought, rest.thought) and whole.turn == rest.turn


def test_one_labelled_picture_or_one_that_is_sure_is_learned_from_beside_a_batch() -> None:
    made = trainer(n=8, batch=2)
    made.known = Resident(*colored(3))  # in twos: of three, one comes alone
    made.run()
    assert np.isfinite(made.losses).all()


def test_memory_that_is_out_halves_the_batch_and_it_goes_on() -> None:
    class Small(Colors):
        def forward(self, pictures: Any) -> Any:
            if len(pictures) > 14:
                raise torch.OutOfMemoryError
            return super().forward(pictures)

    said: list[str] = []
    made = trainer(Small(), Watch(said=said.append), epochs=2)
    made.run()
    assert said and made.size < 12 and np.isfinite(made.losses).all()
