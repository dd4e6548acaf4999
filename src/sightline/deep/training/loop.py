"""The training loop, as a ladder of short rungs: whoever trains otherwise overrides the rung that differs."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

from sightline.deep.training.averaging import Average
from sightline.deep.training.memory import halved, is_out_of_memory
from sightline.deep.training.objective import Objective
from sightline.deep.training.one_thread import torch_on
from sightline.deep.training.optimizers import Together
from sightline.deep.training.precision import quick_precision
from sightline.deep.training.processes.launched import joined
from sightline.deep.training.regime import Regime
from sightline.deep.training.resuming import Resuming
from sightline.deep.training.shown.batches import Batch, Shown
from sightline.deep.training.single import with_one_value
from sightline.deep.training.watch import Watch, why_no_number
from sightline.deep.turns import learning
from sightline.errors import SightlineError
from sightline.extras import need


class Diverged(SightlineError):  # noqa: N818 - a signal inside the loop, never shown as an error
    """The loss is no number any more."""


class Trainer(Resuming):
    """Trains a network on batches; where several processes were started for it, in all of them together.

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
        seen: pictures learned from so far, in all processes.
        ranks: the processes that train it; this one alone, unless a launcher has started others beside it.
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
        self.ranks = joined()
        self.ranks.begin_alike(network, len(batches))
        if regime.precision == "quick":
            regime = dataclasses.replace(regime, precision=quick_precision(network))
        self.network, self.regime, self.objective = network, regime, objective
        self.batches, self.watch = self.ranks.shown(batches), self.ranks.watch(watch)
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
            Elsewhere: another process stopped or ended.
        """
        with torch_on(self.threads), self.ranks.together():
            self._resume()
            self._began, self._seen_before = time.perf_counter(), self.seen
            self.size = self.ranks.least(self.size)
            try:
                while self.number < self.regime.epochs and not self._enough():
                    self.before_epoch(self.number)
                    self.end_of_epoch(self.number, self.epoch(self.number))
                    self.number, self.done, self.total_loss = self.number + 1, 0, 0.0
                    self.ranks.compare(self.memory())
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
            count = self.ranks.whole(batch)
            self.total_loss += count * self.batch(batch)
            self.seen += count
            self.done += 1
            self._tell(number, self.total_loss / max(1, self.seen - number * len(self.batches)))
            self._keep()
        return self.total_loss / len(self.batches)

    def batch(self, batch: Batch) -> float:
        """One step; where memory is out, one for each half, and so from then on. The mean loss."""
        parts, whole = self.ranks.parts(batch, self.size), self.ranks.whole
        if len(parts) > 1:
            return sum(whole(part) * self.batch(part) for part in parts) / whole(batch)
        (batch,) = parts
        try:
            with learning(), with_one_value(self.network):  # whatever of it a kind of training looks at
                loss = self.ranks.weighed(self.loss(batch), batch)
                self.step(loss)
                return float(loss.detach())
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self.ranks.out_of_memory(error)
            self.optimizers.zero_grad()
            self.size = halved(self.ranks.most(batch), self.batches.px, self.watch, self.ranks.count)
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
        """Move the weights against the gradient; afterwards the loss is that of all processes.

        Raises:
            Diverged: the loss, or its gradient, is no number.
        """
        self.optimizers.zero_grad()
        loss.backward()
        self.ranks.add_up(loss, self.network, [one for group in self.groups for one in group["params"]])
        if not self.torch.isfinite(loss):
            raise Diverged(self._why())
        rate = self.regime.rate_at(min(1.0, (self.seen + self.size / 2) / self.total))  # halfway through the step
        for group in self.groups:
            group["lr"] = rate * group["share"]
        moved = [one for group in self.groups for one in group["params"] if one.grad is not None]
        length = self.torch.nn.utils.get_total_norm([one.grad for one in moved])
        if not self.torch.isfinite(length):
            raise Diverged(self._why())
        if length > self.regime.clip:  # else torch would multiply all of them by 1
            self.torch.nn.utils.clip_grads_with_norm_(moved, self.regime.clip, length)
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
            for batch in self.ranks.shown(held).in_order(self.size):
                self.watch.check()
                with learning():
                    right += int((self.answers(batch).argmax(dim=1) == self.on_device(batch.targets)).sum())
        return self.ranks.total(right) / len(held)

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

    def _state(self) -> dict[str, Any]:
        return {name: value.detach().clone() for name, value in self.network.state_dict().items()}

    def _why(self) -> str:
        return why_no_number(self.regime.rate, self.losses, self.best_epoch if self.losses else None, self.seen)

    def _tell(self, number: int, loss: float) -> None:
        took, done = time.perf_counter() - self._began, max(1, self.seen - self._seen_before)
        left = took * (self.total - self.seen) / done
        score = f", {100 * self.scores[-1]:.1f} % right" if self.scores else ""
        what = f"epoch {number + 1} of {self.regime.epochs}, loss {loss:.3g}{score}, {left:.0f} s left"
        self.watch.progress(what, self.seen, self.total)
