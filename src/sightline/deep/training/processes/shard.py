"""The part that one of several processes has of each batch: it reads and changes no other pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from sightline.arrays import Indices
from sightline.deep.training.shown.batches import Batch, Batches, Shown
from sightline.deep.training.shown.sampling import shuffled


@dataclasses.dataclass(frozen=True)
class Part(Batch):
    """Some pictures of a batch that several processes share.

    A process for which there is none looks at a picture of another and counts for nothing, so that all processes do the
    same at any time.

    Attributes:
        counts: of each process, how many pictures count; they differ by 1 at most.
        rank: whose pictures these are.
    """

    counts: tuple[int, ...]
    rank: int

    @property
    def whole(self) -> int:
        """Pictures in all processes."""
        return sum(self.counts)

    @property
    def share(self) -> float:
        """What these count of the whole, 0 to 1."""
        return self.counts[self.rank] / self.whole

    def steps(self, size: int) -> int:
        """Steps of at most `size` pictures in all that this takes, the same number in each process."""
        return -(-max(self.counts) // -(-size // len(self.counts)))

    def split(self, number: int) -> list[Part]:
        """So many parts, as equal as can be."""
        counts = list(zip(*(shares(count, number) for count in self.counts), strict=True))
        ends = np.cumsum([0, *(one[self.rank] for one in counts)]).tolist()
        return [self._cut(start, one) for start, one in zip(ends, counts, strict=False)]

    def _cut(self, start: int, counts: tuple[int, ...]) -> Part:
        start = min(start, len(self) - 1)
        cut = slice(start, start + max(1, counts[self.rank]))
        return Part(self.pictures[cut], self.targets[cut], self.rows[cut], counts, self.rank)


class Shard:
    """Pictures as another shows them, of each batch the part of one process.

    All parts of a batch are together the batch of one process. Of `Batches` only the own pictures are read. What holds
    its pictures in memory, or mixes those of a batch, makes the whole of it: 500 pictures of 32 px take 6 ms, and a
    step of the small network over them takes a core seconds.

    Args:
        shown: what is shared.
        rank: of this process, from 0.
        count: of processes.
    """

    def __init__(self, shown: Shown, rank: int, count: int) -> None:
        self._shown, self._rank, self._count = shown, rank, count

    @property
    def px(self) -> int:
        """Side of the pictures."""
        return self._shown.px

    def __len__(self) -> int:
        """Pictures of all processes."""
        return len(self._shown)

    def epoch(self, number: int, size: int, begin: int = 0) -> Iterator[Batch]:
        """The own part of each batch of at most `size` pictures, not of the first `begin`."""
        if not isinstance(self._shown, Batches):
            for batch in self._shown.epoch(number, size, begin):
                yield part_of(batch, self._rank, self._count)
            return
        order = (self._shown.order or shuffled(len(self), self._shown.seed))(number)
        batches = np.array_split(order, -(-len(order) // size))[begin:]
        counts = [shares(len(rows), self._count) for rows in batches]
        own = [rows[_place(one, self._rank)] for rows, one in zip(batches, counts, strict=True)]
        made = self._made(self._shown, own, number, size)
        for batch, one in zip(made, counts, strict=True):
            yield Part(batch.pictures, batch.targets, batch.rows, one, self._rank)

    def in_order(self, size: int) -> Iterator[Batch]:
        """The own pictures, as they are and in their order; there may be none."""
        if isinstance(self._shown, Batches):
            rows = np.arange(len(self))[_place(shares(len(self), self._count), self._rank)]
            if len(self) > self._rank:
                plain = dataclasses.replace(self._shown, augmentation=None)
                yield from self._made(plain, np.array_split(rows, -(-len(rows) // self._most(size))), 0, size)
            return
        for batch in self._shown.in_order(size):
            if len(batch) > self._rank:
                yield part_of(batch, self._rank, self._count)

    def _made(self, shown: Batches, own: Sequence[Indices], number: int, size: int) -> Iterator[Batch]:
        """Batches of these rows. They are made in others, for `Batches` chooses how long they are, and cut anew."""
        if own:
            together = np.concatenate(own)
            made = dataclasses.replace(shown, order=lambda _: together).epoch(number, self._most(size))
            yield from _cut_anew(made, [len(rows) for rows in own])

    def _most(self, size: int) -> int:
        return -(-size // self._count)


def shares(n: int, count: int) -> tuple[int, ...]:
    """How many of n each of `count` has, the first ones of more.

    >>> shares(8, 3), shares(1, 2)
    ((3, 3, 2), (1, 0))
    """
    return tuple(n // count + (number < n % count) for number in range(count))


def part_of(batch: Batch, rank: int, count: int) -> Part:
    """The part of a process of a whole batch; of a part, itself."""
    if isinstance(batch, Part):
        return batch
    counts = shares(len(batch), count)
    own = _place(counts, rank)
    return Part(batch.pictures[own], batch.targets[own], batch.rows[own], counts, rank)


def _place(counts: Sequence[int], rank: int) -> slice:
    """Where the pictures of a process are; where it has none, a picture of the first one."""
    start = sum(counts[:rank]) if counts[rank] else 0
    return slice(start, start + max(1, counts[rank]))


def _cut_anew(batches: Iterator[Batch], lengths: Sequence[int]) -> Iterator[Batch]:
    """The same pictures in batches of other lengths."""
    rest: Batch | None = None
    for length in lengths:
        while rest is None or len(rest) < length:
            more = next(batches)
            rest = _joined(rest, more) if rest is not None and len(rest) else more
        yield Batch(rest.pictures[:length], rest.targets[:length], rest.rows[:length])
        rest = Batch(rest.pictures[length:], rest.targets[length:], rest.rows[length:])


def _joined(first: Batch, second: Batch) -> Batch:
    names = ("pictures", "targets", "rows")
    return Batch(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in names))
