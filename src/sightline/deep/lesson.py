"""What a training does beyond the usual: by which loss, which classes how often, how far labels are believed."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, cast

import numpy as np

from sightline.arrays import Indices
from sightline.deep.setting import Setting
from sightline.deep.training.objective import KINDS, Kind, Objective
from sightline.deep.training.shown.batches import Shown
from sightline.deep.training.shown.mixing import Mixed, Mixing
from sightline.deep.training.shown.sampling import Order, balanced
from sightline.errors import ComponentError, nearest
from sightline.transforms.augmentation import Augmentation

BALANCES = ("weights", "sampling", "logits", "none")
TRUSTS = ("full", "early-learning", "co-teaching")
CHOICES = {"loss": KINDS, "balance": BALANCES, "trust": TRUSTS}
SMOOTHING = 0.1
"""Of the wanted probability, what goes to all classes evenly: without it a head that is right already has no say."""


class Lesson(Setting):
    """How a network learns from labelled pictures: a parameter of `Trained` and `FineTuned`.

    Cost: that of the training; "co-teaching" twice as much.

    T.-Y. Lin et al.: Focal loss for dense object detection. ICCV 2017.
    Z. Zhang, M. Sabuncu: Generalized cross entropy loss for training deep neural networks with noisy labels. NeurIPS
    2018.
    A. K. Menon et al.: Long-tail learning via logit adjustment. ICLR 2021.
    S. Liu et al.: Early-learning regularization prevents memorization of noisy labels. NeurIPS 2020.
    B. Han et al.: Co-teaching: robust training of deep neural networks with extremely noisy labels. NeurIPS 2018.

    Args:
        loss: "cross-entropy", smoothed; "focal", which looks away from what is easy; "generalized" cross-entropy, which
            labels that are wrong pull at less.
        balance: what lets all classes count the same: "weights" of their losses, "sampling" that shows rare ones more
            often, "logits" adjusted by the classes' shares, "none".
        ratio: of "sampling": 1 shows all classes equally often, 0 as they come.
        trust: in labels: "full"; "early-learning", which holds a network to what it thought before it learns wrong
            labels by heart, and takes no mixed pictures; "co-teaching", two networks each of which learns from what the
            other finds easy.
        noise: share of labels that are wrong, about, for "co-teaching".
        mixup: parameter of the distribution that shares of averaged pictures are drawn from; 0: none is averaged.
        cutmix: the same for rectangles of one picture in another; 0: none.
        randaugment: strength, to 1, of two changes more, drawn at random for each picture.
        erasing: share of the pictures in which a rectangle is noise.

    >>> Lesson(loss="focal", balance="sampling")
    Lesson(loss='focal', balance='sampling')
    """

    limits: ClassVar = {
        "ratio": (0, 1),
        "noise": (0, 0.9),
        "mixup": (0, 100),
        "cutmix": (0, 100),
        "randaugment": (0, 1),
        "erasing": (0, 1),
    }

    def __init__(
        self,
        loss: str = "cross-entropy",
        balance: str = "weights",
        ratio: float = 1.0,
        trust: str = "full",
        noise: float = 0.2,
        mixup: float = 0.0,
        cutmix: float = 0.0,
        randaugment: float = 0.0,
        erasing: float = 0.0,
    ) -> None:
        self.loss = loss
        self.balance = balance
        self.ratio = ratio
        self.trust = trust
        self.noise = noise
        self.mixup = mixup
        self.cutmix = cutmix
        self.randaugment = randaugment
        self.erasing = erasing

    def check(self) -> None:
        """Refuse a word that is none of those allowed, and what does not go together.

        Raises:
            ComponentError: it says what is allowed.
        """
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ComponentError(f'Lesson was given {name}="{value}"; {nearest(value, allowed)}')
        if self.trust == "early-learning" and (self.mixup or self.cutmix):
            raise ComponentError(
                f'Lesson was given trust="early-learning" with mixup={self.mixup:g}, cutmix={self.cutmix:g}; it '
                'holds a network to what it thought of single pictures: give 0 for both, or trust="co-teaching"'
            )

    def objective(self, codes: Indices, k: int) -> Objective:
        """The loss of n pictures with class numbers (n,), each of the k classes at least once."""
        self.check()
        counts = np.bincount(codes, minlength=k)
        return Objective(
            cast(Kind, self.loss),
            SMOOTHING if self.loss == "cross-entropy" else 0.0,
            weights=tuple((len(codes) / (k * counts)).tolist()) if self.balance == "weights" else (),
            shift=tuple(np.log(counts / len(codes)).tolist()) if self.balance == "logits" else (),
        )

    def order(self, codes: Indices, seed: int) -> Order | None:
        """Which pictures an epoch shows; None: all of them once."""
        return balanced(codes, self.ratio, seed) if self.balance == "sampling" else None

    def changing(self, change: Augmentation | None) -> Augmentation | None:
        """How pictures are changed, given how they would be without this."""
        if not (self.randaugment or self.erasing):
            return change
        return dataclasses.replace(
            change or Augmentation(area=1.0, mirrored=False, light=0.0),
            randaugment=self.randaugment,
            random_erasing=self.erasing,
        )

    def shown(self, shown: Shown, k: int, seed: int) -> Shown:
        """Pictures as they are learned from, given how they are shown without this."""
        if not (self.mixup or self.cutmix):
            return shown
        return Mixed(shown, Mixing(self.mixup, self.cutmix), k, seed)
