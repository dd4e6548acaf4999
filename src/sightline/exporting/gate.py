"""May an export take the place of what it was made of? By its answers, and by its speed where answers may change."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices
from sightline.errors import InputError
from sightline.metrics.classification import check_probabilities
from sightline.metrics.selection import ScoreRows, loss_interval
from sightline.metrics.uncertainty import Interval

PICTURES = 500
"""What the gate asks for: with fewer, an equal one cannot be told from one that loses a point."""
ENOUGH = 300
"""With fewer not even equal answers prove that no point is lost: equal on n pictures is equal within 3 / n."""
SAME_AGREEMENT, SAME_PROBABILITY = 0.999, 1e-3
"""Of fp32: the share of pictures with the same likeliest class, and how far any probability may move."""
FEWER_BITS_AGREEMENT, MOST_LOSS = 0.99, 0.01
"""Of bf16 and int8: the same share, and the upper end of the paired 95 % interval of the accuracy that is lost."""
FASTER = 0.95
"""What bf16 and int8 may take of the reference's time: a twentieth is the least that changed answers must bring."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What the gate measured of an export, and whether it passes.

    Attributes:
        precision: "fp32", "bf16" or "int8".
        n: pictures that both sides answered.
        agreement: share of them with the same likeliest class.
        largest_dp: how far the probability of any class of any picture moved.
        gain: accuracy of the export less that of the reference, with its paired 95 % interval.
        reference_ms, candidate_ms: median time for one prepared picture on this machine; None where not measured.
        reasons: what it fails, each with its number; empty where it passes.
    """

    precision: str
    n: int
    agreement: float
    largest_dp: float
    gain: Interval
    reference_ms: float | None
    candidate_ms: float | None
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it fails nothing."""
        return not self.reasons

    @property
    def times(self) -> float | None:
        """How many times as fast as the reference it is; None where not measured."""
        return self.reference_ms / self.candidate_ms if self.reference_ms and self.candidate_ms else None

    def line(self) -> str:
        """All numbers on one line.

        "600 pictures, 99.8 % agree, largest difference of a probability 0.021, accuracy +0.20 points (-0.31 to +0.64)"
        """
        points = [f"{100 * value:+.2f}" for value in (self.gain.value, self.gain.low, self.gain.high)]
        speed = "" if self.times is None else f", {self.candidate_ms:.2f} ms after {self.reference_ms:.2f} ms"
        return (
            f"{self.n:,} pictures, {_floor(self.agreement)} % agree, largest difference of a probability "
            f"{self.largest_dp:.2g}, accuracy {points[0]} points ({points[1]} to {points[2]}){speed}"
        )

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form."""
        plain = dataclasses.asdict(self) | {"gain": self.gain.to_dict(), "reasons": list(self.reasons)}
        largest = self.largest_dp if math.isfinite(self.largest_dp) else None
        return {**plain, "largest_dp": largest, "passed": self.passed}


def verdict(
    reference: npt.ArrayLike,
    candidate: npt.ArrayLike,
    truth: npt.ArrayLike,
    precision: str,
    reference_ms: float | None = None,
    candidate_ms: float | None = None,
    groups: Indices | None = None,
) -> Verdict:
    """Hold the answers of an export against those of what it was made of, on the same n pictures.

    Args:
        reference: (n, k) probabilities.
        candidate: (n, k) probabilities of the export; NaN fails.
        truth: (n,) class numbers.
        precision: "fp32", "bf16" or "int8": what is demanded.
        reference_ms: median time for one picture.
        candidate_ms: the same of the export, measured in turns with it.
        groups: (n,) what the interval resamples; None: pictures.

    Raises:
        InputError: shapes differ, or a label is out of range.
    """
    before, after = np.asarray(check_probabilities(reference, truth)), np.asarray(candidate, np.float64)
    if before.shape != after.shape:
        raise InputError(f"answers of shapes {before.shape} and {after.shape} were given; allowed: twice the same")
    labels = np.asarray(truth, np.int64)
    right = [answers.argmax(axis=1) == labels for answers in (before, after)]
    agreement = float((before.argmax(axis=1) == after.argmax(axis=1)).mean())
    largest = float(np.abs(before - after).max())
    old, new = (ScoreRows(labels, one.astype(np.float64), per_class=False) for one in right)
    lost = loss_interval(candidate=new, reference=old, groups=groups)
    gain = Interval(*(0.0 - end for end in (lost.value, lost.high, lost.low)))
    found = Verdict(precision, len(labels), agreement, largest, gain, reference_ms, candidate_ms, ())
    return dataclasses.replace(found, reasons=tuple(_failed(found)))


def _failed(found: Verdict) -> list[str]:
    """What is not as it must be."""
    same = found.precision == "fp32"
    least = SAME_AGREEMENT if same else FEWER_BITS_AGREEMENT
    reasons = []
    if not found.agreement >= least:
        reasons.append(f"{_floor(found.agreement)} % of {found.n:,} pictures agree; allowed: {100 * least:g} %")
    if same and not found.largest_dp <= SAME_PROBABILITY:
        reasons.append(f"a probability differs by {found.largest_dp:.2g}; allowed: {SAME_PROBABILITY:g}")
    if not same and not found.gain.low >= -MOST_LOSS:
        reasons.append(
            f"up to {-100 * found.gain.low:.2f} points of accuracy may be lost (95 %, {found.n:,} pictures); "
            f"allowed: {100 * MOST_LOSS:g}"
        )
    if not same and not math.isfinite(found.largest_dp):
        reasons.append("an answer is no number")
    if not same and found.times is not None and not found.times >= 1 / FASTER:
        reasons.append(
            f"it takes {found.candidate_ms:.2f} ms for a picture, the reference {found.reference_ms:.2f} ms; "
            f"allowed: {100 * FASTER:g} % of that"
        )
    return reasons


def _floor(share: float) -> str:
    """A share in percent, never rounded up to what is demanded."""
    return f"{math.floor(share * 1e4 + 1e-6) / 100:.2f}".removesuffix("0")
