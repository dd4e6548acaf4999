"""Pictures in the batches that a network learns from, each seen as it might have come; no torch is needed.

What a picture looks like in an epoch follows from the seed, the epoch, its number and how often it came before, so that
neither the size of batches nor the number of workers changes what is learned from.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from sightline.arrays import Array, Indices, Picture, generator
from sightline.deep.training.shown.sampling import Order, shuffled
from sightline.networks.feed import Feed
from sightline.parallel import ordered_map
from sightline.preparation.geometry import resize
from sightline.threads import one_thread_each
from sightline.transforms.augmentation import Augmentation

ROOM = 2
"""A picture is brought to this many times the side of the input before it is changed, unless more is asked for:
changes cost by the pixel."""
SHARES = 8
"""Of a batch, for the workers that make it together: the last of them do not wait for long."""
Target = Callable[[int, Picture], Array]
"""The number of a picture and how it is seen -> what is to be answered."""


@dataclasses.dataclass(frozen=True)
class Batch:
    """Some pictures, and what a network should say of them; arrays of numpy, or tensors on the device that learns.

    Attributes:
        pictures: (b, px, px, 3) uint8.
        targets: (b,) int64 class numbers, or (b, k) float32 probabilities.
        rows: (b,) int64 numbers of the pictures.
    """

    pictures: Any
    targets: Any
    rows: Any

    def __len__(self) -> int:
        return len(self.pictures)

    def parts(self, size: int) -> list[Batch]:
        """Batches of at most `size`, as equal as can be."""
        numbers = np.array_split(np.arange(len(self)), -(-len(self) // size))
        cuts = [slice(int(part[0]), int(part[-1]) + 1) for part in numbers]
        return [Batch(self.pictures[cut], self.targets[cut], self.rows[cut]) for cut in cuts]


class Shown(Protocol):
    """n pictures as a training sees them."""

    @property
    def px(self) -> int:
        """Side of the pictures."""

    def __len__(self) -> int: ...

    def epoch(self, number: int, size: int, begin: int = 0) -> Iterator[Batch]:
        """All pictures once, changed, in batches of at most `size`; the first `begin` batches are left out."""

    def in_order(self, size: int) -> Iterator[Batch]:
        """All pictures once, as they are and in their order."""


@dataclasses.dataclass(frozen=True)
class Batches:
    """n pictures, in another order and seen otherwise in every epoch.

    Attributes:
        pictures: n pictures (h, w, 3) uint8, of any size, read when they are asked for.
        target: what is to be answered to each; called in the worker threads.
        px: side of the network's input.
        augmentation: how a picture is changed; None shows all of it as it is.
        seed: decides order and changes.
        workers: threads; None for the cores available.
        room_px: shorter side of a picture before it is changed, at most; 0 for `ROOM` times that of the input.
        order: which pictures an epoch shows; None: all of them once.
        ahead: whether batches are made while others are learned from. Else all workers make one, then it is learned
            from: where the same cores do both, a core that makes the next lets the others wait at every layer.
    """

    pictures: Sequence[Picture]
    target: Target
    px: int
    augmentation: Augmentation | None = None
    seed: int = 0
    workers: int | None = None
    room_px: int = 0
    order: Order | None = None
    ahead: bool = True

    def __len__(self) -> int:
        return len(self.pictures)

    def epoch(self, number: int, size: int, begin: int = 0) -> Iterator[Batch]:
        """All pictures once, in batches of at most `size` that are as equal as can be; not the first `begin` of them.

        A last batch of one would teach batch normalization nothing: its variance is 0.
        """
        order = (self.order or shuffled(len(self), self.seed))(number)
        yield from self._made(order, size, lambda one: self._changed(one, number), begin)

    def in_order(self, size: int) -> Iterator[Batch]:
        """All pictures once, as they are and in their order."""
        yield from self._made(np.arange(len(self)), size, lambda row: self.pictures[row])

    def _made(self, order: Indices, size: int, see: Callable[[int], Picture], begin: int = 0) -> Iterator[Batch]:
        feed = Feed(self.px, self.px)

        def batch(part: Indices) -> Batch:
            rows = part % len(self)
            seen = [(row, see(one)) for row, one in zip(rows.tolist(), part.tolist(), strict=True)]
            targets = np.stack([self.target(row, picture) for row, picture in seen])
            return Batch(np.stack([feed.sized(picture) for _, picture in seen]), targets, rows)

        parts = np.array_split(order, -(-len(order) // size))[begin:]
        if self.ahead:
            yield from ordered_map(batch, parts, self.workers)
            return
        with one_thread_each():  # once, and not for each batch
            for part in parts:
                shares = np.array_split(part, min(len(part), SHARES))
                yield _together(list(ordered_map(batch, shares, self.workers)))

    def _changed(self, one: int, epoch: int) -> Picture:
        """A picture as an epoch shows it, by its number in the epoch's `Order`."""
        picture = self.pictures[one % len(self)]
        if self.augmentation is None:
            return picture
        small = _shrunk(picture, self.room_px or ROOM * self.px)
        share = small.shape[0] / picture.shape[0]
        return self.augmentation(small, generator(self.seed, "picture", epoch, one), share)


def _together(batches: Sequence[Batch]) -> Batch:
    """Batches of arrays as one."""
    return Batch(*(np.concatenate([getattr(one, name) for one in batches]) for name in ("pictures", "targets", "rows")))


def of_classes(y: Indices) -> Target:
    """The class number of each picture, (n,) int64, however it is seen."""
    return lambda row, picture: y[row]


def _shrunk(picture: Picture, side: int) -> Picture:
    """With a shorter side of `side` at most; the aspect stays."""
    height, width = picture.shape[:2]
    share = side / min(height, width)
    return picture if share >= 1 else resize(picture, round(height * share), round(width * share))
