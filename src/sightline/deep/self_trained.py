"""A network that learns from few labels and many pictures without one, as a descriptor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np

from sightline.arrays import Picture
from sightline.deep.changes import Changes
from sightline.deep.learned_network import EXPORT_S, Checked, FromNothing
from sightline.errors import ComponentError


class SelfTrained(FromNothing):
    """The embedding of a network that has learned from few labels, and from what it thinks of other pictures: (d,)
    float32.

    Where it is sure of a picture without a label, it is to say the same of a view of it that is changed far more.
    Whoever fits it brings such pictures (`unlabelled`): a search those whose row in the table has an empty label.
    Fitting needs the extra [deep], answering does not: a model file holds what was learned as an `Embedding`.
    Cost: training O(n epochs) runs of the network, forth and back, n with and without a label; one run a picture.

    K. Sohn et al.: FixMatch: simplifying semi-supervised learning with consistency and confidence. NeurIPS 2020.
    Y. Wang et al.: FreeMatch: self-adaptive thresholding for semi-supervised learning. ICLR 2023.

    Args:
        arch: "small", made for 28 to 96 px, or a name that `sightline models` lists.
        px: side of the pictures it is fed.
        epochs: how often every picture, labelled or not, is learned from.
        rate: learning rate; 0 for the usual one of the architecture.
        seed: of weights, order and changes.
        changes: how far pictures are changed meanwhile; None: as usual.

    >>> SelfTrained(px=28, epochs=3)
    SelfTrained(px=28, epochs=3)
    """

    unlabelled: Sequence[Picture] = ()
    """Pictures (h, w, 3) uint8 without a label; set before `fit`."""

    def __init__(
        self,
        arch: str = "small",
        px: int = 32,
        epochs: int = 5,
        rate: float = 0.0,
        seed: int = 0,
        changes: Changes | None = None,
    ) -> None:
        self.arch = arch
        self.px = px
        self.epochs = epochs
        self.rate = rate
        self.seed = seed
        self.changes = changes

    def fit(self, pictures: Iterable[Picture], y: Any = None) -> Self:
        """Learn from n pictures (h, w, 3) uint8 and n class numbers, and from `unlabelled`; nothing of one class alone.

        Raises:
            ComponentError: there are no class numbers, or no pictures without a label.
            InputError: a picture that is no such picture, an architecture that nobody knows, or not even one picture
                fits into memory.
            MissingExtraError: the extra [deep] is not installed.
        """
        if y is None or not len(self.unlabelled):
            raise ComponentError(
                "SelfTrained was given no classes, or no pictures without a label; a search brings those whose label "
                "is empty in the table, else set `unlabelled` before fit; where all have a label, take Trained"
            )
        from sightline.deep.courses.fine_tuning import Course
        from sightline.deep.courses.self_training import self_train, self_training_regime

        said: list[str] = []
        seen, more, codes = Checked(pictures, self), Checked(self.unlabelled, self), np.asarray(y, np.int64)
        regime = self_training_regime(self.arch, len(seen) + len(more), self.epochs, self.rate)
        course, name = Course(regime, self._augmentation(), seed=self.seed), f"{self.arch}-self-trained"
        made = self_train(self.recipe(), seen, codes, more, name, course, self._watched(said))
        return self._learned(made, said)

    def expected_fit_s(self, n: int) -> float:
        """Seconds of one core to fit n pictures, with and without a label, by a measured step.

        Raises:
            InputError, MissingExtraError: as `fit`.
        """
        from sightline.deep.courses.self_training import self_training_regime, step_s

        return self.epochs * n * step_s(self.recipe(), self_training_regime(self.arch, n, 1)) + EXPORT_S
