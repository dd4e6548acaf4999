"""The training loop, as a ladder of short rungs: whoever trains otherwise overrides the rung that differs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sightline.deep.training.batches import Batch, Batches
from sightline.deep.training.one_thread import torch_on_one_thread
from sightline.deep.training.regime import Regime
from sightline.deep.training.watch import Watch
from sightline.deep.turns import learning
from sightline.errors import InputError, SightlineError
from sightline.extras import need

NO_MEMORY = ("can't allocate memory", "out of memory")
"""What torch says in a plain RuntimeError where the memory of the machine, not of a device, is full."""


class Diverged(SightlineError):  # noqa: N818 - a signal inside the loop, never shown as an error
    """The loss is no number any more."""


class Trainer:
    """Trains a network on batches.

        run
        └── epoch        before_epoch, then every batch, then end_of_epoch
            └── batch    a step; where memory is out, two of half the size
                ├── loss
                └── step

    Args:
        network: a torch module, (b, px, px, 3) uint8 to (b, k) logits; it is trained in place.
        batches: what it learns from.
        regime: how long, how fast and by what.
        groups: of its parameters, each with "share", of the full learning rate, and "weight_decay".
        watch: who is told.

    Attributes:
        losses: the mean loss of each epoch that was finished.
        size: pictures of a step, at most: the regime's, halved as often as memory asked for it.
    """

    def __init__(
        self,
        network: Any,
        batches: Batches,
        regime: Regime,
        groups: Sequence[dict[str, Any]],
        watch: Watch = Watch(),  # noqa: B008 - frozen
    ) -> None:
        self.torch: Any = need("torch")
        self.network = network
        self.batches = batches
        self.regime = regime
        self.watch = watch
        self.optimizer = regime.optimizer_of([{**group} for group in groups])
        self.size = min(regime.batch, len(batches))
        self.losses: list[float] = []
        self.seen = 0
        self._best = self._state()
        self._began = 0.0

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The optimizer's parameter groups."""
        found: list[dict[str, Any]] = self.optimizer.param_groups
        return found

    @property
    def total(self) -> int:
        """Pictures to see in all epochs."""
        return self.regime.epochs * len(self.batches)

    def run(self) -> Any:
        """The trained network; where the loss is no number any more, as it was after the best epoch.

        Raises:
            InputError: not even one picture fits into memory.
        """
        self._began = time.perf_counter()
        with torch_on_one_thread():
            try:
                for number in range(self.regime.epochs):
                    self.before_epoch(number)
                    self.end_of_epoch(number, self.epoch(number))
            except Diverged as error:
                self.network.load_state_dict(self._best)
                self.watch.said(str(error))
        return self.network.eval()

    def before_epoch(self, number: int) -> None:
        """Get ready for an epoch."""
        self.network.train()

    def epoch(self, number: int) -> float:
        """Learn from every picture once; the mean loss."""
        total = 0.0
        for batch in self.batches.epoch(number, self.size):
            self.watch.check()
            total += len(batch) * self.batch(batch)
            self.seen += len(batch)
            self._tell(number, total / max(1, self.seen - number * len(self.batches)))
        return total / len(self.batches)

    def batch(self, batch: Batch) -> float:
        """One step; where memory is out, one for each half, and so from then on. The mean loss."""
        if len(batch) > self.size:
            return sum(len(part) * self.batch(part) for part in batch.parts(self.size)) / len(batch)
        try:
            with learning():
                loss = self.loss(batch)
                self.step(loss)
                return float(loss.detach())
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self.optimizer.zero_grad(set_to_none=True)
            self._halve(len(batch))
        return self.batch(batch)  # out here: while an exception is handled, what led to it holds its memory

    def loss(self, batch: Batch) -> Any:
        """The loss of a batch: a scalar that knows its gradient."""
        logits = self.network(self._on_device(batch.pictures))
        return self.torch.nn.functional.cross_entropy(logits, self._on_device(batch.targets))

    def step(self, loss: Any) -> None:
        """Move the weights against the gradient.

        Raises:
            Diverged: the loss, or its gradient, is no number.
        """
        if not self.torch.isfinite(loss):
            raise Diverged(self._why())
        rate = self.regime.rate_at(min(1.0, (self.seen + self.size / 2) / self.total))  # halfway through the step
        for group in self.groups:
            group["lr"] = rate * group["share"]
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        learning = [one for group in self.groups for one in group["params"] if one.grad is not None]
        if not self.torch.isfinite(self.torch.nn.utils.clip_grad_norm_(learning, self.regime.clip)):
            raise Diverged(self._why())
        self.optimizer.step()

    def end_of_epoch(self, number: int, loss: float) -> None:
        """Keep the weights where they are the best so far."""
        if not self.losses or loss <= min(self.losses):
            self._best = self._state()
        self.losses.append(loss)

    def _state(self) -> dict[str, Any]:
        return {name: value.detach().clone() for name, value in self.network.state_dict().items()}

    def _on_device(self, values: Any) -> Any:
        return self.torch.from_numpy(values).to(self.groups[0]["params"][0].device)

    def _halve(self, failed: int) -> None:
        if failed == 1:
            raise InputError(
                f"memory is out with one picture of {self.batches.px} px; give a smaller size or a smaller network"
            )
        self.size = -(-failed // 2)
        self.watch.said(f"memory was out with batches of {failed} pictures; it went on with {self.size}")

    def _why(self) -> str:
        """That the loss is no number any more, and why that may be."""
        if not self.seen:
            return (
                "the loss was no number before anything was learned: the weights, or what they make of these pictures, "
                "are none; the network was left as it was"
            )
        kept = f"the weights of epoch {self.losses.index(min(self.losses)) + 1}" if self.losses else "the first weights"
        return (
            f"the loss was no number any more in epoch {len(self.losses) + 1}: a rate of {self.regime.rate:g} is "
            f"probably too high; {kept} were kept"
        )

    def _tell(self, number: int, loss: float) -> None:
        took = time.perf_counter() - self._began
        left = took * (self.total - self.seen) / max(1, self.seen)
        what = f"epoch {number + 1} of {self.regime.epochs}, loss {loss:.3g}, {left:.0f} s left"
        self.watch.progress(what, self.seen, self.total)


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory is out, of a device or of the machine."""
    torch: Any = need("torch")
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in NO_MEMORY)
