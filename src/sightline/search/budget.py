"""Time that is given, and what is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from sightline.errors import SightlineError

FINISHING = 0.3
"""Share of the budget kept for the final fit, its measurement and the report."""


class OutOfTime(SightlineError):  # noqa: N818 - a signal inside the search, never shown as an error
    """The time for searching is over; what was found stays."""


class Budget:
    """A time budget that began when it was made.

    Args:
        seconds: the whole time.
        clock: seconds from any origin; replaced in tests.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._start = clock()

    def spent(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    def left_to_search(self) -> float:
        """Seconds until searching must stop; negative when it is over."""
        return self.seconds * (1 - FINISHING) - self.spent()

    def left(self) -> float:
        """Seconds until everything should be over."""
        return self.seconds - self.spent()

    def check(self) -> None:
        """Raise OutOfTime when the time for searching is over."""
        if self.left_to_search() <= 0:
            raise OutOfTime("the time for searching is over")
