"""Two runs side by side, as a record: what differs, by how much, and whether that may be chance."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from sightline.evaluation.answers import Paired
from sightline.evaluation.figures import number, percent
from sightline.evaluation.measured_run import MeasuredRun
from sightline.findings import Finding
from sightline.metrics.uncertainty import Interval

CHANCE, OVERLAP, EQUAL = "may be chance", "intervals overlap", "equal"
"""What is said of a difference that is not beyond its own paired interval; of one that is not paired, where the two
intervals meet, which does not prove that there is none; and of none."""
COST = "Expected cost"
UNDECIDED = (CHANCE, OVERLAP, EQUAL, "cannot be told", "no interval")


@dataclasses.dataclass(frozen=True)
class Difference:
    """One figure of both runs.

    Attributes:
        what: its name.
        a, b: the figure with its 95 % interval.
        share: a share in [0, 1], else a number as it is.
        lower: whether lower is better.
        paired: b - a with its interval, measured picture by picture; None where that cannot be had.
    """

    what: str
    a: Interval
    b: Interval
    share: bool = True
    lower: bool = False
    paired: Interval | None = None

    @property
    def by(self) -> float:
        """b - a: over the pictures that both answered, where that is known."""
        return self.paired.value if self.paired is not None else self.b.value - self.a.value

    @property
    def word(self) -> str:
        """Which run is better beyond the interval, or why that cannot be said."""
        if not math.isfinite(self.by):
            return "cannot be told"
        if self.a == self.b:
            return EQUAL
        if self.paired is not None:
            low, high = self.paired.low, self.paired.high
        elif math.isfinite(self.a.low + self.a.high + self.b.low + self.b.high):
            low, high = self.b.low - self.a.high, self.b.high - self.a.low
        else:
            return "no interval"
        if not (low > 0 or high < 0):
            return OVERLAP if self.paired is None else CHANCE
        return f"{'B' if (low > 0) != self.lower else 'A'} is better"

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form."""
        return {
            "what": self.what,
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
            "difference": self.by if math.isfinite(self.by) else None,
            "paired": None if self.paired is None else self.paired.to_dict(),
            "lower_is_better": self.lower,
            "word": self.word,
        }


@dataclasses.dataclass(frozen=True)
class Row:
    """A text of both runs; "" where one does not have it."""

    what: str
    a: str
    b: str
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Everything that `sightline compare` has to say of runs `a` and `b`.

    Attributes:
        figures: of quality.
        classes: recall of each.
        speed: time, throughput, memory, size; `note` is how many times as much b has.
        settings: what they were made with, where that differs.
        only_a, only_b: findings of one alone; empty where one of the two keeps none.
        cautions: what must be known to read the differences rightly.
        paired: picture by picture; None where the runs do not keep answers to the same pictures.
    """

    a: MeasuredRun
    b: MeasuredRun
    figures: tuple[Difference, ...]
    classes: tuple[Difference, ...]
    speed: tuple[Row, ...]
    settings: tuple[Row, ...]
    only_a: tuple[Finding, ...]
    only_b: tuple[Finding, ...]
    cautions: tuple[str, ...]
    paired: Paired | None

    @property
    def verdict(self) -> str:
        """The one sentence to remember: of what a picture costs where both tasks name costs, else of the accuracy."""
        lead = next((one for one in self.figures if one.what == COST), self.figures[0])
        if not math.isfinite(lead.by):
            return "Which run is better cannot be told."
        if lead.what == COST:
            better, shown = "cheaper", f"a picture costs {number(lead.a.value)} with A, {number(lead.b.value)} with B"
        else:
            better, shown = "right more often", f"A is right in {percent(lead.a.value)}, B in {percent(lead.b.value)}"
        if lead.word in UNDECIDED:
            return f"No difference is shown: {shown}."
        return f"{lead.word[0]} is {better}: {shown}."

    def to_dict(self) -> dict[str, Any]:
        """What `sightline compare --json` prints."""
        return {
            "a": self.a.path,
            "b": self.b.path,
            "verdict": self.verdict,
            "readiness": {"a": self.a.readiness.to_dict(), "b": self.b.readiness.to_dict()},
            "paired_on": 0 if self.paired is None else self.paired.n,
            "figures": [one.to_dict() for one in self.figures],
            "recall": [one.to_dict() for one in self.classes],
            "speed": [dataclasses.asdict(one) for one in self.speed],
            "settings": [{"what": one.what, "a": one.a, "b": one.b} for one in self.settings],
            "findings": {
                "only_a": [one.to_dict() for one in self.only_a],
                "only_b": [one.to_dict() for one in self.only_b],
            },
            "cautions": list(self.cautions),
        }
