"""Weights averaged over the last steps: they answer better than those of any one step."""

from __future__ import annotations

from typing import Any

from sightline.extras import need

SOON = 10
"""The average forgets its beginning: after s steps it weighs at most about the last s / SOON of them."""


class Average:
    """An exponential moving average of all that a network holds, statistics of normalization included.

    B. Polyak, A. Juditsky: Acceleration of stochastic approximation by averaging. 1992.

    Args:
        network: a torch module.
        decay: share of the average that a step leaves, from 0 to below 1.
    """

    def __init__(self, network: Any, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self.values = {name: value.detach().clone() for name, value in network.state_dict().items()}

    def follow(self, network: Any) -> None:
        """Take a step's weights in."""
        torch: Any = need("torch")
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (SOON + self.steps))
        with torch.no_grad():
            for name, value in network.state_dict().items():
                kept = self.values[name]
                if kept.is_floating_point():
                    kept.lerp_(value, 1 - decay)
                else:
                    kept.copy_(value)
