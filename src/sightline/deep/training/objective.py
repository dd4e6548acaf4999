"""What a network is to make small: losses of single-label pictures, as plain numbers."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from sightline.errors import InputError
from sightline.extras import need

Kind = Literal["cross-entropy", "focal", "generalized"]
KINDS = ("cross-entropy", "focal", "generalized")
TINY = 1e-12
"""Least doubt of an answer in "focal", which may draw a root of it: at 0 that would have no finite slope."""


@dataclasses.dataclass(frozen=True)
class Objective:
    """A loss.

    Attributes:
        kind: "cross-entropy"; "focal", which looks away from what is easy (T.-Y. Lin et al.: Focal loss for dense
            object detection. ICCV 2017); "generalized" cross-entropy, between it and the share of mistakes, which
            labels that are wrong pull at less (Z. Zhang, M. Sabuncu: Generalized cross entropy loss for training deep
            neural networks with noisy labels. NeurIPS 2018).
        smoothing: of the wanted probability, what goes to all classes evenly (C. Szegedy et al.: Rethinking the
            Inception architecture for computer vision. CVPR 2016); of cross-entropy alone.
        gamma: of "focal": the higher, the less counts what is easy.
        q: of "generalized": 0 would be cross-entropy, 1 is the share of mistakes.
        weights: of the classes, 1 on average over the pictures; none for equal ones.
        shift: of each class, added to the logits while it learns and left out afterwards; none for none. The logarithms
            of the classes' shares make it balanced: A. K. Menon et al.: Long-tail learning via logit adjustment. ICLR
            2021.

    Raises:
        InputError: a number out of range, or smoothing of another loss than cross-entropy.
    """

    kind: Kind = "cross-entropy"
    smoothing: float = 0.0
    gamma: float = 2.0
    q: float = 0.7
    weights: tuple[float, ...] = ()
    shift: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f'the loss "{self.kind}" was given; allowed: {", ".join(KINDS)}')
        if not (0 <= self.smoothing < 1 and self.gamma >= 0 and 0 < self.q <= 1):
            raise InputError(
                f"smoothing={self.smoothing:g}, gamma={self.gamma:g}, q={self.q:g} were given; allowed: smoothing from "
                "0 to below 1, gamma from 0, q above 0 to 1"
            )
        if self.smoothing and self.kind != "cross-entropy":
            raise InputError(f'smoothing={self.smoothing:g} was given with the loss "{self.kind}"; allowed: 0 there')

    def of(self, logits: Any, targets: Any) -> Any:
        """The mean loss of a batch, a scalar tensor.

        Args:
            logits: (b, k) float tensor.
            targets: (b,) class numbers, or (b, k) probabilities: shares that the loss of each class has in the sum.
        """
        return self.each(logits, targets).mean()

    def each(self, logits: Any, targets: Any) -> Any:
        """(b,) the loss of each picture."""
        torch: Any = need("torch")
        if self.shift:
            logits = logits + logits.new_tensor(self.shift)
        if self.kind == "cross-entropy":
            found = torch.nn.functional.cross_entropy(logits, targets, reduction="none", label_smoothing=self.smoothing)
        else:
            losses = self._of_classes(torch, torch.log_softmax(logits, dim=1))
            found = losses.gather(1, targets[:, None])[:, 0] if targets.ndim == 1 else (targets * losses).sum(dim=1)
        if not self.weights:
            return found
        weights = logits.new_tensor(self.weights)
        return found * (weights[targets] if targets.ndim == 1 else targets @ weights)

    def _of_classes(self, torch: Any, logs: Any) -> Any:
        """(b, k) the loss if that class is wanted, given the logarithms of all probabilities."""
        if self.kind == "focal":
            return -((-torch.expm1(logs)).clamp_min(TINY) ** self.gamma) * logs
        return -torch.expm1(self.q * logs) / self.q
