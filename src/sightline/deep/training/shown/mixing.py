"""Two pictures in one, with both of their answers."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from sightline.arrays import generator
from sightline.deep.training.shown.batches import Batch, Shown
from sightline.errors import InputError
from sightline.extras import need


@dataclasses.dataclass(frozen=True)
class Mixing:
    """How pictures of a batch are mixed with others of it.

    H. Zhang et al.: mixup: beyond empirical risk minimization. ICLR 2018.
    S. Yun et al.: CutMix: regularization strategy to train strong classifiers with localizable features. ICCV 2019.

    Attributes:
        mixup: parameter of the beta distribution that shares are drawn from when whole pictures are averaged; 0: never.
        cutmix: the same when a rectangle of one is laid over the other; 0: never.
        share: of the batches that are mixed.

    Raises:
        InputError: a number below 0, or a share above 1.
    """

    mixup: float = 0.2
    cutmix: float = 1.0
    share: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.mixup < math.inf and 0 <= self.cutmix < math.inf and 0 <= self.share <= 1):
            raise InputError(
                f"mixup={self.mixup:g}, cutmix={self.cutmix:g}, share={self.share:g} were given; allowed: mixup and "
                "cutmix from 0, a share from 0 to 1"
            )

    def __call__(self, batch: Batch, k: int, random: np.random.Generator) -> Batch:
        """A batch with probabilities (b, k) float32 for targets; its pictures are tensors, float32 where averaged."""
        torch: Any = need("torch")
        pictures, targets = (
            one if torch.is_tensor(one) else torch.from_numpy(one) for one in (batch.pictures, batch.targets)
        )
        if targets.ndim == 1:
            targets = torch.nn.functional.one_hot(targets, k).float()
        ways = [way for way, alpha in ((self._averaged, self.mixup), (self._cut, self.cutmix)) if alpha]
        if not ways or random.random() >= self.share:
            return Batch(pictures, targets, batch.rows)
        other = torch.from_numpy(random.permutation(len(batch))).to(pictures.device)
        mixed, share = ways[int(random.integers(len(ways)))](pictures, other, random)
        return Batch(mixed, share * targets + (1 - share) * targets[other], batch.rows)

    def _averaged(self, pictures: Any, other: Any, random: np.random.Generator) -> tuple[Any, float]:
        share = float(random.beta(self.mixup, self.mixup))
        return share * pictures.float() + (1 - share) * pictures[other].float(), share

    def _cut(self, pictures: Any, other: Any, random: np.random.Generator) -> tuple[Any, float]:
        height, width = pictures.shape[1:3]
        side = math.sqrt(1 - random.beta(self.cutmix, self.cutmix))
        (top, bottom), (left, right) = (_span(random, length, round(side * length)) for length in (height, width))
        mixed = pictures.clone()
        mixed[:, top:bottom, left:right] = pictures[other, top:bottom, left:right]
        return mixed, 1 - (bottom - top) * (right - left) / (height * width)


class Mixed:
    """Pictures as another shows them, mixed anew in every epoch.

    Args:
        shown: what is mixed.
        mixing: how.
        k: number of classes.
        seed: decides who is mixed with whom.
    """

    def __init__(self, shown: Shown, mixing: Mixing, k: int, seed: int = 0) -> None:
        self._shown, self._mixing, self._k, self._seed = shown, mixing, k, seed

    @property
    def px(self) -> int:
        """Side of the pictures."""
        return self._shown.px

    def __len__(self) -> int:
        return len(self._shown)

    def epoch(self, number: int, size: int, begin: int = 0) -> Iterator[Batch]:
        """All pictures once, mixed; the first `begin` batches are left out."""
        for place, batch in enumerate(self._shown.epoch(number, size, begin), begin):
            yield self._mixing(batch, self._k, generator(self._seed, "mix", number, place))

    def in_order(self, size: int) -> Iterator[Batch]:
        """All pictures once, as they are."""
        return self._shown.in_order(size)


def _span(random: np.random.Generator, length: int, side: int) -> tuple[int, int]:
    """Where a side about a place lies within a length."""
    middle = int(random.integers(length))
    return max(0, middle - side // 2), min(length, middle - side // 2 + side)
