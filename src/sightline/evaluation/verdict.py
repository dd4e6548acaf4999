"""What the numbers mean, in sentences that need no training to read."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sightline.evaluation.figures import (
    count,
    many,
    milliseconds,
    of_hundred,
    per_second,
    percent,
    percent_interval,
    size,
)
from sightline.evaluation.result import Evaluation
from sightline.findings import Finding

FEW = 100
"""With fewer pictures the verdict counts them instead of speaking of "of 100"."""
WIDE = 0.1
"""An accuracy interval wider than this asks for more test pictures."""
UNCALIBRATED = 0.05
"""An expected calibration error above this is worth a word."""
MAX_STEPS = 5

VALIDATION_PART = "the pictures judged are the validation part that was given; it also chose the model"
ONE_THIRD = "the pictures judged are one third, held out once; they also chose the model"
UNKNOWN_CHOICE = (
    "the figures flatter: the model was chosen among others on these pictures, and the plan that made it again does "
    "not tell which by these costs, so that nothing is corrected"
)
"""Notes of an evaluation without a test part that the words here follow."""
CORRECTED = "corrected for the choice"
"""What the note of an evaluation says that was corrected for having chosen the model on the same pictures."""


@dataclasses.dataclass(frozen=True)
class Confusion:
    """One kind of mistake: of `total` pictures of `truth` that were decided, `count` were taken for `decided`."""

    truth: str
    decided: str
    count: int
    total: int


@dataclasses.dataclass(frozen=True)
class Limit:
    """A limit of the task against what was measured; `met` is None while it was not measured."""

    what: str
    allowed: str
    measured: str
    met: bool | None


@dataclasses.dataclass(frozen=True)
class Step:
    """What to do next, and why."""

    action: str
    reason: str


def verdict(evaluation: Evaluation) -> tuple[str, str]:
    """The one sentence to remember, as its core and the rest.

    ("Right in 93 of 100 cases (91 to 95)", "on 359 test pictures the model had never seen.")
    """
    e = evaluation
    few = e.n < FEW and math.isfinite(e.accuracy.high - e.accuracy.low)
    limits = f"{100 * e.accuracy.low:.0f} to {100 * e.accuracy.high:.0f} of 100" if few else ""
    if e.source == "out-of-fold":
        # a count of right ones would flatter: it is not corrected for the choice
        right = f"{limits} cases" if few else of_hundred(e.accuracy)
        closer = "; with so few it cannot be told closer" * few
        return f"Right in {right}", f"{judged_on(e)}{closer}; no test set was given."
    if few:
        right = f"{sum(row[i] for i, row in enumerate(e.confusion))} of {e.n}"
        rest = f"test {'picture' if e.n == 1 else 'pictures'} the model had never seen."
        return f"Right in {right}", f"{rest} With so few, the truth may be anywhere from {limits}."
    return f"Right in {of_hundred(e.accuracy)}", f"on {many(e.n, 'test picture')} the model had never seen."


def judged_on(evaluation: Evaluation) -> str:
    """The pictures that the figures are of, and what was done that they are fair.

    "on 2,400 pictures, estimated by cross-validation, corrected for having chosen the winner"
    """
    e = evaluation
    if e.source == "test":
        return f"on {many(e.n, 'test picture')}"
    how = "estimated by cross-validation"
    if VALIDATION_PART in e.notes:
        how = "estimated on the validation part that was given"
    elif ONE_THIRD in e.notes:
        how = "estimated on one third, held out"
    if any(CORRECTED in note for note in e.notes):
        how += ", corrected for having chosen the winner"
    elif UNKNOWN_CHOICE in e.notes:
        how += ", not corrected for having chosen the winner"
    return f"on {many(e.n, 'picture')}, {how}"


def context(evaluation: Evaluation) -> list[str]:
    """What must be known to read the verdict rightly: cases not decided, uneven classes, the simplest rival."""
    return [*_undecided(evaluation), *_rival(evaluation)]


def _undecided(e: Evaluation) -> Iterator[str]:
    decided = e.n - e.abstained
    if e.abstained:
        right = sum(row[i] for i, row in enumerate(e.confusion))
        share = f"; of the {count(decided)} it decided, {percent(right / decided)} are right" if decided else ""
        yield f"It left {count(e.abstained)} of {count(e.n)} undecided, which count as not right{share}."


def _rival(e: Evaluation) -> Iterator[str]:
    supports = {name: result.support for name, result in e.per_class.items()}
    name = max(supports, key=lambda name: supports[name], default="")
    largest = supports.get(name, 0)
    always = largest / e.n if e.n else 0.0
    if always > 1.5 / len(e.classes):
        yield f"Always answering “{name}” would be right in {percent(always)}."
    if abs(e.accuracy.value - e.balanced_accuracy.value) > 0.05:
        balanced = percent_interval(e.balanced_accuracy)
        yield f"Averaged over the classes, large or small, it is right in {balanced}."


def confusions(evaluation: Evaluation, most: int = 3) -> list[Confusion]:
    """The most frequent mistakes, largest first; among equals the larger share of its class."""
    names, table = evaluation.classes, evaluation.confusion
    found = [
        Confusion(names[i], names[j], amount, sum(row))
        for i, row in enumerate(table)
        for j, amount in enumerate(row)
        if i != j and amount
    ]
    return sorted(found, key=lambda c: (-c.count, c.total, c.truth))[:most]


def speed(evaluation: Evaluation) -> str:
    """Speed and size in a sentence or two."""
    e = evaluation
    parts = []
    if e.latency_ms is not None:
        slow = milliseconds(e.latency_ms.get("p95"))
        parts.append(f"One picture takes {time_for_one(e)}; 95 of 100 take at most {slow}{' here' * converts(e)}.")
    else:
        parts.append("Speed was not measured.")
    if e.throughput_per_s is not None:
        parts.append(f"In batches it does {per_second(e.throughput_per_s, ' pictures')}.")
    if e.model_bytes is not None:
        memory = f" and predicting needs {size(e.peak_memory_bytes)} of memory" if e.peak_memory_bytes else ""
        parts.append(f"The model file has {size(e.model_bytes)}{memory}.")
    return " ".join(parts)


def converts(evaluation: Evaluation) -> bool:
    """Whether the time for one picture was converted to another machine than the one it was measured on."""
    return evaluation.converted_to is not None and "p50" in (evaluation.converted_latency_ms or {})


def time_for_one(evaluation: Evaluation) -> str:
    """The median time for one picture, with its machines where it was converted to another.

    "4.2 ms on HERE, about 13 ms on THERE (converted)"
    """
    e = evaluation
    if not converts(e):
        return milliseconds((e.latency_ms or {}).get("p50"))
    return f"{_here(e)}, {_elsewhere(e)}"


def _here(e: Evaluation) -> str:
    return f"{milliseconds((e.latency_ms or {}).get('p50'))} on {e.measured_on or 'the machine it was measured on'}"


def _elsewhere(e: Evaluation) -> str:
    there = e.converted_latency_ms or {}
    return f"about {milliseconds(there['p50'])} on {e.converted_to} (converted)"


def limits(evaluation: Evaluation, task: Mapping[str, Any]) -> list[Limit]:
    """The limits that the task sets for speed and size, each against its figure."""
    target = task.get("target") or {}
    rows = []
    if target.get("latency_ms") is not None:
        rows.append(_latency_limit(evaluation, target["latency_ms"]))
    for what, key, value in (
        ("size of the model file", "size_mb", evaluation.model_bytes),
        ("memory while predicting", "memory_mb", evaluation.peak_memory_bytes),
    ):
        if target.get(key) is not None:
            most = round(target[key] * 1e6)
            rows.append(Limit(what, f"{target[key]:g} MB", size(value), None if value is None else value <= most))
    return rows


def _latency_limit(e: Evaluation, most: float) -> Limit:
    """A limit holds for the machine that will run the model: the converted time counts where there is one."""
    median = ((e.converted_latency_ms if converts(e) else e.latency_ms) or {}).get("p50")
    said = f"{_elsewhere(e)} from {_here(e)}" if converts(e) else milliseconds(median)
    return Limit("time for one picture", f"{most:g} ms", said, None if median is None else median <= most)


def next_steps(
    evaluation: Evaluation, findings: Sequence[Finding], task: Mapping[str, Any], interrupted: bool = False
) -> list[Step]:
    """What to do next, the most pressing first, at most `MAX_STEPS`."""
    steps = [
        *_remedies(findings, "error"),
        *_missed(evaluation, task),
        *([Step("Fit again without interrupting it", "The search did not come to its end")] if interrupted else []),
        *_better_evidence(evaluation),
        *_weakest(evaluation),
        *_calibration(evaluation),
        *_remedies(findings, "warning"),
    ]
    last = Step("Try it on pictures from the place where it will work", "Figures only speak for pictures like these")
    return [*steps[: MAX_STEPS - 1], last]


def _remedies(findings: Sequence[Finding], severity: str) -> Iterator[Step]:
    seen = set()
    for finding in findings:
        if finding.severity == severity and finding.remedy and finding.kind not in seen:
            seen.add(finding.kind)
            action, _, _ = finding.remedy.partition(";")
            yield Step(action[:1].upper() + action[1:], finding.message)


def _missed(evaluation: Evaluation, task: Mapping[str, Any]) -> Iterator[Step]:
    for limit in limits(evaluation, task):
        if limit.met is False:
            yield Step(
                f"Fit again with the {limit.what} as a limit, or raise the limit",
                f"It is {limit.measured}, allowed are {limit.allowed}",
            )


def _better_evidence(e: Evaluation) -> Iterator[Step]:
    if e.source == "out-of-fold":
        yield Step("Set pictures aside as a test set", "These figures are estimates from the pictures it learned from")
    width = e.accuracy.high - e.accuracy.low
    if e.source == "test" and math.isfinite(width) and width > WIDE:
        enough = round(e.n * (width / (WIDE / 2)) ** 2 / 50) * 50 or 50
        points = f"{100 * width:.0f} points wide"
        yield Step(f"Test on more pictures: about {count(enough)} would do", f"The interval is {points}; then about 5")


def _weakest(e: Evaluation) -> Iterator[Step]:
    for worst in confusions(e, 1):
        index = e.classes.index(worst.truth)
        recall = e.confusion[index][index] / worst.total
        if worst.count > 1 and recall < 0.97:
            right = f"{count(e.confusion[index][index])} of {count(worst.total)} were recognized"
            yield Step(f"Add pictures of “{worst.truth}”, above all some that look like “{worst.decided}”", right)


def _calibration(e: Evaluation) -> Iterator[Step]:
    if math.isfinite(e.ece) and e.ece > UNCALIBRATED:
        reason = f"What it says and how often it is right differ by {percent(e.ece)} on average"
        yield Step("Do not read its confidence as a probability", reason)
