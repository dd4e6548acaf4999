"""A network that begins with drawn weights and learns from the pictures of the task alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from sightline.arrays import Array, Indices, Picture
from sightline.deep.courses.fine_tuning import Course, timed_s
from sightline.deep.courses.head import drawn_head, headed
from sightline.deep.export import exported_module
from sightline.deep.lesson import Lesson
from sightline.deep.nets.backbones import drawn, looking, sized
from sightline.deep.nets.small import whiten
from sightline.deep.training.layers import groups, leave_nothing_to_chance
from sightline.deep.training.loop import Trainer
from sightline.deep.training.memory import affordable
from sightline.deep.training.noisy import CoTeaching, EarlyLearning, pair
from sightline.deep.training.processes.launched import device
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batches, Shown, of_classes
from sightline.deep.training.shown.resident import Resident
from sightline.deep.training.shown.sampling import spread
from sightline.deep.training.watch import Watch
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.extras import need
from sightline.networks.feed import Feed
from sightline.networks.network import Network
from sightline.parallel import ordered_map
from sightline.transforms.augmentation import Augmentation

SMALL = "small"
"""Our own network: it is whitened first, and its filters are kept at length one."""
SMALL_PX = 96
"""Pictures up to this side are held in memory, and a batch of them is changed at once."""
MOST_BYTES = 1_000_000_000
WHITENED = 500
"""Pictures whose patches are whitened."""
SHIFT = 16
"""A picture is shifted by up to a sixteenth of its side."""
STEPS, BATCHES, TIMED = 60, (16, 500), 64
SMALL_RATE, SMALL_BATCH = 0.24, 2000
"""Of filters of length one; with the square root of the batch."""
OTHER_RATE, OTHER_BATCH = 2e-3, 64
TRAINERS = {"full": Trainer, "early-learning": EarlyLearning, "co-teaching": CoTeaching}
BIAS_SHARE, HEAD_SHARE = 0.02, 0.02
"""Of the rate of filters of length one, what AdamW moves biases and a head at."""


def train(
    recipe: Recipe,
    pictures: Sequence[Picture],
    y: Indices,
    name: str,
    course: Course = Course(),  # noqa: B008 - frozen
    watch: Watch = Watch(),  # noqa: B008 - frozen
) -> Network:
    """The network of a recipe, trained from nothing, exported and checked. On a CPU the same seed gives the same bytes.

    Pictures up to `SMALL_PX` are held in memory, shifted and mirrored; larger ones, and those of a course that asks for
    other changes, are read and changed one by one. The head is left behind: what comes back gives an embedding.

    Args:
        recipe: architecture, input and size; nobody looks for its weights.
        pictures: n pictures (h, w, 3) uint8 of any size.
        y: (n,) class numbers; of one class alone there is nothing to learn, and the weights stay as they were drawn.
        name: what to call the network.
        course: how it is trained.
        watch: who is told, and who may stop it.

    Raises:
        ComponentError: a word in the lesson that nobody knows.
        InputError: no pictures, an architecture that nobody knows, or no memory for one picture.
        ExportError: the export answers otherwise than the network.
        MissingExtraError: the extra [deep] is not installed.
    """
    classes, codes = np.unique(np.asarray(y), return_inverse=True)
    if not len(classes) or len(codes) != len(pictures):
        raise InputError(f"{len(pictures)} pictures and {len(codes)} labels were given; allowed: one each, 1 or more")
    network = drawn(recipe, course.seed)
    recipe = sized(network, recipe)
    trainer = trainer_of(network, recipe, pictures, codes.astype(np.int64), course, watch)
    if len(classes) > 1:
        trainer.run()
    network.to(device="cpu", memory_format=trainer.torch.contiguous_format)
    return exported_module(network, recipe, name)


def regime_of(arch: str, n: int, epochs: int, rate: float = 0.0) -> Regime:
    """How an architecture is usually trained from nothing on n pictures.

    Args:
        arch: its name.
        n: pictures; an epoch has some `STEPS` steps, as far as batches allow.
        epochs: how often every picture is seen.
        rate: of learning; 0 for the usual one.
    """
    batch = int(np.clip(n // STEPS, *BATCHES))
    if arch == SMALL:
        usual = SMALL_RATE * min(1.0, (batch / SMALL_BATCH) ** 0.5)
        muon = Regime(epochs, batch, rate or usual, "muon", 0.0, warm_up=0.0, momentum=0.6, fall="line")
        return dataclasses.replace(muon, precision="quick")
    return Regime(epochs, min(batch, OTHER_BATCH), rate or OTHER_RATE, precision="quick")


def step_s(recipe: Recipe, regime: Regime, lesson: Lesson = Lesson()) -> float:  # noqa: B008 - nobody changes it
    """Seconds of one core that learning from one picture once takes; measured."""
    count = min(regime.batch, TIMED)
    pixels = np.random.default_rng(0).integers(0, 256, (count, recipe.px, recipe.px, 3), np.uint8)
    course = Course(dataclasses.replace(regime, epochs=1, batch=count), workers=1, lesson=lesson)
    codes = np.arange(count, dtype=np.int64) % 2
    return timed_s(trainer_of(drawn(recipe, 0), recipe, list(pixels), codes, course, Watch()))


def trainer_of(
    network: Any, recipe: Recipe, pictures: Sequence[Picture], codes: Indices, course: Course, watch: Watch
) -> Trainer:
    """A trainer of a drawn network behind a drawn head; in co-teaching another one learns beside it."""
    lesson, k = course.lesson, int(codes.max()) + 1
    lesson.check()
    where = device()
    shown = lesson.shown(shown_to(recipe, pictures, codes, course, where), k, course.seed)
    answering, rated = _answering(network, recipe, pictures, codes, course, where)
    if lesson.trust == "co-teaching":
        other = dataclasses.replace(course, seed=course.seed + 1)
        second, more = _answering(drawn(recipe, other.seed), recipe, pictures, codes, other, where)
        answering, rated = pair(answering, second), [*rated, *more]
    trainer = TRAINERS[lesson.trust](answering, shown, course.regime, rated, watch, lesson.objective(codes, k))
    trainer.threads = course.threads
    if isinstance(trainer, CoTeaching):
        trainer.noise = lesson.noise
    if where == "cpu":
        trainer.size = min(trainer.size, trainer.ranks.count * affordable(trainer.network, recipe.px))
    return trainer


def _answering(
    network: Any, recipe: Recipe, pictures: Sequence[Picture], codes: Indices, course: Course, where: str
) -> tuple[Any, list[dict[str, Any]]]:
    """A network behind a drawn head, and the groups of their parameters."""
    torch: Any = need("torch")
    leave_nothing_to_chance(network)
    seeing = looking(network, recipe)
    if recipe.arch == SMALL:
        whiten_by(network, recipe, pictures, codes, course.seed, course.workers)
    seeing = seeing.to(device=where, memory_format=torch.channels_last)
    head = drawn_head(seeing, recipe.px, int(codes.max()) + 1, course.seed).to(where)
    rated = _small_groups(network, head) if recipe.arch == SMALL else _groups(network, head, course)
    return headed(seeing, head), rated


def whiten_by(
    network: Any, recipe: Recipe, pictures: Sequence[Picture], y: Indices, seed: int, workers: int | None = None
) -> None:
    """Let the first layer of `small` whiten patches of `WHITENED` pictures, drawn from all, as many of each class.

    What does not vary in them is never seen: of the first ones, that was color where a class of grey pictures came
    first. A few pictures at a time are read and held.

    Args:
        network: a `small_net`.
        recipe: its size, and what its input is scaled by.
        pictures: n pictures (h, w, 3) uint8 of any size.
        y: (n,) class numbers below n, all the same where nobody knows the classes.
        seed: decides which pictures.
        workers: threads that read them; None for the cores available.
    """
    feed = Feed(recipe.px, recipe.px)

    def scaled(row: int) -> Array:
        return ((feed.sized(pictures[row]) / 255.0 - recipe.mean) / recipe.std).astype(np.float32)

    whiten(network, ordered_map(scaled, spread(y, WHITENED, seed).tolist(), workers))


def shown_to(recipe: Recipe, pictures: Sequence[Picture], codes: Indices, course: Course, where: str) -> Shown:
    """The pictures as the network sees them while it learns."""
    px, change, order = recipe.px, course.lesson.changing(course.augmentation), course.lesson.order(codes, course.seed)
    if px <= SMALL_PX and _is_plain(change) and len(pictures) * px * px * 3 <= MOST_BYTES:
        feed = Feed(px, px)
        held = np.stack(list(ordered_map(lambda row: feed.sized(pictures[row]), range(len(pictures)), course.workers)))
        mirrored = change is not None and change.mirrored
        shift = 0 if change is None or change.area == 1 else max(1, px // SHIFT)
        return Resident(held, codes, where, shift, mirrored, course.seed, order)
    target, ahead = of_classes(codes), where != "cpu"
    return Batches(pictures, target, px, change, course.seed, course.workers, order=order, ahead=ahead)


def _is_plain(change: Augmentation | None) -> bool:
    """Whether nothing is asked for that a shift and a mirror do not stand for."""
    if change is None:
        return True
    more = (
        change.rotation_deg,
        change.light,  # None where nobody asked for it
        change.scale,
        change.occlusion,
        change.blur_px,
        change.randaugment,
        change.random_erasing,
    )
    return not any(more)


def _groups(network: Any, head: Any, course: Course) -> list[dict[str, Any]]:
    """All layers at the full rate; a head is moved by AdamW whatever moves the others."""
    found = groups(network, head, 1.0, course.regime.weight_decay)
    top = max(group["layer"] for group in found)
    return [{**group, "plain": group["layer"] in (0, top)} for group in found]


def _small_groups(network: Any, head: Any) -> list[dict[str, Any]]:
    learning = [one for one in network.parameters() if one.requires_grad]
    filters, biases = ([one for one in learning if (one.ndim > 1) == many] for many in (True, False))
    return [
        {"params": filters, "share": 1.0, "weight_decay": 0.0, "unit": True},
        {"params": biases, "share": BIAS_SHARE, "weight_decay": 0.0, "plain": True},
        {"params": list(head.parameters()), "share": HEAD_SHARE, "weight_decay": 0.01, "plain": True},
    ]
