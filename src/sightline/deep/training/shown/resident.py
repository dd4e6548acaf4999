"""Small pictures of one size, all in memory, on the device that learns from them: nothing is decoded in an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sightline.arrays import Array, Indices, generator
from sightline.deep.training.shown.batches import Batch
from sightline.deep.training.shown.sampling import Order, shuffled
from sightline.extras import need


class Resident:
    """n pictures of px by px, shifted and mirrored anew in every epoch, a whole batch at once.

    What a picture looks like in an epoch follows from the seed, the epoch, its number and how often it came before. A
    picture is mirrored in every other epoch, half of them in the first, so that in two epochs each is seen both ways;
    one that comes more than once in an epoch is so every other time.

    K. Jordan: 94% on CIFAR-10 in 3.29 seconds on a single GPU. 2024.

    Args:
        pictures: (n, px, px, 3) uint8.
        targets: (n,) int64 class numbers.
        device: where they are held.
        shift_px: how far a picture is shifted, at most; what comes in is mirrored.
        mirrored: whether left and right may be changed over.
        seed: decides order and changes.
        order: which pictures an epoch shows; None: all of them once.
    """

    def __init__(
        self,
        pictures: Array,
        targets: Indices,
        device: str = "cpu",
        shift_px: int = 2,
        mirrored: bool = True,
        seed: int = 0,
        order: Order | None = None,
    ) -> None:
        torch: Any = need("torch")
        self._torch = torch
        self.px = pictures.shape[1]
        self._shift, self._mirrored, self._seed = shift_px, mirrored, seed
        self._order = order or shuffled(len(targets), seed)
        edge = ((0, 0), (shift_px, shift_px), (shift_px, shift_px), (0, 0))
        self._held = torch.from_numpy(np.pad(pictures, edge, mode="reflect")).to(device)
        self._targets = torch.from_numpy(np.asarray(targets, np.int64)).to(device)
        self._sides = torch.arange(self.px, device=device)

    def __len__(self) -> int:
        return len(self._targets)

    def epoch(self, number: int, size: int, begin: int = 0) -> Iterator[Batch]:
        """All pictures once, in batches of at most `size` that are as equal as can be; tensors on the device."""
        times, numbers = np.divmod(self._order(number), len(self))
        tops, lefts, mirrored = (self._there(one) for one in self._changes(number, numbers, times))
        rows = self._there(numbers)
        for part in self._parts(size)[begin:]:
            yield self._seen(rows[part], tops[part], lefts[part], mirrored[part])

    def in_order(self, size: int) -> Iterator[Batch]:
        """All pictures once, as they are and in their order."""
        inside = slice(self._shift, self._shift + self.px)
        for part in self._parts(size):
            yield Batch(self._held[part, inside, inside], self._targets[part], part)

    def _parts(self, size: int) -> Any:
        return self._torch.arange(len(self), device=self._held.device).tensor_split(-(-len(self) // size))

    def _changes(self, number: int, rows: Indices, times: Indices) -> tuple[Array, Array, Array]:
        """Of what an epoch shows, in order: how far from the top and the left, and whether mirrored."""
        random = generator(self._seed, "shift", number)
        first, again = (random.integers(0, 2 * self._shift + 1, (2, len(self))) for _ in range(2))
        tops, lefts = np.where(times, again, first[:, rows])
        half = generator(self._seed, "mirror").random(len(self)) < 0.5
        return tops, lefts, (half[rows] ^ ((number + times) % 2 == 1)) & self._mirrored

    def _seen(self, rows: Any, tops: Any, lefts: Any, mirrored: Any) -> Batch:
        columns = self._torch.where(mirrored[:, None], self.px - 1 - self._sides, self._sides) + lefts[:, None]
        down = tops[:, None] + self._sides
        return Batch(self._held[rows[:, None, None], down[:, :, None], columns[:, None, :]], self._targets[rows], rows)

    def _there(self, values: Array) -> Any:
        return self._torch.from_numpy(np.ascontiguousarray(values)).to(self._held.device)
