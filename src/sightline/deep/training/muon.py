"""Muon: momentum whose every direction counts the same, for matrices and convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sightline.extras import need

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of an odd polynomial that brings singular values from 0 to 1 near 1 when it is applied again and again."""
ROUNDS = 3
TINY = 1e-7
LIKE_ADAM = 0.2
"""Times the root of the longer side, a step is about as long as one of AdamW at the same rate."""


def muon(groups: Sequence[dict[str, Any]], rate: float, momentum: float) -> Any:
    """An optimizer of torch for parameters of two and more dimensions.

    Each step moves a weight, as a matrix of one row for each output, by the nearest orthogonal matrix to its momentum
    (Nesterov's). A group with `"unit": True` holds weights before a normalization, whose length means nothing: they are
    kept at one for each row on average, so that a rate means the same for all of them. Other steps are scaled to be as
    long as those of AdamW, so that its rates and weight decays hold.

    K. Jordan et al.: Muon: an optimizer for hidden layers in neural networks. 2024.
    J. Liu et al.: Muon is scalable for LLM training. 2025.

    Args:
        groups: parameter groups of torch, with "weight_decay" and perhaps "unit".
        rate: until a group says its "lr".
        momentum: of the gradients, 0 to below 1.
    """
    torch: Any = need("torch")

    class Muon(torch.optim.Optimizer):  # type: ignore[misc]  # torch is only there with the extra
        def __init__(self) -> None:
            super().__init__(list(groups), {"lr": rate, "momentum": momentum, "weight_decay": 0.0, "unit": False})

        @torch.no_grad()  # type: ignore[untyped-decorator]
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        self._move(parameter, group)

        def _move(self, parameter: Any, group: dict[str, Any]) -> None:
            state = self.state[parameter]
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = torch.zeros_like(parameter)
            kept = state["momentum_buffer"].mul_(group["momentum"]).add_(parameter.grad)
            direction = parameter.grad.add(kept, alpha=group["momentum"])
            matrix = direction.reshape(len(direction), -1)
            length = 1.0
            if group["unit"]:
                parameter.mul_(len(parameter) ** 0.5 / (parameter.norm() + TINY))
            else:
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                length = LIKE_ADAM * max(matrix.shape) ** 0.5
            moved = orthogonal(matrix).view(parameter.shape)
            parameter.add_(moved.to(parameter.dtype), alpha=-group["lr"] * length)

    return Muon()


def orthogonal(matrix: Any) -> Any:
    """About the nearest orthogonal matrix (of the shorter side's rank) to a torch matrix, in bfloat16."""
    torch: Any = need("torch")
    a, b, c = COEFFICIENTS
    found = matrix.to(torch.bfloat16)
    found = found / (found.norm() + TINY)
    wide = found.shape[0] <= found.shape[1]
    found = found if wide else found.T
    for _ in range(ROUNDS):
        square = found @ found.T
        found = a * found + (b * square + c * square @ square) @ found
    return found if wide else found.T
