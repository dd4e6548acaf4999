"""A small network that learns what a large pipeline answers: function matching."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sightline.arrays import Picture, Vector
from sightline.deep.courses.fine_tuning import DECAY, TIMED, Course, embeddings, timed_s
from sightline.deep.courses.head import drawn_head, headed, probe
from sightline.deep.export import exported_module
from sightline.deep.nets.backbones import drawn, looking, module_of, sized
from sightline.deep.training.layers import FEW, groups, keep_statistics, leave_nothing_to_chance
from sightline.deep.training.loop import Trainer
from sightline.deep.training.memory import affordable
from sightline.deep.training.processes.launched import device
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batch, Batches
from sightline.deep.training.watch import Watch
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.extras import need
from sightline.networks.network import Network

TEMPERATURE = 2.0
"""Root that is drawn of the teacher's probabilities: what it thinks of the wrong classes is most of what it knows."""
TEACHER_PX = 448
"""Shorter side of what the teacher looks at, at most."""
LEAST = 1e-6
Answer = Callable[[Picture], Vector]
"""A picture (h, w, 3) uint8 of any size -> probabilities (k,) float32."""


def distill(
    student: Recipe,
    pictures: Sequence[Picture],
    answer: Answer,
    name: str,
    course: Course,
    watch: Watch = Watch(),  # noqa: B008 - frozen
    temperature: float = TEMPERATURE,
    trained: bool = False,
) -> Network:
    """A network that has learned to answer as a teacher does, exported and checked.

    In every epoch both look at the same view of each picture; no label is needed, so pictures without one count as
    well. The head is left behind: what comes back gives an embedding. On a CPU the same seed gives the same bytes.

    G. Hinton, O. Vinyals, J. Dean: Distilling the knowledge in a neural network. 2015.
    L. Beyer et al.: Knowledge distillation: a good teacher is patient and consistent. CVPR 2022.

    Args:
        student: architecture, input and size.
        pictures: n pictures (h, w, 3) uint8 of any size, labelled or not, read in every epoch.
        answer: the teacher; asked in the worker threads, a view at a time.
        name: what to call the network.
        course: how the student is trained; it learns at one rate in all layers.
        watch: who is told, and who may stop it.
        temperature: above 0; the higher, the more counts what the teacher thinks of unlikely classes.
        trained: whether it begins with the weights of the recipe, and with fewer than `FEW` pictures keeps the
            statistics of its batch normalization; else its weights are drawn, and nobody looks for a file.

    Raises:
        InputError: no pictures, an architecture that timm does not know, or not even one picture fits into memory.
        ExportError: the export answers otherwise than the network.
        MissingExtraError: the extra [deep] is not installed.
    """
    if not len(pictures):
        raise InputError("no pictures were given to learn from; allowed: 1 or more, with labels or without")
    k = len(answer(pictures[0]))
    network = module_of(student) if trained else drawn(student, course.seed)
    student = sized(network, student)
    trainer = _trainer(network, student, pictures, answer, k, course, watch, temperature, trained)
    trainer.run()
    network.to(device="cpu", memory_format=trainer.torch.contiguous_format)
    return exported_module(network, student, name)


class Distiller(Trainer):
    """Trains a student on softened answers."""

    temperature = TEMPERATURE
    trained = False

    def before_epoch(self, number: int) -> None:
        """Statistics of many pictures are worth more than those of few."""
        super().before_epoch(number)
        if self.trained and len(self.batches) < FEW:
            keep_statistics(self.network)

    def loss(self, batch: Batch) -> Any:
        """Cross-entropy to the teacher, of the same slope at every temperature."""
        logits = self.answers(batch) / self.temperature
        return self.temperature**2 * self.torch.nn.functional.cross_entropy(logits, self.on_device(batch.targets))


def softened(probabilities: Vector, temperature: float) -> Vector:
    """Probabilities (k,) as they are at another temperature.

    >>> softened(np.float32([0.8, 0.2]), 2.0).round(2).tolist()
    [0.6700000166893005, 0.33000001311302185]
    """
    logits = np.log(np.maximum(probabilities, LEAST)) / np.float32(temperature)
    shares = np.exp(logits - logits.max())
    return np.asarray(shares / shares.sum(), np.float32)


def _trainer(
    network: Any,
    student: Recipe,
    pictures: Sequence[Picture],
    answer: Answer,
    k: int,
    course: Course,
    watch: Watch,
    temperature: float = TEMPERATURE,
    trained: bool = False,
) -> Distiller:
    """A trainer of a student behind a head: one that has learned what the teacher decides, if the student has eyes."""
    torch: Any = need("torch")
    leave_nothing_to_chance(network)
    where = device()
    seeing = looking(network, student).to(device=where, memory_format=torch.channels_last)
    batches = Batches(
        pictures,
        lambda row, seen: softened(answer(seen), temperature),
        student.px,
        course.augmentation,
        course.seed,
        course.workers,
        TEACHER_PX,
        ahead=where != "cpu",
    )
    head, size = None, course.regime.batch
    if where == "cpu":
        size = min(size, affordable(seeing, student.px))
    if trained:
        head, size = _probed(seeing, batches, k, size, watch)
    head = head or drawn_head(seeing, student.px, k, course.seed)
    rated = groups(network, head.to(where), DECAY if trained else 1.0, course.regime.weight_decay)
    trainer = Distiller(headed(seeing, head), batches, course.regime, rated, watch)
    trainer.temperature, trainer.trained = temperature, trained
    trainer.size = min(trainer.size, trainer.ranks.count * size)
    return trainer


def _probed(seeing: Any, batches: Batches, k: int, size: int, watch: Watch) -> tuple[Any | None, int]:
    """A head learned from what the teacher decides, None where it never decides for some class; and the size left."""
    rows, answers, size = embeddings(seeing, batches, size, watch)
    decided = answers.argmax(axis=1)
    return (probe(rows, decided, k, watch.check) if len(np.unique(decided)) == k > 1 else None), size


def student_step_s(student: Recipe) -> float:
    """Seconds of one core that a student takes to learn from one picture once, without the teacher; measured."""
    pixels = np.random.default_rng(0).integers(0, 256, (TIMED, TEACHER_PX, TEACHER_PX, 3), np.uint8)
    course, answer = Course(Regime(batch=TIMED), workers=1), np.full(2, 0.5, np.float32)
    return timed_s(_trainer(drawn(student, 0), student, list(pixels), lambda _: answer, 2, course, Watch()))
