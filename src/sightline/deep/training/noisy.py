"""Trainings that labels may lie to."""

from __future__ import annotations

import dataclasses
from typing import Any

from sightline.deep.training.loop import Trainer
from sightline.deep.training.shown.batches import Batch
from sightline.errors import InputError
from sightline.extras import need

REMEMBERED, PULL = 0.7, 3.0
"""Of early-learning regularization: share of what a network thought before, and weight against the labels."""
FORGET = 5
"""Epochs over which co-teaching comes to leave out the share of labels that are wrong."""
NEAR_ONE = 1 - 1e-4


class EarlyLearning(Trainer):
    """Holds a network to what it thought of a picture early on, before it learns wrong labels by heart.

    To any objective comes PULL times ln(1 - <p, t>): p what it thinks now, t a moving average of what it thought.

    S. Liu, J. Niles-Weed, N. Razavian, C. Fernandez-Granda: Early-learning regularization prevents memorization of
    noisy labels. NeurIPS 2020.
    """

    thought: Any = None

    def loss(self, batch: Batch) -> Any:
        """The objective, and the pull towards what was thought before."""
        logits = self.answers(batch)
        chances = self.torch.softmax(logits, dim=1).clamp(1e-4, NEAR_ONE)
        if self.thought is None:
            self.thought = logits.new_zeros((len(self.batches), logits.shape[1]))
        rows = self.on_device(batch.rows)
        with self.torch.no_grad():
            now = chances / chances.sum(dim=1, keepdim=True)
            every, all_now = self.ranks.rows(rows), self.ranks.rows(now)  # all processes remember all pictures
            self.thought[every] = REMEMBERED * self.thought[every] + (1 - REMEMBERED) * all_now
        agreed = (chances * self.thought[rows]).sum(dim=1).clamp_max(NEAR_ONE)
        return self.objective.of(logits, self.on_device(batch.targets)) + PULL * self.torch.log(1 - agreed).mean()

    def memory(self) -> dict[str, Any]:
        """What was thought of each picture."""
        return {} if self.thought is None else {"thought": self.thought}

    def remember(self, memory: dict[str, Any]) -> None:
        """Take back what was thought."""
        self.thought = memory.get("thought")


class CoTeaching(Trainer):
    """Two networks, each of which learns from what the other finds easy: wrong labels are hard.

    Its network is a `pair`. The share that is left out rises to `noise` over the first epochs. What is easy is told
    without weights or a shift of the classes: by weighted losses, all pictures of a rare class would be hard.

    B. Han et al.: Co-teaching: robust training of deep neural networks with extremely noisy labels. NeurIPS 2018.
    """

    noise: float = 0.2
    """Share of the labels that are wrong, about."""

    def loss(self, batch: Batch) -> Any:
        """The loss of both, each on the pictures that the other has the least loss on."""
        if not 0 <= self.noise < 1:
            raise InputError(f"noise={self.noise:g} was given; allowed: the share of wrong labels, 0 to below 1")
        pictures, targets = self.on_device(batch.pictures), self.on_device(batch.targets)
        with self.torch.autocast(pictures.device.type, self.torch.bfloat16, enabled=self.regime.precision == "bf16"):
            both = [one(pictures).float() for one in self.network.members]
        first, second = (self.objective.each(logits, targets) for logits in both)
        kept = max(1, round(len(batch) * (1 - self.noise * min(1.0, (self.number + 1) / FORGET))))
        plain = dataclasses.replace(self.objective, weights=(), shift=())
        easy_to_first, easy_to_second = (plain.each(one.detach(), targets).argsort()[:kept] for one in both)
        return first[easy_to_second].mean() + second[easy_to_first].mean()


def pair(first: Any, second: Any) -> Any:
    """Two networks as one that answers with the mean of their logits: what `CoTeaching` trains."""
    torch: Any = need("torch")

    class Pair(torch.nn.Module):  # type: ignore[misc]  # torch is only there with the extra
        def __init__(self) -> None:
            super().__init__()
            self.members = torch.nn.ModuleList((first, second))

        def forward(self, pictures: Any) -> Any:
            return (self.members[0](pictures) + self.members[1](pictures)) / 2

    return Pair()
