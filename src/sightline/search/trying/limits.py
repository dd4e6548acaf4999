"""What a model may cost at most, and which limit it breaks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from sightline.errors import InputError, SightlineError
from sightline.evaluation.speed import Speed
from sightline.search.trying.target import TargetMachine
from sightline.search.trying.trial import Trial
from sightline.task import Task

CLOSE = 0.85
"""A latency above this share of its limit is measured twice: medians of two processes differ by up to a seventh."""
ALSO = ", and "
"""Between two limits that are broken."""


class OverLimits(SightlineError):  # noqa: N818 - a signal inside the search, never shown as an error
    """A model file breaks limits; the message says which.

    Args:
        message: which limits, and by how much.
        excess: how many times over a limit the file is, where that was measured.
    """

    def __init__(self, message: str, excess: float = math.inf) -> None:
        super().__init__(message)
        self.excess = excess


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of the task and the command line; None is no limit.

    Attributes:
        latency_ms: median for one picture file.
        size_mb: size of model.sight in 10^6 bytes.
        memory_mb: peak memory of a predicting process in 10^6 bytes.
        target: the machine that `latency_ms` holds for, where it is not this one.
    """

    latency_ms: float | None = None
    size_mb: float | None = None
    memory_mb: float | None = None
    target: TargetMachine | None = None

    @classmethod
    def of(cls, task: Task, latency_ms: float | None, size_mb: float | None, planned: Task | None = None) -> Limits:
        """The command line's limits where given, else those of the run that is replayed, else the task's.

        Raises:
            InputError: a limit of zero or less.
        """
        for name, value in (("--max-latency", latency_ms), ("--max-size", size_mb)):
            if value is not None and not 0 < value < math.inf:
                raise InputError(f"{name} is {value:g}; allowed: more than 0")
        target = (planned or task).target
        return cls(latency_ms or target.latency_ms, size_mb or target.size_mb, target.memory_mb)

    def in_force(self, task: Task) -> Task:
        """The task with these limits, so that the model and the report are judged by what was asked for."""
        limits = {name: getattr(self, name) for name in ("latency_ms", "size_mb", "memory_mb")}
        return dataclasses.replace(task, target=dataclasses.replace(task.target, **limits))

    def expected_over(self, trial: Trial) -> str | None:
        """Which limits a trial is over by what the search measured; None where it may fit."""
        return _told(self._too_slow(trial.latency_ms, self._there_ms(trial)), self._too_large(trial.size_bytes or 0))

    def too_slow(self, trial: Trial) -> bool:
        """Whether a trial is over the limit on latency by what the search measured."""
        return self._too_slow(trial.latency_ms, self._there_ms(trial)) is not None

    def slower_there(self, trial: Trial) -> float:
        """How many times as long as here a trial takes on the machine that the limit on latency holds for."""
        there_ms = self._there_ms(trial)
        return there_ms / trial.latency_ms if there_ms and trial.latency_ms else 1.0

    def able(self, trials: Sequence[Trial]) -> list[Trial]:
        """Those that may keep the limits; all where none may: who comes nearest can then be told."""
        return [trial for trial in trials if self.expected_over(trial) is None] or list(trials)

    @property
    def need_measuring(self) -> bool:
        """Whether any limit is of what a process alone can tell."""
        return self.latency_ms is not None or self.memory_mb is not None

    def check(self, speed: Speed | None, size_bytes: int) -> None:
        """Raise OverLimits where a model file breaks limits; its size counts although speed was not measured."""
        if broken := _told(*(self._broken(speed) if speed else ()), self._too_large(size_bytes)):
            raise OverLimits(broken, self._excess_of(speed, size_bytes))

    def latency_of(self, speed: Speed) -> float:
        """The measured milliseconds that the limit is for: of the target machine, where they were converted."""
        return (speed.converted_latency_ms or speed.latency_ms)["p50"]

    def nearly_broken(self, speed: Speed) -> bool:
        """Whether a measured latency keeps its limit by so little that another measurement might not."""
        return self.latency_ms is not None and CLOSE * self.latency_ms < self.latency_of(speed) <= self.latency_ms

    def _broken(self, speed: Speed) -> tuple[str | None, str | None]:
        """What is too slow, and what takes too much memory."""
        slow = self._too_slow(speed.latency_ms["p50"], (speed.converted_latency_ms or {}).get("p50"))
        memory = speed.peak_memory_bytes
        if self.memory_mb is None or memory is None or memory <= self.memory_mb * 1e6:
            return slow, None
        return slow, f"peak memory {memory / 1e6:.0f} MB is over the limit of {self.memory_mb:g} MB"

    def _too_large(self, size_bytes: int) -> str | None:
        if self.size_mb is None or size_bytes <= self.size_mb * 1e6:
            return None
        return f"size {size_bytes / 1e6:.3g} MB is over the limit of {self.size_mb:g} MB"

    def _too_slow(self, here_ms: float | None, there_ms: float | None) -> str | None:
        """Why a latency is over the limit; what was converted counts where there is such a figure."""
        latency_ms = here_ms if there_ms is None else there_ms
        if self.latency_ms is None or latency_ms is None or latency_ms <= self.latency_ms:
            return None
        converted = ""
        if there_ms is not None and self.target is not None:
            converted = f" (converted to {self.target.name} from {here_ms:.3g} ms on {self.target.here})"
        return f"latency {latency_ms:.3g} ms{converted} is over the limit of {self.latency_ms:g} ms"

    def _there_ms(self, trial: Trial) -> float | None:
        """What a trial takes on the target machine; None where that is this one, or nothing was measured."""
        if self.target is None or trial.latency_ms is None:
            return None
        return self.target.expected_ms(trial, trial.latency_ms)

    def nothing_fits(self, trials: Sequence[Trial]) -> str:
        """The message when every candidate is over a limit: who came nearest, and which limits that one breaks."""
        over = [trial for trial in trials if trial.status == "over budget"]
        nearest = min(over, key=self._excess)
        late = sum(trial.status == "skipped" and trial.record is not None for trial in trials)
        broken = nearest.why.removeprefix("its file: ")
        unmeasured = f" ({late} more were not measured: the time was over)" if late else ""
        return (
            f"no candidate meets the limits: the nearest, {nearest.name}, {broken}{unmeasured}; raise "
            f"{'these limits' if ALSO in broken else 'that limit'} or restrict the search with --only"
        )

    def _excess(self, trial: Trial) -> float:
        """How many times over a limit a trial is: its file, where one was measured, else by what the search expects."""
        if trial.excess is not None:
            return trial.excess
        return self._times(self._there_ms(trial) or trial.latency_ms or 0, trial.size_bytes or 0, 0)

    def _excess_of(self, speed: Speed | None, size_bytes: int) -> float:
        if speed is None:
            return self._times(0, size_bytes, 0)
        return self._times(self.latency_of(speed), size_bytes, speed.peak_memory_bytes or 0)

    def _times(self, latency_ms: float, size_bytes: float, memory_bytes: float) -> float:
        limits = (self.latency_ms, self.size_mb, self.memory_mb)
        found = (latency_ms, size_bytes / 1e6, memory_bytes / 1e6)
        return max(one / limit if limit else 0.0 for one, limit in zip(found, limits, strict=True))


def _told(*broken: str | None) -> str | None:
    """All that is broken in one line; None where nothing is."""
    return ALSO.join(filter(None, broken)) or None
