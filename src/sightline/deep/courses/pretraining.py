"""A network that learns to see from pictures alone, before anybody has said what is in them."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from sightline.arrays import Picture
from sightline.deep.courses.head import embedding_length
from sightline.deep.courses.scratch import SMALL, whiten_by
from sightline.deep.nets.backbones import drawn, looking, sized
from sightline.deep.training.contrast import SimCLR, projecting
from sightline.deep.training.layers import groups, leave_nothing_to_chance
from sightline.deep.training.memory import affordable
from sightline.deep.training.one_thread import torch_on
from sightline.deep.training.processes.launched import device
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batches, Shown, of_classes
from sightline.deep.training.shown.resident import Resident
from sightline.deep.training.watch import Watch
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.extras import need
from sightline.networks.feed import Feed
from sightline.networks.network import LEAST_PX
from sightline.parallel import ordered_map
from sightline.resources import available_cores

LEAST = 16
"""Pictures, at least: batch normalization of fewer says little, and a network learns nothing from so few."""
SMALL_BATCH, OTHER_BATCH = 256, 64
SMALL_RATE, OTHER_RATE = 0.085, 1e-3
"""Of filters of length one, moved by Muon; of all other networks, by AdamW."""
BIAS_SHARE, HEAD_SHARE = 0.02, 0.02
ROOM = 2
"""Pictures are held at up to this many times the side of the input: views are parts of them."""
MOST_BYTES = 1_000_000_000
"""Of pictures in memory; more of them are read anew in every epoch."""
VIEWED = 0.75
"""Side of the views as a share of the input's: half the time, and parts of a picture are smaller than it anyway."""
TIMED = 3
"""Steps that are timed, of which the first chooses kernels."""


@dataclasses.dataclass(frozen=True)
class Pretraining:
    """How a network learns from pictures alone.

    Attributes:
        epochs: how often every picture is learned from.
        seed: decides weights, order and views.
        workers: threads that compute, and that read where pictures do not fit into memory; None for the cores.
    """

    epochs: int
    seed: int = 0
    workers: int | None = None


def pretrain(
    recipe: Recipe,
    pictures: Sequence[Picture],
    course: Pretraining,
    watch: Watch = Watch(),  # noqa: B008 - frozen
) -> tuple[Any, SimCLR]:
    """The network of a recipe, having learned to tell views of a picture from those of others; and what trained it.

    On a CPU the same seed, pictures and number of threads give the same weights.

    Args:
        recipe: architecture, input and size; nobody looks for its weights.
        pictures: n pictures (h, w, 3) uint8 of any size.
        course: how long it learns.
        watch: who is told, and who may stop it.

    Raises:
        InputError: fewer than `LEAST` pictures, an architecture that nobody knows or that takes no pictures of that
            size, or no memory for one picture.
        MissingExtraError: the extra [deep] is not installed.
    """
    network, trainer = trainer_of(recipe, pictures, course, watch)
    trainer.run()
    network.to(device="cpu", memory_format=trainer.torch.contiguous_format)
    return network, trainer


def trainer_of(
    recipe: Recipe, pictures: Sequence[Picture], course: Pretraining, watch: Watch, among: int = 0
) -> tuple[Any, SimCLR]:
    """A drawn network, and what will train it; `among` as in `shown_to`."""
    torch: Any = need("torch")
    if len(pictures) < LEAST:
        raise InputError(f"{len(pictures)} pictures were given to learn from; allowed: {LEAST} or more")
    network = drawn(recipe, course.seed)
    recipe = sized(network, recipe)
    leave_nothing_to_chance(network)
    seeing = looking(network, recipe)
    views = view_px(seeing, recipe)  # refused before all pictures are read
    where = device()
    shown = shown_to(recipe, pictures, course, where, among)
    if recipe.arch == SMALL:
        whiten_by(network, recipe, pictures, np.zeros(len(pictures), np.int64), course.seed, course.workers)
    seeing = seeing.to(device=where, memory_format=torch.channels_last)
    both = projecting(seeing, recipe.px, course.seed).to(where)
    regime = regime_of(recipe.arch, course.epochs)
    trainer = SimCLR(both, shown, regime, _groups(network, both, recipe, regime), watch)
    trainer.px, trainer.seed = views, course.seed
    trainer.threads = course.workers or available_cores()
    if where == "cpu":
        trainer.size = min(trainer.size, trainer.ranks.count * max(2, affordable(both, recipe.px) // 2))
    return network, trainer


def view_px(seeing: Any, recipe: Recipe) -> int:
    """Side of the views that a network learns from: a share of its input's; all of it, where it takes no other size.

    Args:
        seeing: `backbones.looking`, on the CPU.
        recipe: what it is, with its size.

    Raises:
        InputError: it takes no pictures of the recipe's size.
    """
    instead = "another --px, or --px 0 for the size that it was made for"
    length = embedding_length(seeing, recipe.px, recipe.arch, instead)
    px = max(LEAST_PX, round(VIEWED * recipe.px))
    with suppress(InputError):  # many transformers take one size, and so does who flattens the last map
        if embedding_length(seeing, px) == length:
            return px
    return recipe.px


def regime_of(arch: str, epochs: int) -> Regime:
    """How an architecture is usually pretrained."""
    if arch == SMALL:
        return Regime(epochs, SMALL_BATCH, SMALL_RATE, "muon", 0.0, 0.05, momentum=0.6, precision="quick")
    return Regime(epochs, OTHER_BATCH, OTHER_RATE, precision="quick")


def epochs_in(recipe: Recipe, pictures: Sequence[Picture], time_s: float, course: Pretraining) -> int:
    """How many epochs a time is enough for, by steps that are timed.

    Raises:
        InputError: not for one; and as `pretrain`.
    """
    few = _some(pictures, max(LEAST, SMALL_BATCH))
    _, trainer = trainer_of(recipe, few, course, Watch(), len(pictures))
    epoch_s = len(pictures) * _picture_s(trainer)
    if (epochs := int(time_s / epoch_s)) < 1:
        raise InputError(
            f"{time_s:.0f} s were given, and learning once from each of {len(pictures):,} pictures takes about "
            f"{epoch_s:.0f} s here; allowed: at least that; give more time, fewer pictures or a smaller --px"
        )
    return epochs


def _picture_s(trainer: SimCLR) -> float:
    """Seconds that a picture takes in an epoch: learning from it, and reading it where every epoch does."""
    shown, made, learned = trainer.batches, [], []
    # Ahead, one worker alone makes a batch while others make the next ones: what all take together is asked for.
    timed = dataclasses.replace(shown, ahead=False) if isinstance(shown, Batches) else shown
    with torch_on(trainer.threads):
        trainer.before_epoch(0)
        for number in range(TIMED):
            started = time.perf_counter()
            batch = next(iter(timed.epoch(number, trainer.size)))
            there = time.perf_counter()
            trainer.batch(batch)
            made.append((there - started) / len(batch))
            learned.append((time.perf_counter() - there) / len(batch))
    if not isinstance(shown, Batches):
        return min(learned)
    reading = sum(made) / len(made)
    return max(reading, min(learned)) if shown.ahead else reading + min(learned)


def weights_file(network: Any, recipe: Recipe) -> bytes:
    """A .safetensors file of a network's weights, whose header says what `Recipe.of_file` asks for."""
    torch_file: Any = need("safetensors.torch")
    recipe = sized(network, recipe)
    texts = {
        "arch": recipe.arch,
        "kwargs": json.dumps(dict(recipe.kwargs)),
        "mean": ",".join(map(str, recipe.mean)),
        "std": ",".join(map(str, recipe.std)),
        "size": str(recipe.px),
    }
    data: bytes = torch_file.save({name: one.contiguous() for name, one in network.state_dict().items()})
    size = int.from_bytes(data[:8], "little")
    header = json.dumps({"__metadata__": texts, **json.loads(data[8 : 8 + size])}).encode()
    header += b" " * (-len(header) % 8)  # the library writes these texts in another order each time
    return len(header).to_bytes(8, "little") + header + data[8 + size :]


def shown_to(recipe: Recipe, pictures: Sequence[Picture], course: Pretraining, where: str, among: int = 0) -> Shown:
    """The pictures as they are, somewhat larger than the input: in memory where they fit, else read in every epoch.

    Args:
        recipe: what learns, with its size.
        pictures: n pictures (h, w, 3) uint8 of any size.
        course: its seed and workers.
        where: "cpu" or "cuda".
        among: how many must fit, where these are some of more; 0: these alone.
    """
    px = recipe.px
    shorter = [min(one.shape[:2]) for one in _some(pictures, LEAST)]
    room = int(np.clip(np.median(shorter), px, ROOM * px))
    nothing = np.zeros(len(pictures), np.int64)
    if max(among, len(pictures)) * room * room * 3 > MOST_BYTES:
        ahead = where != "cpu"
        return Batches(pictures, of_classes(nothing), room, None, course.seed, course.workers, ahead=ahead)
    feed = Feed(room, room)
    held = np.stack(list(ordered_map(lambda row: feed.sized(pictures[row]), range(len(pictures)), course.workers)))
    return Resident(held, nothing, where, 0, False, course.seed)


def _some(pictures: Sequence[Picture], count: int) -> Sequence[Picture]:
    """At most so many, read when they are asked for; from all over, for one folder may hold larger ones."""
    return pictures[:: max(1, len(pictures) // count)][:count]


def _groups(network: Any, both: Any, recipe: Recipe, regime: Regime) -> list[dict[str, Any]]:
    """What is moved how: filters of `small` at length one by Muon, all layers of others alike."""
    heads = list(both.projection.parameters())
    if recipe.arch != SMALL:
        return groups(network, both.projection, 1.0, regime.weight_decay)
    learning = [one for one in network.parameters() if one.requires_grad]
    filters, biases = ([one for one in learning if (one.ndim > 1) == many] for many in (True, False))
    return [
        {"params": filters, "share": 1.0, "weight_decay": 0.0, "unit": True},
        {"params": biases, "share": BIAS_SHARE, "weight_decay": 0.0, "plain": True},
        {"params": heads, "share": HEAD_SHARE, "weight_decay": 0.0, "plain": True},
    ]
