"""A small network that learns what a large pipeline answers: function matching."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sightline.arrays import Picture, Vector
from sightline.deep.backbones import drawing, drawn, looking
from sightline.deep.export import exported_module
from sightline.deep.fine_tuning import Course
from sightline.deep.head import headed
from sightline.deep.recipe import Recipe
from sightline.deep.training.batches import Batch, Batches
from sightline.deep.training.layers import groups, leave_nothing_to_chance
from sightline.deep.training.loop import Trainer
from sightline.deep.training.one_thread import torch_on_one_thread
from sightline.deep.training.watch import Watch
from sightline.errors import InputError
from sightline.extras import need
from sightline.networks.network import Network

TEMPERATURE = 2.0
"""Root that is drawn of the teacher's probabilities: what it thinks of the wrong classes is most of what it knows."""
TEACHER_PX = 448
"""Shorter side of what the teacher looks at, at most."""
LEAST = 1e-6
TIMED = 8
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
) -> Network:
    """A network drawn at random that has learned to answer as a teacher does, exported and checked.

    In every epoch both look at the same view of each picture; no label is needed, so pictures without one count as
    well. The head is left behind: what comes back gives an embedding. On a CPU the same seed gives the same bytes.

    G. Hinton, O. Vinyals, J. Dean: Distilling the knowledge in a neural network. 2015.
    L. Beyer et al.: Knowledge distillation: a good teacher is patient and consistent. CVPR 2022.

    Args:
        student: architecture, input and size; the file of its weights is not looked at.
        pictures: n pictures (h, w, 3) uint8 of any size, labelled or not, read in every epoch.
        answer: the teacher; asked in the worker threads, a view at a time.
        name: what to call the network.
        course: how the student is trained; it learns at one rate in all layers.
        watch: who is told, and who may stop it.
        temperature: above 0; the higher, the more counts what the teacher thinks of unlikely classes.

    Raises:
        InputError: no pictures, an architecture that timm does not know, or not even one picture fits into memory.
        ExportError: the export answers otherwise than the network.
        MissingExtraError: the extra [deep] is not installed.
    """
    if not len(pictures):
        raise InputError("no pictures were given to learn from; allowed: 1 or more, with labels or without")
    k = len(answer(pictures[0]))
    trainer, network = _trainer(student, pictures, answer, k, course, watch, temperature)
    trainer.run()
    network.to(device="cpu", memory_format=trainer.torch.contiguous_format)
    return exported_module(network, student, name)


class Distiller(Trainer):
    """Trains a student on softened answers."""

    temperature = TEMPERATURE

    def loss(self, batch: Batch) -> Any:
        """Cross-entropy to the teacher, of the same slope at every temperature."""
        logits = self.network(self._on_device(batch.pictures)) / self.temperature
        return self.temperature**2 * self.torch.nn.functional.cross_entropy(logits, self._on_device(batch.targets))


def softened(probabilities: Vector, temperature: float) -> Vector:
    """Probabilities (k,) as they are at another temperature.

    >>> softened(np.float32([0.8, 0.2]), 2.0).round(2).tolist()
    [0.6700000166893005, 0.33000001311302185]
    """
    logits = np.log(np.maximum(probabilities, LEAST)) / np.float32(temperature)
    shares = np.exp(logits - logits.max())
    return np.asarray(shares / shares.sum(), np.float32)


def _trainer(
    student: Recipe,
    pictures: Sequence[Picture],
    answer: Answer,
    k: int,
    course: Course,
    watch: Watch,
    temperature: float,
) -> tuple[Distiller, Any]:
    """A trainer of a drawn student with a drawn head, and the student."""
    torch: Any = need("torch")
    network = drawn(student, course.seed)
    leave_nothing_to_chance(network)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    seeing = looking(network, student).to(device=device, memory_format=torch.channels_last)
    with torch.no_grad(), torch_on_one_thread():
        width = seeing(torch.zeros((1, student.px, student.px, 3), dtype=torch.uint8, device=device))[0].shape[1]
    with drawing(course.seed):
        head = torch.nn.Linear(width, k).to(device)
    batches = Batches(
        pictures,
        lambda row, seen: softened(answer(seen), temperature),
        student.px,
        course.augmentation,
        course.seed,
        course.workers,
        TEACHER_PX,
    )
    rated = groups(network, head, 1.0, course.regime.weight_decay)
    trainer = Distiller(headed(seeing, head), batches, course.regime, rated, watch)
    trainer.temperature = temperature
    return trainer, network


def student_step_s(student: Recipe) -> float:
    """Seconds of one core that a student takes to learn from one picture once, without the teacher; measured."""
    pixels = np.random.default_rng(0).integers(0, 256, (TIMED, student.px, student.px, 3), np.uint8)
    answers = np.full((TIMED, 2), 0.5, np.float32)
    trainer, _ = _trainer(student, list(pixels), lambda _: answers[0], 2, Course(), Watch(), 1.0)
    trainer.before_epoch(0)
    took = 0.0
    with torch_on_one_thread():
        for _ in range(2):  # the first also chooses kernels
            started = time.thread_time()
            trainer.batch(Batch(pixels, answers))
            took = time.thread_time() - started
    return took / TIMED
