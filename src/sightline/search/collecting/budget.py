"""Time that is given, and what is left of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sightline.errors import SightlineError

FINISHING = 0.3
"""Share of the budget kept for the last fit, its measurement and the report while nothing is known of them."""
LEAST_FINISHING, MOST_FINISHING = 0.08, 0.5
"""Shares that are kept at least and at most once something is known."""
SLACK, SLACK_S = 0.1, 5.0
"""What the whole may take beyond the time: a share of it, and seconds. `benchmarks/time_bound.py` holds it to that."""


class OutOfTime(SightlineError):  # noqa: N818 - a signal inside the search, never shown as an error
    """The time for searching is over; what was found stays."""


class Budget:
    """A time budget that began when it was made, or earlier. Safe to use from several threads.

    What the journal remembers counts as if it had been done now, so that a run that goes on where another was cut off
    decides as that one would have. It takes of the time to search alone: what comes after must be done now.

    Args:
        seconds: the whole time.
        clock: seconds from any origin; replaced in tests.
        started: what the clock said when the time began; default now.
    """

    def __init__(
        self, seconds: float, clock: Callable[[], float] = time.perf_counter, started: float | None = None
    ) -> None:
        self.seconds = seconds
        self._clock = clock
        self._start = clock() if started is None else started
        self._charged = 0.0
        self._reserve = FINISHING * seconds
        self._stopped = False
        self._lock = threading.Lock()

    def elapsed(self) -> float:
        """Seconds since the start by the clock on the wall."""
        return self._clock() - self._start

    def spent(self) -> float:
        """Seconds since the start, with what was charged."""
        return self.elapsed() + self._charged

    @property
    def charged(self) -> float:
        """Seconds of work that an earlier run has done."""
        return self._charged

    def charge(self, seconds: float) -> None:
        """Count work that an earlier run has done."""
        with self._lock:
            self._charged += seconds

    def reserve(self, seconds: float) -> None:
        """Keep so much for what comes after the search, within `LEAST_FINISHING` and `MOST_FINISHING`."""
        self._reserve = self.seconds * min(max(seconds / self.seconds, LEAST_FINISHING), MOST_FINISHING)

    def stop(self) -> None:
        """No more searching: somebody asked for an end."""
        self._stopped = True

    def left_to_search(self) -> float:
        """Seconds until searching must stop; negative when it is over."""
        return self.seconds - self.spent() - self._reserve if not self._stopped else -1.0

    def left(self) -> float:
        """Seconds until everything should be over.

        Where more is remembered than all the time to search could have brought, no run was cut off there, and the
        clock on the wall alone counts.
        """
        on_the_wall = self.seconds - self.elapsed()
        if self._charged >= self.seconds - self._reserve:
            return on_the_wall
        return min(on_the_wall, max(on_the_wall - self._charged, self._reserve))

    def left_at_most(self) -> float:
        """Seconds on the wall until more was taken than is promised."""
        return (1 + SLACK) * self.seconds + SLACK_S - self.elapsed()

    def check(self) -> None:
        """Raise OutOfTime when the time for searching is over."""
        if self.left_to_search() <= 0:
            raise OutOfTime("the time for searching is over")
