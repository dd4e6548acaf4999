"""How long, how fast and by what a network is trained, as plain numbers."""

from __future__ import annotations

import dataclasses
import math
from typing import Literal

from sightline.errors import InputError

Optimizer = Literal["adamw", "sgd", "muon"]
OPTIMIZERS = ("adamw", "sgd", "muon")
FALLS = ("cosine", "line")
Precision = Literal["fp32", "bf16", "quick"]
PRECISIONS = ("fp32", "bf16", "quick")


@dataclasses.dataclass(frozen=True)
class Regime:
    """A training regime.

    The rate rises evenly to its full height and falls to 0: one cycle.

    I. Loshchilov, F. Hutter: SGDR: stochastic gradient descent with warm restarts. ICLR 2017; decoupled weight decay
    regularization (AdamW). ICLR 2019.
    L. N. Smith, N. Topin: Super-convergence: very fast training of neural networks using large learning rates. 2018.

    Attributes:
        epochs: how often every picture is seen.
        batch: pictures of a step, at most; of all processes together, where there are several.
        rate: the full learning rate, of the head.
        optimizer: "adamw", "sgd" with Nesterov's momentum, or "muon" (matrices and convolutions; AdamW for the rest).
        weight_decay: how far weights are drawn to 0; 0 or more.
        warm_up: share of the training until the rate is at its height.
        clip: longest gradient of all weights together; longer ones are shortened to it.
        momentum: of "sgd" and "muon".
        fall: how the rate falls, as a "cosine" or a "line".
        precision: "fp32"; "bf16": products of matrices in bfloat16, weights and sums in float32; "quick": whichever of
            both this processor is quicker in, so that answers differ a little between kinds of processors.
        average: share of a moving average of the weights that a step leaves; 0: the weights of the last step answer.
        patience: epochs without a better score after which it ends; 0: it goes on.

    Raises:
        InputError: a number out of range.
    """

    epochs: int = 10
    batch: int = 32
    rate: float = 1e-3
    optimizer: Optimizer = "adamw"
    weight_decay: float = 0.05
    warm_up: float = 0.1
    clip: float = 1.0
    momentum: float = 0.9
    fall: Literal["cosine", "line"] = "cosine"
    precision: Precision = "fp32"
    average: float = 0.0
    patience: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1 or not 0 < self.rate < math.inf or not 0 <= self.warm_up < 1:
            raise InputError(
                f"epochs={self.epochs}, batch={self.batch}, rate={self.rate:g}, warm_up={self.warm_up:g} were given; "
                "allowed: 1 epoch or more, 1 picture or more, a rate above 0, a warm-up from 0 to below 1"
            )
        if not (0 <= self.momentum < 1 and 0 <= self.average < 1 and self.patience >= 0 and self.clip > 0):
            raise InputError(
                f"momentum={self.momentum:g}, average={self.average:g}, patience={self.patience}, clip={self.clip:g} "
                "were given; allowed: momentum and average from 0 to below 1, a patience from 0, a clip above 0"
            )
        if not 0 <= self.weight_decay < math.inf:
            raise InputError(f"weight_decay={self.weight_decay:g} was given; allowed: a finite number from 0")
        for name, allowed in (("optimizer", OPTIMIZERS), ("fall", FALLS), ("precision", PRECISIONS)):
            value = getattr(self, name)
            if value not in allowed:
                raise InputError(f'the {name} "{value}" was given; allowed: {", ".join(allowed)}')

    def rate_at(self, share: float) -> float:
        """The learning rate when this share of the training is done, from 0 to 1.

        >>> [round(Regime(rate=1.0, warm_up=0.5).rate_at(share), 2) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
        [0.0, 0.5, 1.0, 0.5, 0.0]
        """
        if share < self.warm_up:
            return self.rate * share / self.warm_up
        fallen = (share - self.warm_up) / (1 - self.warm_up)
        return self.rate * (1 - fallen if self.fall == "line" else 0.5 * (1 + math.cos(math.pi * fallen)))
