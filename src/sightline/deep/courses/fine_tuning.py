"""A trained network that learns more, from pictures of the task: head first, then the layers below it, gradually."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from sightline.arrays import Array, Indices, Matrix, Picture
from sightline.deep.courses.head import headed, probe
from sightline.deep.export import exported_module
from sightline.deep.lesson import Lesson
from sightline.deep.nets.backbones import looking, module_of, sized
from sightline.deep.training.layers import (
    FEW,
    groups,
    keep_statistics,
    leave_nothing_to_chance,
    let_learn,
    lowest_learning,
)
from sightline.deep.training.loop import Trainer
from sightline.deep.training.memory import affordable, halved, is_out_of_memory
from sightline.deep.training.noisy import EarlyLearning
from sightline.deep.training.one_thread import torch_on_one_thread
from sightline.deep.training.processes.launched import device
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batch, Batches, of_classes
from sightline.deep.training.watch import Watch
from sightline.deep.turns import learning
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.extras import need
from sightline.networks.network import Network
from sightline.transforms.augmentation import Augmentation

DECAY = 0.75
"""Rate of each layer as a share of that of the layer above."""
TIMED = 8
"""Pictures of the epoch that is timed."""


@dataclasses.dataclass(frozen=True)
class Course:
    """How a network is fine-tuned.

    Attributes:
        regime: how long and how fast.
        augmentation: how pictures are changed.
        depth: share of the layers that learn in the end, the last ones.
        seed: decides the order and the changes of pictures.
        workers: threads that make batches; None for the cores available.
        lesson: by which loss, which classes how often, how far labels are believed.
        threads: that torch computes on; more than one for a training that has the machine to itself.
    """

    regime: Regime = Regime(rate=5e-4)  # noqa: RUF009 - frozen
    augmentation: Augmentation | None = Augmentation()  # noqa: RUF009 - frozen
    depth: float = 1.0
    seed: int = 0
    workers: int | None = None
    lesson: Lesson = Lesson()  # noqa: RUF009 - nobody changes it
    threads: int = 1


def fine_tune(
    recipe: Recipe,
    pictures: Sequence[Picture],
    y: Indices,
    name: str,
    course: Course = Course(),
    watch: Watch = Watch(),  # noqa: B008 - frozen
) -> Network:
    """The network of a recipe, having learned to tell classes apart, exported and checked.

    The head is a logistic regression on the embeddings of the network as it is. Then the layers learn, the last ones
    first and more of them from epoch to epoch, each at a lower rate than the one above. With fewer than `FEW` pictures
    batch normalization keeps its statistics. The head is left behind: what comes back gives an embedding, as before.
    On a CPU the same seed gives the same bytes.

    Args:
        recipe: the weights to begin with, and what they are fed.
        pictures: n pictures (h, w, 3) uint8 of any size, read in every epoch.
        y: (n,) class numbers; of one class alone there is nothing to learn.
        name: what to call the network.
        course: how it is fine-tuned.
        watch: who is told, and who may stop it.

    Raises:
        ComponentError: a word in the lesson that nobody knows.
        InputError: no pictures, weights that do not fit, or not even one picture fits into memory.
        ExportError: the export answers otherwise than the network.
        MissingExtraError: the extra [deep] is not installed.
    """
    classes, codes = np.unique(np.asarray(y), return_inverse=True)
    if not len(classes) or len(codes) != len(pictures):
        raise InputError(f"{len(pictures)} pictures and {len(codes)} labels were given; allowed: one each, 1 or more")
    course.lesson.check()
    if course.lesson.trust == "co-teaching":
        raise InputError(
            'trust="co-teaching" was given to a network that has learned already, of which two would be one; allowed: '
            '"early-learning", or a network that begins from nothing (Trained)'
        )
    network = module_of(recipe)
    recipe = sized(network, recipe)
    if len(classes) > 1:
        _train(network, recipe, pictures, codes.astype(np.int64), course, watch)
    return exported_module(network, recipe, name)


class FineTuner(Trainer):
    """Trains a network with its head: layer by layer, classes of equal weight."""

    depth = 1.0

    def before_epoch(self, number: int) -> None:
        """Let one more part of the network learn, the statistics of few pictures never."""
        super().before_epoch(number)
        if len(self.batches) < FEW:
            keep_statistics(self.network)
        top = max(group["layer"] for group in self.groups)
        let_learn(self.groups, lowest_learning(number, self.regime.epochs, top, self.depth))


class HeldFineTuner(EarlyLearning, FineTuner):
    """Trains it so, and holds it to what it thought early on."""


def _train(
    network: Any, recipe: Recipe, pictures: Sequence[Picture], codes: Indices, course: Course, watch: Watch
) -> None:
    """Let a network learn in place."""
    change = course.lesson.changing(course.augmentation)
    order = course.lesson.order(codes, course.seed)
    target = of_classes(codes)
    ahead = device() != "cpu"
    batches = Batches(pictures, target, recipe.px, change, course.seed, course.workers, order=order, ahead=ahead)
    trainer = _trainer(network, recipe, batches, codes, course, watch)
    trainer.run()
    network.to(device="cpu", memory_format=trainer.torch.contiguous_format)


def _trainer(network: Any, recipe: Recipe, batches: Batches, codes: Indices, course: Course, watch: Watch) -> FineTuner:
    """A trainer of the network behind a head that has learned from its embeddings."""
    torch: Any = need("torch")
    leave_nothing_to_chance(network)
    where = device()
    seeing = looking(network, recipe).to(device=where, memory_format=torch.channels_last)
    k, size = int(codes.max()) + 1, course.regime.batch
    if where == "cpu":
        size = min(size, affordable(seeing, recipe.px))
    rows, _, size = embeddings(seeing, batches, size, watch)
    head = probe(rows, codes, k, watch.check).to(where)
    rated = groups(network, head, DECAY, course.regime.weight_decay)
    shown, objective = course.lesson.shown(batches, k, course.seed), course.lesson.objective(codes, k)
    kind = HeldFineTuner if course.lesson.trust == "early-learning" else FineTuner
    trainer = kind(headed(seeing, head), shown, course.regime, rated, watch, objective)
    trainer.depth, trainer.threads = course.depth, course.threads
    trainer.size = min(trainer.size, trainer.ranks.count * size)
    return trainer


def embeddings(seeing: Any, batches: Batches, size: int, watch: Watch) -> tuple[Matrix, Array, int]:
    """What a network in evaluation mode makes of all pictures as they are: before it learns, a head learns from that.

    Args:
        seeing: `backbones.looking`.
        batches: n pictures.
        size: pictures that are looked at together, at most; where memory is out, half of them from then on.
        watch: who is told, and who may stop it.

    Returns:
        Embeddings (n, d) float32, the targets of the pictures, and the size that memory was enough for.

    Raises:
        InputError: not even one picture fits into memory.
    """
    torch: Any = need("torch")
    rows, targets = [], []
    with torch_on_one_thread(), torch.no_grad():
        for batch in batches.in_order(size):
            watch.check()
            found, size = _embedded(seeing, batch, size, watch)
            rows.append(found)
            targets.append(batch.targets)
    return np.concatenate(rows), np.concatenate(targets), size


def _embedded(seeing: Any, batch: Batch, size: int, watch: Watch) -> tuple[Matrix, int]:
    """Embeddings (b, d) of a batch, in parts of at most `size`; and what is left of that size."""
    parts, rows = batch.parts(size), []
    if len(parts) > 1:
        for part in parts:
            found, size = _embedded(seeing, part, size, watch)
            rows.append(found)
        return np.concatenate(rows), size
    torch: Any = need("torch")
    try:
        with learning():
            pictures = torch.from_numpy(batch.pictures).to(next(seeing.parameters()).device)
            return seeing(pictures)[0].cpu().numpy(), size
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    return _embedded(seeing, batch, halved(len(batch), batch.pictures.shape[1], watch), watch)


def step_s(recipe: Recipe) -> float:
    """Seconds of one core that learning from one picture once takes, of which a third is looking at it; measured."""
    pixels = np.random.default_rng(0).integers(0, 256, (TIMED, 2 * recipe.px, 2 * recipe.px, 3), np.uint8)
    codes = np.arange(TIMED, dtype=np.int64) % 2
    batches = Batches(list(pixels), of_classes(codes), recipe.px, Augmentation(), workers=1)
    course = Course(Regime(batch=TIMED, precision="quick"), workers=1)
    return timed_s(_trainer(module_of(recipe), recipe, batches, codes, course, Watch()))


def timed_s(trainer: Trainer) -> float:
    """Seconds of one core that a trainer takes for a picture in its last epoch, when all layers learn."""
    last, took = trainer.regime.epochs - 1, 0.0
    trainer.before_epoch(last)
    with torch_on_one_thread():
        for _ in range(2):  # the first also chooses kernels
            started = time.thread_time()
            for batch in trainer.batches.epoch(last, trainer.size):
                trainer.batch(batch)
            took = time.thread_time() - started
    return took / len(trainer.batches)
