"""The machine that the model is for, where it is another than this one: latencies are converted before limits judge."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from sightline.evaluation.conversion import Conversion, Rates, expected
from sightline.evaluation.profile import Profile
from sightline.evaluation.profiling import kept_profile
from sightline.evaluation.speed import Speed
from sightline.evaluation.steps import steps_of
from sightline.findings import Finding
from sightline.inputs.source import Item
from sightline.parallel import Progress
from sightline.pipeline.model import load
from sightline.pipeline.text import parse
from sightline.search.trying.trial import Trial


@dataclasses.dataclass(frozen=True)
class TargetMachine:
    """Brings what is measured here to another machine.

    Attributes:
        rates: what works take there and here.
        pixels: of a picture as it comes, the median of the collection.
    """

    rates: Rates
    pixels: float

    @classmethod
    def of(cls, there: Profile, pixels: float, folder: Path | None, progress: Progress) -> TargetMachine:
        """The machine of a profile; this machine's own is measured, or found in `folder`.

        Raises:
            InputError: the two profiles have no work in common.
        """
        return cls(Rates(kept_profile(folder, progress), there), pixels)

    @property
    def name(self) -> str:
        """The machine in words."""
        return self.rates.there.machine

    @property
    def here(self) -> str:
        """This machine in words."""
        return self.rates.here.machine

    def expected_ms(self, trial: Trial, latency_ms: float) -> float:
        """A trial's latency there, by one ratio for its pipeline: the works' own times say which of them count."""
        nodes = [parse(member.spec) for member in trial.members]
        return latency_ms * expected(nodes, self.pixels, self.rates).ratio

    def converted(self, speed: Speed, model: Path, items: Sequence[Item]) -> tuple[Speed, Finding]:
        """A model file's speed with its latency there, by its steps measured here, and what to know of it.

        Raises:
            InputError: none of the items can be read.
        """
        conversion = Conversion(self.rates, steps_of(load(model), items))
        return conversion.applied(speed), conversion.finding(speed)
