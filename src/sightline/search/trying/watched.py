"""Pictures that somebody learns from, with an eye on the clock."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from sightline.arrays import Picture
from sightline.contracts import is_scalar_index, take
from sightline.parallel import Progress

TOLD = 64
"""Pictures from one word of progress to the next."""


class Watched(Sequence[Picture]):
    """Pictures that are counted as they are looked at: no call of `fit` takes a clock, but all take pictures.

    Args:
        pictures: n pictures.
        check: called before each look; raises to stop who looks.
        progress: told of the looks, of which nobody knows how many there will be.
    """

    def __init__(self, pictures: Sequence[Picture], check: Callable[[], None], progress: Progress) -> None:
        self.pictures = pictures
        self.check = check
        self.progress = progress
        self.shape = (len(pictures),)
        self._looks = itertools.count(1)  # of one step, so that threads may share it

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: Any) -> Any:
        if not is_scalar_index(index):
            return Watched(take(self.pictures, index), self.check, self.progress)
        self.check()
        if (looks := next(self._looks)) % TOLD == 0:
            self.progress("learning from pictures", looks, None)
        return self.pictures[index]
