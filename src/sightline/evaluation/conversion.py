"""A latency measured here, brought to another machine by what the same works take there and here.

A model's time is divided into its steps; each step's share is multiplied by the ratio of its reference work. It is an
estimate with a stated range, never shown without the machine that it was measured on.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from sightline.errors import InputError
from sightline.evaluation.profile import Profile
from sightline.evaluation.speed import Speed
from sightline.evaluation.steps import Step
from sightline.evaluation.works import PREPARE, reading_work, work_of
from sightline.findings import Finding
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Node

LEAST_FACTOR = 1.15
"""A step is converted to within this factor at best: about as much as its other sizes and parameters matter."""


@dataclasses.dataclass(frozen=True)
class Rates:
    """What works take there for one millisecond here.

    Attributes:
        here: profile of the machine that latencies are measured on.
        there: profile of the machine that they are converted to.

    Raises:
        InputError: the two profiles have no work in common.
    """

    here: Profile
    there: Profile

    def __post_init__(self) -> None:
        if not self._logarithms():
            raise InputError(
                f"the profiles of {self.here.machine} and {self.there.machine} have no work in common; write both again"
                " with `sightline bench --profile FILE`, with one version"
            )

    def ratio(self, work: str) -> float:
        """Of one work; the geometric mean of all where either profile lacks it."""
        return self.there.works[work] / self.here.works[work] if self.knows(work) else self.typical

    def knows(self, work: str) -> bool:
        """Whether both profiles hold the work."""
        return work in self.here.works and work in self.there.works

    @property
    def typical(self) -> float:
        """The geometric mean over all works."""
        return math.exp(float(np.mean(self._logarithms())))

    def factor(self, work: str) -> float:
        """What a step may be off by, either way: times or divided by this, `LEAST_FACTOR` or more.

        The further a work's ratio is from the mean of all, the more a step of other sizes and parameters may differ
        from it: by the square root of that distance. A step without a work differs as works do, by their geometric
        standard deviation.
        """
        distance = abs(math.log(self.ratio(work) / self.typical))
        scatter = distance / 2 if self.knows(work) else float(np.std(self._logarithms()))
        return max(math.exp(scatter), LEAST_FACTOR)

    def _logarithms(self) -> list[float]:
        return [math.log(self.there.works[work] / ms) for work, ms in self.here.works.items() if self.knows(work)]


@dataclasses.dataclass(frozen=True)
class Conversion:
    """How one model's latency is brought to another machine.

    Attributes:
        rates: between the two machines.
        steps: what the model does for one picture, with times here.
    """

    rates: Rates
    steps: tuple[Step, ...]

    @property
    def ratio(self) -> float:
        """Latency there for one millisecond here."""
        return self._mean(self.rates.ratio)

    @property
    def range(self) -> tuple[float, float]:
        """Least and most that `ratio` is expected to be, all steps being off to the same side."""
        rates = self.rates
        low = self._mean(lambda work: rates.ratio(work) / rates.factor(work))
        return low, self._mean(lambda work: rates.ratio(work) * rates.factor(work))

    def _mean(self, ratio: Callable[[str], float]) -> float:
        """Of the steps, each weighing by its time here."""
        total = sum(step.ms for step in self.steps)
        if not total:  # nothing that a clock could see
            return self.rates.typical
        return sum(step.ms * ratio(step.work) for step in self.steps) / total

    @property
    def without_work(self) -> tuple[str, ...]:
        """Steps whose ratio is the mean of all works, as a profile lacks theirs."""
        return tuple(dict.fromkeys(step.work for step in self.steps if not self.rates.knows(step.work)))

    def applied(self, speed: Speed) -> Speed:
        """The speed with its latencies there; p50 with the range "p50_low" to "p50_high"."""
        there = {name: round(value * self.ratio, 4) for name, value in speed.latency_ms.items()}
        low, high = (round(speed.latency_ms["p50"] * end, 4) for end in self.range)
        there |= {"p50_low": low, "p50_high": high}
        return dataclasses.replace(speed, converted_to=self.rates.there.machine, converted_latency_ms=there)

    def finding(self, speed: Speed) -> Finding:
        """What a reader must know of a speed that was converted."""
        here, there = self.rates.here, self.rates.there
        applied = self.applied(speed).converted_latency_ms or {}
        message = (
            f"{speed.latency_ms['p50']:.3g} ms for one picture on {speed.machine} was converted to {there.machine}: "
            f"about {applied['p50']:.3g} ms, {applied['p50_low']:.3g} to {applied['p50_high']:.3g}"
        )
        if self.without_work:
            message += f"; by the mean of all works, for want of their own: {', '.join(self.without_work)}"
        if here.versions.get("sightline") != there.versions.get("sightline"):
            message += "; the two profiles are from different versions of sightline"
        evidence = {"ratio": round(self.ratio, 4), "steps_ms": {step.work: round(step.ms, 4) for step in self.steps}}
        return Finding("latency-converted", "info", message, "measure there: sightline bench model.sight", evidence)


def expected(nodes: Sequence[Node], pixels: float, rates: Rates) -> Conversion:
    """The conversion of a pipeline that was not measured step by step: its works' own times here say who counts.

    Args:
        nodes: the members of a blend, or the one graph, fitted or not.
        pixels: of a picture as it comes.
        rates: between the two machines.
    """
    leaves = [work_of(leaf) for node in nodes for _, leaf in tree.leaves(node)]
    times = rates.here.works
    usual = float(np.mean(list(times.values())))
    return Conversion(
        rates, tuple(Step(work, times.get(work, usual)) for work in (reading_work(pixels), PREPARE, *leaves))
    )
