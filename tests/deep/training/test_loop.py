"""The loop on a network of one layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sightline.deep.training.loop import Trainer
from sightline.deep.training.memory import is_out_of_memory
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batch, Batches, of_classes
from sightline.deep.training.watch import Watch
from sightline.errors import InputError

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


class Mean(torch.nn.Module):  # type: ignore[misc]
    """The mean color under a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)
        torch.nn.init.zeros_(self.layer.weight)
        torch.nn.init.zeros_(self.layer.bias)

    def forward(self, pictures: Any) -> Any:
        return self.layer(pictures.float().mean((1, 2)) / 255)


def batches(n: int = 16) -> Batches:
    y = np.arange(n) % 2
    pictures = [np.full((8, 8, 3), 40 + 150 * number, np.uint8) for number in y]
    return Batches(pictures, of_classes(y), 8, workers=1)


def trainer(kind: type[Trainer] = Trainer, watch: Watch = Watch(), n: int = 16, **regime: Any) -> Trainer:  # noqa: B008
    network = Mean()
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 0.0}]
    return kind(network, batches(n), Regime(**{"epochs": 20, "batch": 8, "rate": 0.1, **regime}), groups, watch)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_it_learns_and_tells(optimizer: str) -> None:
    told: list[tuple[str, int, int | None]] = []
    made = trainer(watch=Watch(lambda *news: told.append(news)), optimizer=optimizer)
    network = made.run()
    assert made.losses[-1] < 0.7 * made.losses[0] and len(made.losses) == 20
    assert not network.training
    assert told[0][0].startswith("epoch 1 of 20, loss 0.693, ") and told[0][0].endswith(" s left")
    assert told[-1][1:] == (320, 320) and len(told) == 40


def test_the_rungs_are_climbed_in_order() -> None:
    rungs: list[str] = []

    class Told(Trainer):
        def before_epoch(self, number: int) -> None:
            rungs.append(f"before {number}")
            super().before_epoch(number)

        def loss(self, batch: Batch) -> Any:
            rungs.append(f"loss {len(batch)}")
            return super().loss(batch)

        def end_of_epoch(self, number: int, loss: float) -> None:
            rungs.append(f"end {number}")
            super().end_of_epoch(number, loss)

    trainer(Told, epochs=2).run()
    assert rungs == ["before 0", "loss 8", "loss 8", "end 0", "before 1", "loss 8", "loss 8", "end 1"]


def with_memory_for(most: int, error: Callable[[], Exception]) -> type[Trainer]:
    class Small(Trainer):
        def loss(self, batch: Batch) -> Any:
            if len(batch) > most:
                raise error()
            return super().loss(batch)

    return Small


@pytest.mark.parametrize(
    "error",
    [
        lambda: torch.OutOfMemoryError("CUDA out of memory."),
        lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        MemoryError,
    ],
)
def test_without_memory_the_batch_is_halved_until_it_fits(error: Callable[[], Exception]) -> None:
    said: list[str] = []
    made = trainer(with_memory_for(3, error), Watch(said=said.append))
    made.run()
    assert said == [
        "memory was out with batches of 8 pictures; it went on with 4",
        "memory was out with batches of 4 pictures; it went on with 2",
    ]
    assert made.size == 2 and made.seen == 320 and made.losses[-1] < made.losses[0]


def test_not_even_one_picture_fits() -> None:
    with pytest.raises(InputError, match="memory is out with one picture of 8 px"):
        trainer(with_memory_for(0, MemoryError)).run()


def test_other_errors_are_raised() -> None:
    assert not is_out_of_memory(RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        trainer(with_memory_for(0, lambda: RuntimeError("shapes do not match"))).run()


@pytest.mark.parametrize(("at", "words"), [(0, "before anything was learned"), (3, "the weights of epoch 1 were kept")])
def test_no_number_stops_and_the_best_is_kept(at: int, words: str) -> None:
    said: list[str] = []

    class Broken(Trainer):
        steps = 0

        def loss(self, batch: Batch) -> Any:
            self.steps += 1
            return super().loss(batch) * (float("nan") if self.steps > at else 1.0)

        def end_of_epoch(self, number: int, loss: float) -> None:
            super().end_of_epoch(number, loss)
            self.kept = self.network.layer.weight.detach().clone()

    made = trainer(Broken, Watch(said=said.append))
    network = made.run()
    assert len(said) == 1 and words in said[0]
    assert torch.equal(network.layer.weight, made.kept if at else torch.zeros(2, 3))  # type: ignore[attr-defined]
    assert len(made.losses) == at // 2


def test_who_checks_may_stop_it() -> None:
    seen: list[int] = []

    def check() -> None:
        seen.append(1)
        if len(seen) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        trainer(watch=Watch(check=check)).run()


def test_long_gradients_are_shortened() -> None:
    lengths: list[float] = []

    class Steep(Trainer):
        def loss(self, batch: Batch) -> Any:
            return 1e6 * super().loss(batch)

        def step(self, loss: Any) -> None:
            super().step(loss)
            lengths.append(
                float(torch.cat([one.grad.flatten() for group in self.groups for one in group["params"]]).norm())
            )

    trainer(Steep, epochs=1, clip=0.5).run()
    assert max(lengths) == pytest.approx(0.5, rel=1e-3)


def test_a_share_of_the_rate_moves_that_share() -> None:
    moved = []
    for share in (1.0, 0.1):
        network = Mean()
        groups = [{"params": list(network.parameters()), "share": share, "weight_decay": 0.0}]
        Trainer(network, batches(), Regime(epochs=1, batch=16, rate=0.1), groups).run()
        moved.append(float(network.layer.weight.abs().max().detach()))
    assert moved[1] == pytest.approx(0.1 * moved[0], rel=0.01)


def test_the_best_weights_by_pictures_held_out_are_given_back() -> None:
    class Scored(Trainer):
        wanted = iter([0.5, 0.9, 0.7])

        def score(self, held: Any) -> float:
            found = next(self.wanted)
            if found == 0.9:
                self.kept = self.network.layer.weight.detach().clone()
            return found

    made = trainer(Scored, epochs=3)
    made.held = batches(4)
    network = made.run()
    assert made.scores == [0.5, 0.9, 0.7]
    assert torch.equal(network.layer.weight, made.kept)  # type: ignore[attr-defined]


def test_without_a_better_score_it_ends_early() -> None:
    class Scored(Trainer):
        wanted = iter([0.5, 0.9, 0.7, 0.9, 1.0])

        def score(self, held: Any) -> float:
            return next(self.wanted)

    made = trainer(Scored, epochs=5, patience=2)
    made.held = batches(4)
    made.run()
    assert made.scores == [0.5, 0.9, 0.7, 0.9]


def test_the_score_is_the_share_of_right_answers() -> None:
    told: list[str] = []
    made = trainer(watch=Watch(lambda what, done, total: told.append(what)), epochs=8)
    made.held = batches(7)
    made.run()
    assert made.scores[-1] == 1.0 and told[-1].startswith("epoch 8 of 8, loss 0.") and ", 100.0 % right, " in told[-1]


def test_the_average_answers_and_the_last_step_goes_on() -> None:
    plain, averaged = trainer(epochs=4), trainer(epochs=4, average=0.99)
    first, second = plain.run(), averaged.run()
    assert plain.losses == averaged.losses
    assert second.layer.weight.abs().max() < first.layer.weight.abs().max()  # it began at 0
    assert averaged.average is not None and averaged.average.steps == 8


def test_products_may_be_of_half_the_digits() -> None:
    kinds = set()

    class Seen(Mean):
        def forward(self, pictures: Any) -> Any:
            found = super().forward(pictures)
            kinds.add(found.dtype)
            return found

    network = Seen()
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 0.0}]
    made = Trainer(network, batches(), Regime(epochs=20, batch=8, rate=0.1, precision="bf16"), groups)
    made.run()
    assert kinds == {torch.bfloat16} and network.layer.weight.dtype == torch.float32
    assert made.losses[-1] < 0.7 * made.losses[0]


@pytest.mark.parametrize("threads", [1, 2])
def test_it_computes_on_as_many_threads_as_it_is_given(threads: int) -> None:
    seen = set()

    class Told(Trainer):
        def loss(self, batch: Batch) -> Any:
            seen.add(torch.get_num_threads())
            return super().loss(batch)

    before = torch.get_num_threads()
    made = trainer(Told, epochs=1)
    made.threads = threads
    made.run()
    assert seen == {threads} and torch.get_num_threads() == before
