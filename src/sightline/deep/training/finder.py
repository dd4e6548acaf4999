"""Which learning rate to train with: a short run in which it rises until the loss does."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from sightline.deep.training.loop import Diverged, Trainer
from sightline.deep.training.one_thread import torch_on_one_thread
from sightline.deep.training.regime import Regime
from sightline.deep.training.watch import why_no_number
from sightline.errors import InputError

STEPS = 60
LEAST, MOST = 1e-6, 1.0
SMOOTH = 0.85
"""Share of the smoothed loss that a step leaves."""
WORSE = 3.0
"""Times the least loss, at which it ends."""


@dataclasses.dataclass(frozen=True)
class Found:
    """What a run found.

    Attributes:
        rate: to train with.
        rates: of the steps that were made.
        losses: smoothed, after each.
    """

    rate: float
    rates: tuple[float, ...]
    losses: tuple[float, ...]


class Level(Regime):
    """A training regime whose rate neither rises nor falls."""

    def rate_at(self, share: float) -> float:
        """The learning rate, whatever share of the training is done."""
        return self.rate


def find_rate(trainer: Trainer, steps: int = STEPS, least: float = LEAST, most: float = MOST) -> Found:
    """The rate at which the loss falls fastest; all that the trainer knows stays as it was.

    L. N. Smith: Cyclical learning rates for training neural networks. WACV 2017. (The steepest place of the smoothed
    curve, over the logarithm of the rate, is ours.)

    Args:
        trainer: as it will train; nothing of it has been trained yet.
        steps: of the run, 2 or more; the rate rises evenly on a logarithmic scale.
        least: rate of the first step, above 0.
        most: rate of the last one, above `least`.

    Raises:
        InputError: a number out of range, or the loss is no number from the first step on.
    """
    if steps < 2 or not 0 < least < most < math.inf:
        raise InputError(
            f"steps={steps}, least={least:g}, most={most:g} were given; allowed: 2 steps or more, from a rate above 0 "
            "to a higher one"
        )
    before = trainer.whole_state()
    rates = np.geomspace(least, most, steps).tolist()
    try:
        losses = _climbed(trainer, rates)
    finally:
        trainer.take_back(*before)
    if not losses:
        raise InputError(why_no_number(least, [], None, 0))
    return Found(steepest(rates, losses), tuple(rates[: len(losses)]), tuple(losses))


def steepest(rates: list[float], losses: list[float]) -> float:
    """The rate at which smoothed losses fall fastest, before their least; the first where they never fall.

    >>> steepest([1e-4, 1e-3, 1e-2, 1e-1], [2.0, 1.9, 1.0, 0.9])
    0.01
    """
    end = int(np.argmin(losses)) + 1
    if end < 2:
        return rates[0]
    falls = np.diff(losses[:end]) / np.diff(np.log(rates[:end]))
    return float(rates[int(np.argmin(falls)) + 1])


def _climbed(trainer: Trainer, rates: list[float]) -> list[float]:
    """Smoothed losses of steps at these rates, until they are far above their least."""
    losses: list[float] = []
    smooth = 0.0
    with torch_on_one_thread():
        trainer.before_epoch(0)
        for rate, batch in zip(rates, _again(trainer), strict=False):
            trainer.watch.check()
            try:
                loss = _step(trainer, batch, rate)
            except Diverged:
                break
            smooth = SMOOTH * smooth + (1 - SMOOTH) * loss
            losses.append(smooth / (1 - SMOOTH ** (len(losses) + 1)))
            if not math.isfinite(losses[-1]) or losses[-1] > WORSE * min(losses):
                break
    return losses


def _again(trainer: Trainer) -> Any:
    """Batches of one epoch after the other."""
    number = 0
    while True:
        yield from trainer.batches.epoch(number, trainer.size)
        number += 1


def _step(trainer: Trainer, batch: Any, rate: float) -> float:
    """One step at a rate."""
    held = trainer.regime
    trainer.regime = Level(**{**dataclasses.asdict(held), "rate": rate})
    trainer.seen = 0
    try:
        return trainer.batch(batch)
    finally:
        trainer.regime = held
