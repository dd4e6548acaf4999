"""Trainings of networks in a search: told as they go on, stopped when time is over, gone on with by the next run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sightline.deep.distilled import Distilled
from sightline.deep.learned_network import LearnedNetwork
from sightline.deep.self_trained import SelfTrained
from sightline.deep.training.checkpoint import Checkpoints
from sightline.deep.training.watch import Watch
from sightline.parallel import Progress
from sightline.pipeline.graph import Node
from sightline.search.trying.teaching import school
from sightline.search.trying.watched import Watched

FOLDER = "trainings"
KEPT = 12
"""Trainings that were cut off and are kept: those of a few folds of a few candidates, some megabytes each."""


def watch(cache: Path | None, key: str, progress: Progress, check: Callable[[], None]) -> Watch:
    """Who looks on at the training of one fold.

    Args:
        cache: where what outlives a run is kept; None: the training is not.
        key: of what is learned, and of what from.
        progress: told of epochs, losses and the time left.
        check: called before each batch; raises to stop.
    """
    if cache is None:
        return Watch(progress, check=check)
    _forget_oldest(cache / FOLDER)
    return Watch(progress, check=check, checkpoints=Checkpoints(cache / FOLDER / key, key))


@contextmanager
def attended(node: Node, unlabelled: Sequence[Any], watched: Watch) -> Iterator[None]:
    """Inside, a network has all that it is fitted with beside pictures and classes; it does not hold it for long.

    Args:
        node: what is fitted; nothing is done to what is no network.
        unlabelled: pictures without a class.
        watched: who looks on.
    """
    if isinstance(node, LearnedNetwork):
        node.watch = watched
    seen = Watched(unlabelled, watched.check, watched.progress)
    if isinstance(node, Distilled):
        node.school = school(node.teacher, seen)
    if isinstance(node, SelfTrained):
        node.unlabelled = seen
    try:
        yield
    finally:
        if isinstance(node, LearnedNetwork):
            node.watch = None
        if isinstance(node, Distilled):
            node.school = None  # it holds the teacher, and all that the teacher holds
        if isinstance(node, SelfTrained):
            node.unlabelled = ()


def _forget_oldest(folder: Path) -> None:
    with suppress(OSError):
        found = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime)
        for old in found[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
