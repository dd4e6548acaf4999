"""Trainings of networks in a search: told as they go on, stopped when time is over, gone on with by the next run."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sightline.data.store import RESULTS_BYTES
from sightline.deep.distilled import Distilled
from sightline.deep.learned_network import LearnedNetwork
from sightline.deep.self_trained import SelfTrained
from sightline.deep.training.checkpoint import Checkpoints
from sightline.deep.training.watch import Watch
from sightline.errors import ArtifactError
from sightline.parallel import Progress
from sightline.pipeline.graph import Node
from sightline.search.trying.teaching import school
from sightline.search.trying.watched import Watched

FOLDER = "trainings"
KEPT = 12
"""Trainings that were cut off and are kept: those of a few folds of a few candidates, some megabytes each."""
MOST_BYTES = 4_000_000_000
"""Of all of them, when another one begins: a large network takes a gigabyte and more, twice."""


class Spared(Checkpoints):
    """Checkpoints that are left out where the disk would have no room for the results any more; told once."""

    told = False

    def write(self, step: int, tensors: Mapping[str, Any], plain: Mapping[str, Any]) -> None:
        """Keep the state after a step, and the one before it, where there is room.

        Raises:
            ArtifactError: it could not be written, or there is no room, the first time.
        """
        size, free = sum(one.nbytes for one in tensors.values()), _free_bytes(self.folder)
        if free - size >= RESULTS_BYTES:
            super().write(step, tensors, plain)
            return
        self._last = time.monotonic()  # looked at again when the next is due
        if not self.told:
            self.told = True
            raise ArtifactError(
                f"it takes {size / 1e6:,.0f} MB and the disk has {free / 1e6:,.0f} MB free, of which "
                f"{RESULTS_BYTES / 1e6:,.0f} are for results"
            )


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
    return Watch(progress, check=check, checkpoints=Spared(cache / FOLDER / key, key))


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
        # A teacher begins anew: what is kept is the student's.
        node.school = school(node.teacher, seen, dataclasses.replace(watched, checkpoints=None))
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
    """Remove the trainings that were cut off first, where there are too many or they take too much."""
    with suppress(OSError):
        total = 0
        latest_first = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
        for number, one in enumerate(latest_first):
            total += _nbytes(one)
            if number >= KEPT or (number and total > MOST_BYTES):
                shutil.rmtree(one, ignore_errors=True)


def _nbytes(folder: Path) -> int:
    total = 0
    for path in folder.glob("*"):
        with suppress(OSError):  # another run goes on with it and removes its last but one
            total += path.stat().st_size
    return total


def _free_bytes(folder: Path) -> int:
    """Free on the disk of a folder that may not be there yet."""
    with suppress(OSError):
        return shutil.disk_usage(next(one for one in folder.parents if one.is_dir())).free
    return 0
