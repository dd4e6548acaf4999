"""A network that begins with drawn weights and learns from few labels and from many pictures without one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from sightline.arrays import Indices, Picture
from sightline.deep.courses.fine_tuning import Course, timed_s
from sightline.deep.courses.joined import Joined
from sightline.deep.courses.scratch import SMALL, SMALL_BATCH, SMALL_RATE, regime_of, shown_to
from sightline.deep.courses.scratch import trainer_of as plain_trainer_of
from sightline.deep.export import exported_module
from sightline.deep.nets.backbones import drawn, sized
from sightline.deep.training.memory import affordable
from sightline.deep.training.processes.launched import device
from sightline.deep.training.regime import Regime
from sightline.deep.training.self_training import SelfTrainer
from sightline.deep.training.watch import Watch
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.networks.network import Network

BATCH = 128
"""Pictures of a step: twice as many, in half the steps, were no better and took longer."""
TIMED = 64


def self_train(
    recipe: Recipe,
    pictures: Sequence[Picture],
    y: Indices,
    unlabelled: Sequence[Picture],
    name: str,
    course: Course,
    watch: Watch = Watch(),  # noqa: B008 - frozen
) -> Network:
    """The network of a recipe, trained from nothing on pictures with and without labels, exported and checked.

    On a CPU the same seed gives the same bytes. The head is left behind: what comes back gives an embedding.

    Args:
        recipe: architecture, input and size; nobody looks for its weights.
        pictures: n pictures (h, w, 3) uint8 of any size.
        y: (n,) class numbers; of one class alone there is nothing to learn, and the weights stay as they were drawn.
        unlabelled: m pictures more, of the same classes, 1 or more.
        name: what to call the network.
        course: how it is trained; an epoch shows all n + m pictures.
        watch: who is told, and who may stop it.

    Raises:
        InputError: no picture with a label, or none without, an architecture that nobody knows, or no memory for one
            picture.
        ExportError: the export answers otherwise than the network.
        MissingExtraError: the extra [deep] is not installed.
    """
    classes, codes = np.unique(np.asarray(y), return_inverse=True)
    if not len(classes) or len(codes) != len(pictures) or not len(unlabelled):
        raise InputError(
            f"{len(pictures)} pictures, {len(codes)} labels and {len(unlabelled)} pictures without a label were given; "
            "allowed: a label each, 1 or more, and 1 or more without"
        )
    network = drawn(recipe, course.seed)
    recipe = sized(network, recipe)
    trainer = trainer_of(network, recipe, pictures, codes.astype(np.int64), unlabelled, course, watch)
    if len(classes) > 1:
        trainer.run()
    network.to(device="cpu", memory_format=trainer.torch.contiguous_format)
    return exported_module(network, recipe, name)


def self_training_regime(arch: str, n: int, epochs: int, rate: float = 0.0) -> Regime:
    """How an architecture usually trains itself on n pictures, nearly all of them without a label.

    Args:
        arch: its name.
        n: pictures.
        epochs: how often every picture is seen.
        rate: of learning; 0 for the usual one.
    """
    plain = regime_of(arch, n, epochs, rate)
    if arch == SMALL:
        usual = SMALL_RATE * (BATCH / SMALL_BATCH) ** 0.5
        return dataclasses.replace(plain, batch=BATCH, rate=rate or usual)
    return plain


def step_s(recipe: Recipe, regime: Regime) -> float:
    """Seconds of one core that one picture without a label takes in an epoch; measured, as if all were learned from."""
    pixels = np.random.default_rng(0).integers(0, 256, (2 * TIMED, recipe.px, recipe.px, 3), np.uint8)
    course = Course(dataclasses.replace(regime, epochs=1, batch=TIMED), workers=1)
    codes = np.arange(TIMED, dtype=np.int64) % 2
    first, rest = list(pixels[:TIMED]), list(pixels[TIMED:])
    trainer = trainer_of(drawn(recipe, 0), recipe, first, codes, rest, course, Watch())
    trainer.all_count = True
    return timed_s(trainer)


def trainer_of(
    network: Any,
    recipe: Recipe,
    pictures: Sequence[Picture],
    codes: Indices,
    unlabelled: Sequence[Picture],
    course: Course,
    watch: Watch,
) -> SelfTrainer:
    """A trainer of a drawn network behind a drawn head, which is shown all pictures, and those with a label again."""
    plain = plain_trainer_of(network, recipe, pictures, codes, course, watch)
    every = Joined(pictures, unlabelled)
    shown = shown_to(recipe, every, np.zeros(len(every), np.int64), course, device())
    objective = dataclasses.replace(plain.objective, smoothing=0.0)  # else it would never be sure
    trainer = SelfTrainer(plain.network, shown, course.regime, plain.groups, watch, objective)
    trainer.known, trainer.seed = plain.batches, course.seed
    trainer.shares = np.bincount(codes) / len(codes)
    if device() == "cpu":
        trainer.size = min(trainer.size, trainer.ranks.count * affordable(trainer.network, recipe.px))
    return trainer
