"""The rungs of a training that keep its state on disk, and go on from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sightline.deep.training.averaging import Average
from sightline.deep.training.optimizers import Together
from sightline.deep.training.processes.ranks import Ranks
from sightline.deep.training.regime import Regime
from sightline.deep.training.state import give_back, tensors_of, under
from sightline.deep.training.watch import Watch
from sightline.errors import ArtifactError, InputError

PLAIN = ("size", "begun_size", "losses", "scores", "seen", "steps", "number", "done", "total_loss")
"""Attributes of a training that a checkpoint holds as they are."""


class Resuming:
    """What a `Trainer` does about checkpoints; of several processes the first one writes them and all read them."""

    network: Any
    regime: Regime
    optimizers: Together
    average: Average | None
    watch: Watch
    ranks: Ranks
    steps: int
    number: int
    on_device: Callable[[Any], Any]
    _best: dict[str, Any]

    def memory(self) -> dict[str, Any]:
        """Tensors that a kind of training knows besides, for checkpoints; in all processes the same."""
        return {}

    def remember(self, memory: dict[str, Any]) -> None:
        """Take back what `memory` gave."""

    def whole_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """All that the training knows, as `take_back` takes it: copies of tensors, and plain values."""
        average = self.average.values if self.average else {}
        more = {"best": self._best, "average": average, "memory": self.memory()}
        plain = {name: getattr(self, name) for name in PLAIN} | {"average": self.average.steps if self.average else 0}
        return tensors_of(self.network, self.optimizers, more), plain

    def take_back(self, tensors: dict[str, Any], plain: dict[str, Any]) -> None:
        """Be as when `whole_state` gave this; tensors of a file, which are on the CPU, go where the network is."""
        give_back(tensors, self.network, self.optimizers)
        for name in PLAIN:
            setattr(self, name, plain[name])
        self._best, average, memory = (self._here(under(tensors, kind)) for kind in ("best", "average", "memory"))
        self.remember(memory)
        if self.average is not None:
            self.average.values, self.average.steps = average, plain["average"]

    def _keep(self) -> None:
        """Write a checkpoint where one is due; without space the training goes on, and the last one stays."""
        checkpoints = self.watch.checkpoints
        if checkpoints is None or self.ranks.rank or not checkpoints.due():
            return
        try:
            checkpoints.write(self.steps, *self.whole_state())
        except ArtifactError as error:
            self.watch.said(f"no checkpoint was written after step {self.steps} ({error}); the training goes on")

    def _resume(self) -> None:
        """Go on from the last checkpoint, if there is one.

        Raises:
            InputError: it is of another training or version, or not all processes have it.
        """
        checkpoints = self.watch.checkpoints
        found = None if checkpoints is None else checkpoints.found()
        if checkpoints is not None and found is not None:
            if not {*PLAIN, "average"} <= found[1].keys():
                raise checkpoints.of_another_version()
            self.take_back(*found)
            self.watch.said(f"went on after step {self.steps}, in epoch {self.number + 1} of {self.regime.epochs}")
        if not self.ranks.agree(self.steps):  # and nothing new is written before all have read
            raise InputError(
                f"process {self.ranks.rank} found checkpoints of step {self.steps}, another one others; give a folder "
                "that all processes see"
            )

    def _here(self, tensors: dict[str, Any]) -> dict[str, Any]:
        return {name: self.on_device(value) for name, value in tensors.items()}
