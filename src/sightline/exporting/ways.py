"""In which ways the networks of a model can be computed here: by which library, in which precision."""

from __future__ import annotations

import dataclasses
from typing import Any

from sightline.errors import InputError
from sightline.exporting.gate import Verdict
from sightline.runtime.engine import PRECISIONS, REFERENCE, Engine

AUTO, FP32, INT8 = "auto", "fp32", "int8"
CHOICES = (AUTO, FP32, "bf16", INT8)


@dataclasses.dataclass(frozen=True)
class Way:
    """One way to compute networks.

    Attributes:
        engine: what computes.
        precision: "fp32", "bf16" or "int8"; the last is another network, which `engine` computes as it is.
    """

    engine: Engine
    precision: str

    def __str__(self) -> str:
        return f"{self.engine.runtime} {self.precision}"


@dataclasses.dataclass(frozen=True)
class Tried:
    """What the gate said of a way.

    Attributes:
        way: what was tried.
        verdict: what was measured; None where it cannot compute the networks.
        per_s: prepared pictures each second on all cores.
        refused: why it is no choice; "" where it is.
    """

    way: Way
    verdict: Verdict | None = None
    per_s: float | None = None
    refused: str = ""

    @property
    def times(self) -> float:
        """How many times as fast as the reference; 0 where not measured."""
        return (self.verdict.times if self.verdict is not None else None) or 0.0

    def line(self) -> str:
        """What it was refused for."""
        return f"{self.way}: {self.refused}"

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form."""
        return {
            "runtime": self.way.engine.runtime,
            "precision": self.way.precision,
            "throughput_per_s": self.per_s,
            "refused": self.refused,
            **({} if self.verdict is None else self.verdict.to_dict()),
        }


def ways(precision: str = AUTO, runtime: str | None = None) -> list[Way]:
    """The ways that are allowed, without those whose library is absent where others are left.

    The reference itself is one only where it is asked for by both names.

    Args:
        precision: one of `CHOICES`.
        runtime: a library, or None for all.

    Raises:
        InputError: no such precision or library, or a library that does not compute so.
    """
    if precision not in CHOICES:
        raise InputError(f'precision "{precision}" was given; allowed: {", ".join(CHOICES)}')
    if runtime is not None and runtime not in PRECISIONS:
        raise InputError(f'runtime "{runtime}" was given; allowed: {", ".join(PRECISIONS)}')
    as_they_are = [Way(Engine(name, bits), bits) for name, known in PRECISIONS.items() for bits in known]
    everything = [*as_they_are, *(Way(Engine(name), INT8) for name in PRECISIONS)]
    wanted = [way for way in everything if runtime in (None, way.engine.runtime) and precision in (AUTO, way.precision)]
    if runtime is None or precision == AUTO:
        wanted = [way for way in wanted if way != Way(REFERENCE, FP32)]
    if not wanted:
        allowed = [bits for bits in CHOICES if bits in (AUTO, INT8, *PRECISIONS[str(runtime)])]
        raise InputError(f"{runtime} was given with {precision}; allowed: {', '.join(allowed)}")
    return [way for way in wanted if way.engine.at_hand() == way.engine] or wanted  # who needs it tells what is missing
