"""The training loop, as a ladder of short rungs: whoever trains otherwise overrides the rung that differs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sightline.deep.training.averaging import Average
from sightline.deep.training.batches import Batch, Shown
from sightline.deep.training.memory import is_out_of_memory
from sightline.deep.training.objective import Objective
from sightline.deep.training.one_thread import torch_on
from sightline.deep.training.optimizers import Together
from sightline.deep.training.regime import Regime
from sightline.deep.training.state import give_back, tensors_of, under
from sightline.deep.training.watch import Watch
from sightline.deep.turns import learning
from sightline.errors import ArtifactError, InputError, SightlineError
from sightline.extras import need


class Diverged(SightlineError):  # noqa: N818 - a signal inside the loop, never shown as an error
    """The loss is no number any more."""


class Trainer:
    """Trains a network on batches.

        run
        └── epoch        before_epoch, then every batch, then end_of_epoch
            └── batch    a step; where memory is out, two of half the size
                ├── loss    answers, then the objective
                └── step

    Args:
        network: a torch module, (b, px, px, 3) uint8 to (b, k) logits; it is trained in place.
        batches: what it learns from.
        regime: how long, how fast and by what.
        groups: of its parameters, each with "share", of the full learning rate, and "weight_decay".
        watch: who is told, and where checkpoints are kept.
        objective: the loss.

    Attributes:
        held: pictures it does not learn from, by whose right answers the best weights are known; None: the last count.
        losses: the mean loss of each epoch that was finished.
        scores: the score of each, where pictures are held out.
        size: pictures of a step, at most: the regime's, halved as often as memory asked for it.
        seen: pictures learned from so far.
        threads: that torch computes on; more than one for a training that has the machine to itself.
    """

    held: Shown | None = None
    threads: int = 1

    def __init__(
        self,
        network: Any,
        batches: Shown,
        regime: Regime,
        groups: Sequence[dict[str, Any]],
        watch: Watch = Watch(),  # noqa: B008 - frozen
        objective: Objective = Objective(),  # noqa: B008 - frozen
    ) -> None:
        self.torch: Any = need("torch")
        self.network, self.batches, self.regime, self.watch, self.objective = network, batches, regime, watch, objective
        self.optimizers = Together.of(regime, groups)
        self.average = Average(network, regime.average) if regime.average else None
        self.size = self.begun_size = min(regime.batch, len(batches))
        self.losses: list[float] = []
        self.scores: list[float] = []
        self.seen = self.steps = self.number = self.done = 0
        self.total_loss = 0.0
        self._best = self._state()
        self._began, self._seen_before = 0.0, 0

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The optimizers' parameter groups."""
        return self.optimizers.groups

    @property
    def total(self) -> int:
        """Pictures to see in all epochs."""
        return self.regime.epochs * len(self.batches)

    @property
    def best_epoch(self) -> int:
        """The epoch, from 0, with the best score, else with the least loss."""
        if self.scores:
            return self.scores.index(max(self.scores))
        return self.losses.index(min(self.losses))

    def run(self) -> Any:
        """The trained network; where the loss is no number any more, as it was after the best epoch.

        With checkpoints it goes on where an earlier run was cut off.

        Raises:
            InputError: not even one picture fits into memory, or the checkpoints are of another training.
        """
        self._resume()
        self._began, self._seen_before = time.perf_counter(), self.seen
        with torch_on(self.threads):
            try:
                while self.number < self.regime.epochs and not self._enough():
                    self.before_epoch(self.number)
                    self.end_of_epoch(self.number, self.epoch(self.number))
                    self.number, self.done, self.total_loss = self.number + 1, 0, 0.0
                self._settle()
            except Diverged as error:
                self.network.load_state_dict(self._best)
                self.watch.said(str(error))
        return self.network.eval()

    def before_epoch(self, number: int) -> None:
        """Get ready for an epoch, or for the rest of one."""
        self.network.train()

    def epoch(self, number: int) -> float:
        """Learn from every picture once; the mean loss."""
        if not self.done:
            self.begun_size = self.size
        for batch in self.batches.epoch(number, self.begun_size, self.done):
            self.watch.check()
            self.total_loss += len(batch) * self.batch(batch)
            self.seen += len(batch)
            self.done += 1
            self._tell(number, self.total_loss / max(1, self.seen - number * len(self.batches)))
            self._keep()
        return self.total_loss / len(self.batches)

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
            self.optimizers.zero_grad()
            self._halve(len(batch))
        return self.batch(batch)  # out here: while an exception is handled, what led to it holds its memory

    def loss(self, batch: Batch) -> Any:
        """The loss of a batch: a scalar that knows its gradient."""
        return self.objective.of(self.answers(batch), self.on_device(batch.targets))

    def answers(self, batch: Batch) -> Any:
        """(b, k) float32 logits."""
        pictures = self.on_device(batch.pictures)
        with self.torch.autocast(pictures.device.type, self.torch.bfloat16, enabled=self.regime.precision == "bf16"):
            logits = self.network(pictures)
        return logits.float()

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
        self.optimizers.zero_grad()
        loss.backward()
        moved = [one for group in self.groups for one in group["params"] if one.grad is not None]
        if not self.torch.isfinite(self.torch.nn.utils.clip_grad_norm_(moved, self.regime.clip)):
            raise Diverged(self._why())
        self.optimizers.step()
        self.steps += 1
        if self.average is not None:
            self.average.follow(self.network)

    def end_of_epoch(self, number: int, loss: float) -> None:
        """Judge the weights, and keep them where they are the best so far."""
        self.losses.append(loss)
        if self.held is None:
            if self.best_epoch == number:
                self._best = self._state()
            return
        last = self._state()
        self._settle_average()
        self.scores.append(self.score(self.held))
        if self.best_epoch == number:
            self._best = self._state()
        self.network.load_state_dict(last)

    def score(self, held: Shown) -> float:
        """The share of right answers to pictures that are held out, in the order of their numbers."""
        self.network.eval()
        right = 0
        with self.torch.no_grad():
            for batch in held.in_order(self.size):
                self.watch.check()
                with learning():
                    right += int((self.answers(batch).argmax(dim=1) == self.on_device(batch.targets)).sum())
        return right / len(held)

    def memory(self) -> dict[str, Any]:
        """Tensors that a kind of training knows besides, for checkpoints."""
        return {}

    def remember(self, memory: dict[str, Any]) -> None:
        """Take back what `memory` gave."""

    def on_device(self, values: Any) -> Any:
        """An array or a tensor, where the network is."""
        tensor = values if self.torch.is_tensor(values) else self.torch.from_numpy(values)
        return tensor.to(self.groups[0]["params"][0].device)

    def _settle(self) -> None:
        """Let the network be what answers: the best weights where pictures were held out, else the average, if any."""
        if self.scores:
            self.network.load_state_dict(self._best)
        else:
            self._settle_average()

    def _settle_average(self) -> None:
        if self.average is not None:
            self.network.load_state_dict(self.average.values)

    def _enough(self) -> bool:
        """Whether no epoch was better for as long as the regime has patience."""
        patience = self.regime.patience
        return bool(patience and self.losses) and len(self.losses) - 1 - self.best_epoch >= patience

    def _keep(self) -> None:
        """Write a checkpoint where one is due; without space the training goes on, and the last one stays."""
        checkpoints = self.watch.checkpoints
        if checkpoints is None or not checkpoints.due():
            return
        average = self.average.values if self.average else {}
        more = {"best": self._best, "average": average, "memory": self.memory()}
        plain = {name: getattr(self, name) for name in PLAIN} | {"average": self.average.steps if self.average else 0}
        try:
            checkpoints.write(self.steps, tensors_of(self.network, self.optimizers, more), plain)
        except ArtifactError as error:
            self.watch.said(f"no checkpoint was written after step {self.steps} ({error}); the training goes on")

    def _resume(self) -> None:
        found = None if self.watch.checkpoints is None else self.watch.checkpoints.found()
        if found is None:
            return
        tensors, plain = found
        give_back(tensors, self.network, self.optimizers)
        for name in PLAIN:
            setattr(self, name, plain[name])
        self._best = under(tensors, "best")
        self.remember(under(tensors, "memory"))
        if self.average is not None:
            self.average.values, self.average.steps = under(tensors, "average"), plain["average"]
        self.watch.said(f"went on after step {self.steps}, in epoch {self.number + 1} of {self.regime.epochs}")

    def _state(self) -> dict[str, Any]:
        return {name: value.detach().clone() for name, value in self.network.state_dict().items()}

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
        kept = f"the weights of epoch {self.best_epoch + 1}" if self.losses else "the first weights"
        return (
            f"the loss was no number any more in epoch {len(self.losses) + 1}: a rate of {self.regime.rate:g} is "
            f"probably too high; {kept} were kept"
        )

    def _tell(self, number: int, loss: float) -> None:
        took, done = time.perf_counter() - self._began, max(1, self.seen - self._seen_before)
        left = took * (self.total - self.seen) / done
        score = f", {100 * self.scores[-1]:.1f} % right" if self.scores else ""
        what = f"epoch {number + 1} of {self.regime.epochs}, loss {loss:.3g}{score}, {left:.0f} s left"
        self.watch.progress(what, self.seen, self.total)


PLAIN = ("size", "begun_size", "losses", "scores", "seen", "steps", "number", "done", "total_loss")
"""Attributes of a `Trainer` that a checkpoint holds as they are."""
