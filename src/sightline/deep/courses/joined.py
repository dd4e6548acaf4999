"""Pictures of two sequences as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sightline.arrays import Picture


class Joined(Sequence[Picture]):
    """Pictures of two sequences, one after the other, each read when it is asked for.

    Args:
        first, then: pictures; what is asked for by its number is read then.
    """

    def __init__(self, first: Sequence[Picture], then: Sequence[Picture]) -> None:
        self._first = first
        self._then = then

    def __len__(self) -> int:
        return len(self._first) + len(self._then)

    def __getitem__(self, index: Any) -> Any:
        row = range(len(self))[index]
        return self._first[row] if row < len(self._first) else self._then[row - len(self._first)]
