"""A network that goes on learning from the pictures of the task, as a descriptor."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Picture
from sightline.deep.changes import Changes
from sightline.deep.learned_network import EXPORT_S, SEEDS, Checked, LearnedNetwork
from sightline.deep.lesson import Lesson
from sightline.deep.weights.origins import origin_of
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ComponentError
from sightline.networks.embedding import Embedding
from sightline.networks.feed import MOST_PX
from sightline.networks.library import find

LOOKS = 1 / 3
"""What looking at a picture takes of what learning from it takes."""


class FineTuned(LearnedNetwork):
    """The embedding of a network that has learned more, from the pictures and classes it is fitted on: (d,) float32.

    Its head learns first, then its layers, the last ones first, at rates that decay towards the input. Pictures are
    changed by what the parameters say, as the task's conditions do. Fitting needs the extra [deep], answering does not:
    a model file holds what was learned as an `Embedding`.
    Cost: training O(n epochs) runs of the network, forth and back; one run a picture.

    J. Yosinski et al.: How transferable are features in deep neural networks? NeurIPS 2014.
    J. Howard, S. Ruder: Universal language model fine-tuning for text classification. ACL 2018.

    Args:
        network: "name@digest" of a network whose weights this process knows: made from a .safetensors file or a name
            of timm, not an .onnx file.
        epochs: how often every picture is learned from.
        rate: learning rate of the head.
        depth: share of the layers that learn in the end, the last ones.
        px: side of the pictures it is fed; 0 for what it was trained with.
        seed: of order and changes.
        changes: how far pictures are changed meanwhile; None: as usual.
        lesson: by which loss, which classes how often, how far labels are believed; None: as usual.

    >>> FineTuned(network="mobilenetv2_100@0123456789abcdef", epochs=5)
    FineTuned(network='mobilenetv2_100@0123456789abcdef', epochs=5)
    """

    limits: ClassVar = {
        "epochs": (1, 1000),
        "rate": (1e-9, 10),
        "depth": (0, 1),
        "px": (0, MOST_PX),
        "seed": SEEDS,
    }

    def __init__(
        self,
        network: str = "",
        epochs: int = 10,
        rate: float = 5e-4,
        depth: float = 1.0,
        px: int = 0,
        seed: int = 0,
        changes: Changes | None = None,
        lesson: Lesson | None = None,
    ) -> None:
        self.network = network
        self.epochs = epochs
        self.rate = rate
        self.depth = depth
        self.px = px
        self.seed = seed
        self.changes = changes
        self.lesson = lesson

    def fit(self, pictures: Iterable[Picture], y: Any = None) -> Self:
        """Learn from n pictures (h, w, 3) uint8 and n class numbers.

        Raises:
            ComponentError: the network's weights are not at hand, or there are no class numbers.
            InputError: a picture that is no such picture, or not even one fits into memory.
            MissingExtraError: the extra [deep] is not installed.
        """
        if y is None:
            raise ComponentError("FineTuned was given no classes; call fit(pictures, y)")
        recipe, name = self._recipe(), f"{self.network.rpartition('@')[0]}-fine-tuned"
        from sightline.deep.courses.fine_tuning import Course, fine_tune
        from sightline.deep.training.regime import Regime

        said: list[str] = []
        regime, lesson = Regime(epochs=self.epochs, rate=self.rate, precision="quick"), self.lesson or Lesson()
        course = Course(regime, self._augmentation(), self.depth, self.seed, lesson=lesson)
        seen = Checked(pictures, self)
        made = fine_tune(recipe, seen, np.asarray(y, np.int64), name, course, self._watched(said))
        return self._learned(made, said)

    def before(self) -> Embedding:
        """The network as it is before it learns."""
        return Embedding(network=self.network, px=self.px)

    def least_fit_s(self, n: int, look_s: float) -> float:
        """Seconds of one core to fit n pictures, at least: without torch, by what a look of the export takes."""
        return self.epochs * n * look_s / LOOKS + EXPORT_S

    def expected_fit_s(self, n: int) -> float:
        """Seconds of one core to fit n pictures, by a measured step.

        Raises:
            ComponentError, MissingExtraError: as `fit`.
        """
        recipe = self._recipe()
        from sightline.deep.courses.fine_tuning import step_s

        return (self.epochs + LOOKS) * n * step_s(recipe) + EXPORT_S

    def _recipe(self) -> Recipe:
        recipe = origin_of(self.network)
        if not self.px:
            return recipe
        find(self.network).at(self.px)  # says so where the network takes no other size
        return dataclasses.replace(recipe, px=self.px)
