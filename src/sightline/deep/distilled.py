"""A small network that learns from a large pipeline, as a descriptor."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Indices, Picture, Vector
from sightline.deep.changes import Changes
from sightline.deep.courses.joined import Joined
from sightline.deep.learned_network import EXPORT_S, SEEDS, Checked, LearnedNetwork
from sightline.deep.weights.origins import origin_of
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ComponentError
from sightline.networks.feed import MOST_PX
from sightline.networks.library import find

School = Callable[[Sequence[Picture], Indices], tuple[Callable[[Picture], Vector], Sequence[Picture]]]
"""n pictures and class numbers -> a teacher that has learned from these alone, and pictures without a label."""


class Distilled(LearnedNetwork):
    """The embedding of a small network that has learned to answer as a large pipeline does: (d,) float32.

    The teacher learns from the pictures that `fit` is given, and answers views of them, and of pictures without a
    label, which the student is shown as well. Whoever fits it brings the teacher (`school`); fitting needs the extra
    [deep], answering does not: a model file holds what was learned as an `Embedding`.
    Cost: training O(n epochs) runs of the teacher, and of the student forth and back; one run a picture.

    G. Hinton, O. Vinyals, J. Dean: Distilling the knowledge in a neural network. 2015.
    L. Beyer et al.: Knowledge distillation: a good teacher is patient and consistent. CVPR 2022.

    Args:
        teacher: a pipeline as text, "HOG() > KernelSVM()".
        network: "name@digest" of a network whose weights this process knows: what the student is to begin with; "" for
            one that is drawn at random.
        arch: timm's name of the architecture of a student that is drawn.
        px: side of the pictures that the student is fed.
        epochs: how often every picture is seen.
        rate: learning rate.
        seed: of weights, order and changes.
        changes: how far pictures are changed meanwhile; None: as usual.

    >>> Distilled(teacher="HOG() > LinearSVM()", px=64)
    Distilled(teacher='HOG() > LinearSVM()', px=64)
    """

    limits: ClassVar = {
        "px": (32, MOST_PX),
        "epochs": (1, 10_000),
        "rate": (1e-9, 10),
        "seed": SEEDS,
    }
    school: School | None = None
    """Brings the teacher; set on the instance before `fit`, and no part of what it is."""

    def __init__(
        self,
        teacher: str = "",
        network: str = "",
        arch: str = "mobilenetv3_small_050",
        px: int = 128,
        epochs: int = 30,
        rate: float = 2e-3,
        seed: int = 0,
        changes: Changes | None = None,
    ) -> None:
        self.teacher = teacher
        self.network = network
        self.arch = arch
        self.px = px
        self.epochs = epochs
        self.rate = rate
        self.seed = seed
        self.changes = changes

    def fit(self, pictures: Iterable[Picture], y: Any = None) -> Self:
        """Let the teacher learn from n pictures (h, w, 3) uint8 and n class numbers, and the student from the teacher.

        Raises:
            ComponentError: there is no teacher, or there are no class numbers.
            InputError: a picture that is no such picture, or not even one fits into memory.
            MissingExtraError: the extra [deep] is not installed.
        """
        if y is None or self.school is None:
            raise ComponentError(
                "Distilled was given no classes, or no teacher; a search brings its own, else set `school` before fit"
            )
        from sightline.deep.courses.distillation import distill
        from sightline.deep.courses.fine_tuning import Course
        from sightline.deep.training.regime import Regime

        said: list[str] = []
        labelled = Checked(pictures, self)
        answer, more = self.school(labelled, np.asarray(y, np.int64))
        course = Course(Regime(epochs=self.epochs, rate=self.rate), self._augmentation(), seed=self.seed)
        seen, watch = Joined(labelled, Checked(more, self)), self._watched(said)
        name = f"{self.network.rpartition('@')[0] or self.arch}-distilled"
        made = distill(self.student(), seen, answer, name, course, watch, trained=bool(self.network))
        return self._learned(made, said)

    def student(self) -> Recipe:
        """What learns.

        Raises:
            ComponentError: the weights it is to begin with are not at hand.
            InputError: it takes no pictures of that size.
        """
        if self.network:
            find(self.network).at(self.px)
            return dataclasses.replace(origin_of(self.network), px=self.px)
        return Recipe(Path(self.arch), self.arch, px=self.px)

    def least_fit_s(self, n: int, look_s: float) -> float:
        """Seconds of one core to fit n pictures, at least: the teacher's looks, `look_s` each."""
        return (self.epochs + 1) * n * look_s + EXPORT_S

    def expected_fit_s(self, n: int, look_s: float) -> float:
        """Seconds of one core to fit n pictures, with a measured step of the student.

        Raises:
            InputError, MissingExtraError: as `fit`.
        """
        from sightline.deep.courses.distillation import student_step_s

        return self.least_fit_s(n, look_s) + self.epochs * n * student_step_s(self.student())
