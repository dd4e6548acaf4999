"""Several optimizers of torch as one: each parameter group is moved by what suits it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sightline.deep.training.muon import muon
from sightline.deep.training.regime import Regime
from sightline.extras import need


class Together:
    """Optimizers with parameters of their own each, moved at the same time.

    Attributes:
        parts: optimizers of torch.
        groups: the parameter groups of all of them, as they are now.
    """

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = list(parts)

    @classmethod
    def of(cls, regime: Regime, groups: Sequence[dict[str, Any]]) -> Together:
        """What a regime asks for, over groups that say their "weight_decay".

        With "muon", groups of nothing but matrices and convolutions are moved by it, the others, and those that say
        `"plain": True` (a head, a first layer), by AdamW.
        """
        optim: Any = need("torch.optim")
        copies = [{**group} for group in groups]
        if regime.optimizer == "sgd":
            return cls([optim.SGD(copies, lr=regime.rate, momentum=regime.momentum, nesterov=regime.momentum > 0)])
        if regime.optimizer == "adamw":
            return cls([optim.AdamW(copies, lr=regime.rate)])
        matrices = [group for group in copies if _of_matrices(group)]
        others = [group for group in copies if not _of_matrices(group)]
        parts = [muon(matrices, regime.rate, regime.momentum)] if matrices else []
        return cls([*parts, *([optim.AdamW(others, lr=regime.rate)] if others else [])])

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The groups of all."""
        return [group for part in self.parts for group in part.param_groups]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none=True)

    def step(self) -> None:
        """Move all parameters."""
        for part in self.parts:
            part.step()


def _of_matrices(group: dict[str, Any]) -> bool:
    return not group.get("plain") and all(parameter.ndim > 1 for parameter in group["params"])
