"""The rungs of a training that keep its state on disk, and go on from there."""

from __future__ import annotations

from typing import Any

from sightline.deep.training.averaging import Average
from sightline.deep.training.optimizers import Together
from sightline.deep.training.ranks import Ranks
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
    _best: dict[str, Any]

    def memory(self) -> dict[str, Any]:
        """Tensors that a kind of training knows besides, for checkpoints; in all processes the same."""
        return {}

    def remember(self, memory: dict[str, Any]) -> None:
        """Take back what `memory` gave."""

    def _keep(self) -> None:
        """Write a checkpoint where one is due; without space the training goes on, and the last one stays."""
        checkpoints = self.watch.checkpoints
        if checkpoints is None or self.ranks.rank or not checkpoints.due():
            return
        average = self.average.values if self.average else {}
        more = {"best": self._best, "average": average, "memory": self.memory()}
        plain = {name: getattr(self, name) for name in PLAIN} | {"average": self.average.steps if self.average else 0}
        try:
            checkpoints.write(self.steps, tensors_of(self.network, self.optimizers, more), plain)
        except ArtifactError as error:
            self.watch.said(f"no checkpoint was written after step {self.steps} ({error}); the training goes on")

    def _resume(self) -> None:
        """Go on from the last checkpoint, if there is one.

        Raises:
            InputError: it is of another training, or not all processes have it.
        """
        found = None if self.watch.checkpoints is None else self.watch.checkpoints.found()
        if found is not None:
            self._take_back(*found)
        if not self.ranks.agree(self.steps):  # and nothing new is written before all have read
            raise InputError(
                f"process {self.ranks.rank} found checkpoints of step {self.steps}, another one others; give a folder "
                "that all processes see"
            )

    def _take_back(self, tensors: dict[str, Any], plain: dict[str, Any]) -> None:
        give_back(tensors, self.network, self.optimizers)
        for name in PLAIN:
            setattr(self, name, plain[name])
        self._best = under(tensors, "best")
        self.remember(under(tensors, "memory"))
        if self.average is not None:
            self.average.values, self.average.steps = under(tensors, "average"), plain["average"]
        self.watch.said(f"went on after step {self.steps}, in epoch {self.number + 1} of {self.regime.epochs}")
