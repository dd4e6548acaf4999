"""How long, how fast and by what a network is trained, as plain numbers."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Literal

from sightline.errors import InputError
from sightline.extras import need

MOMENTUM = 0.9


@dataclasses.dataclass(frozen=True)
class Regime:
    """A training regime.

    The rate rises evenly to its full height and falls as a cosine to 0.

    I. Loshchilov, F. Hutter: SGDR: stochastic gradient descent with warm restarts. ICLR 2017; decoupled weight decay
    regularization (AdamW). ICLR 2019.

    Attributes:
        epochs: how often every picture is seen.
        batch: pictures of a step, at most.
        rate: the full learning rate, of the head.
        optimizer: "adamw", or "sgd" with Nesterov's momentum.
        weight_decay: how far weights are drawn to 0.
        warm_up: share of the training until the rate is at its height.
        clip: longest gradient of all weights together; longer ones are shortened to it.

    Raises:
        InputError: a number out of range.
    """

    epochs: int = 10
    batch: int = 32
    rate: float = 1e-3
    optimizer: Literal["adamw", "sgd"] = "adamw"
    weight_decay: float = 0.05
    warm_up: float = 0.1
    clip: float = 1.0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1 or not 0 < self.rate < math.inf or not 0 <= self.warm_up < 1:
            raise InputError(
                f"epochs={self.epochs}, batch={self.batch}, rate={self.rate:g}, warm_up={self.warm_up:g} were given; "
                "allowed: 1 epoch or more, 1 picture or more, a rate above 0, a warm-up from 0 to below 1"
            )
        if self.optimizer not in ("adamw", "sgd"):
            raise InputError(f'the optimizer "{self.optimizer}" was given; allowed: "adamw", "sgd"')

    def rate_at(self, share: float) -> float:
        """The learning rate when this share of the training is done, from 0 to 1.

        >>> [round(Regime(rate=1.0, warm_up=0.5).rate_at(share), 2) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
        [0.0, 0.5, 1.0, 0.5, 0.0]
        """
        if share < self.warm_up:
            return self.rate * share / self.warm_up
        return self.rate * 0.5 * (1 + math.cos(math.pi * (share - self.warm_up) / (1 - self.warm_up)))

    def optimizer_of(self, groups: list[dict[str, Any]]) -> Any:
        """The optimizer of torch, for parameter groups that say their own weight decay."""
        optim: Any = need("torch.optim")
        if self.optimizer == "adamw":
            return optim.AdamW(groups, lr=self.rate)
        return optim.SGD(groups, lr=self.rate, momentum=MOMENTUM, nesterov=True)
