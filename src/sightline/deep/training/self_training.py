"""A training that goes on from what the network itself thinks of pictures without a label, where it is sure."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from sightline.arrays import Array
from sightline.deep.training.loop import Trainer
from sightline.deep.training.shown.batches import Batch, Shown
from sightline.deep.training.shown.strong import Drawn, Strong

KNOWN = 32
"""Labelled pictures of a step, at most."""
PACE = 0.99
"""Of moving averages, what a step leaves. The threshold begins below everything and lags behind, so that nearly all
pictures count for long; one that follows at once (0.9) leaves out half of them, and costs three points."""
ALONE = 0.1
"""Share of the training that goes by labels alone: what is thought of the others before is as good as drawn."""
LEAST = 1e-6


class SelfTrainer(Trainer):
    """Trains a network on labelled pictures, and on what it thinks of others, where it is sure.

    Each step takes a batch of all pictures, slightly changed, and says what each shows. Of whatever it is sure, a view
    that is changed far (`strong`) is to be answered the same. Beside it come labelled pictures, slightly changed.
    What it says is brought to the classes' shares of the labels first, so that no class eats up the others. Sure is who
    is above a threshold: the moving mean of the highest probability, lower for classes that are said less often.

    K. Sohn et al.: FixMatch: simplifying semi-supervised learning with consistency and confidence. NeurIPS 2020.
    D. Berthelot et al.: ReMixMatch: semi-supervised learning with distribution alignment and augmentation anchoring.
    ICLR 2020.
    Y. Wang et al.: FreeMatch: self-adaptive thresholding for semi-supervised learning. ICLR 2023.

    Attributes:
        known: the labelled pictures.
        shares: (k,) how often each class has a label, as shares.
        strong: how far views are changed.
        seed: decides these changes.
        all_count: whether to learn from every picture from the beginning, sure or not: the most that a step can take.
        thought: (3, k) moving means: of what is said, of the same brought to the shares, and of the highest of it.
        turn: batches of labelled pictures so far.
    """

    known: Shown
    shares: Array
    strong = Strong()
    seed = 0
    all_count = False
    thought: Any = None
    turn = 0
    _coming: tuple[int, Iterator[Batch]] | None = None

    def loss(self, batch: Batch) -> Any:
        """Of the labels, and of what is sure: the mean over labelled pictures, and that over all of the batch."""
        known = self._next_known()
        if self.seen < ALONE * self.total and not self.all_count:
            return self.objective.of(self.answers(known), known.targets)
        pictures, rows = self.on_device(batch.pictures), self.on_device(batch.rows)
        said, sure = self.judged(pictures)
        views = self.strong(pictures[sure], self._drawn.of(self.number, rows[sure]), self.batches.px)
        both = self.torch.cat((known.pictures, views))
        logits = self.answers(Batch(both, None, None))
        agreed = self.torch.nn.functional.cross_entropy(logits[len(known) :], said[sure], reduction="sum")
        return self.objective.of(logits[: len(known)], known.targets) + agreed / len(batch)

    def judged(self, pictures: Any) -> tuple[Any, Any]:
        """(b,) class numbers that the network says, and whether it is sure of each.

        Args:
            pictures: (b, px, px, 3) uint8, on the network's device.
        """
        with self.torch.no_grad():
            chances = self.torch.softmax(self.answers(Batch(pictures, None, None)), dim=1)
        aligned = self._follow(chances)
        highest, said = aligned.max(dim=1)
        usual = self.thought[1]
        sure = highest >= self.thought[2, 0] * (usual / usual.max())[said]
        return said, sure | self.all_count

    def memory(self) -> dict[str, Any]:
        """What was thought on average, and whose turn it is."""
        found = {"turn": self.torch.tensor([self.turn])}
        return found if self.thought is None else found | {"thought": self.thought}

    def remember(self, memory: dict[str, Any]) -> None:
        """Take back what `memory` gave."""
        self.thought, self.turn, self._coming = memory.get("thought"), int(memory["turn"]), None

    def _follow(self, chances: Any) -> Any:
        """Probabilities (b, k) drawn to the classes' shares of the labels; the moving means follow them."""
        wanted = chances.new_tensor(self.shares)
        if self.thought is None:
            self.thought = self.torch.stack((wanted, wanted, self.torch.full_like(wanted, 1 / len(wanted))))
        drawn_to = chances * (wanted / self.thought[0].clamp_min(LEAST))
        aligned = drawn_to / drawn_to.sum(dim=1, keepdim=True)
        seen = self.torch.stack((chances, aligned, aligned.amax(dim=1, keepdim=True).expand_as(aligned)), dim=1)
        self.thought = PACE * self.thought + (1 - PACE) * self.ranks.rows(seen).mean(dim=0)
        return aligned

    def _next_known(self) -> Batch:
        """The next labelled pictures; all of them once before any comes again."""
        size = min(KNOWN, self.size)
        epoch, place = divmod(self.turn, -(-len(self.known) // size))
        if self._coming is None or place == 0 or self._coming[0] != size:
            self._coming = size, self.known.epoch(epoch, size, place)
        batch = next(self._coming[1])
        self.turn += 1
        return Batch(self.on_device(batch.pictures), self.on_device(batch.targets), batch.rows)

    @functools.cached_property
    def _drawn(self) -> Drawn:
        return Drawn(len(self.batches), self.seed, "strong", self.groups[0]["params"][0].device)
