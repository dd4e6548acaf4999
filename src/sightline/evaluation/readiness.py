"""Go, go with limits, or no-go: one rule over what was measured, and never a claim beyond it.

No-go: nothing was measured; a finding is an error (a leak is one); the model is not shown to be better than one and the
same answer for every picture; a limit of the task is missed.
Go with limits: a finding is a warning; the interval of the accuracy is wider than `WIDE`; the confidence is off by more
than `UNCALIBRATED`; a class may be recognized in less than half of its pictures; there was no test set; a limit of the
task was not measured.
Go: none of these.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from sightline.evaluation.figures import count, many, number, number_interval, percent, percent_interval
from sightline.evaluation.result import ClassResult, Evaluation
from sightline.evaluation.verdict import UNCALIBRATED, WIDE, limits
from sightline.findings import Finding
from sightline.metrics.uncertainty import Interval

Level: TypeAlias = Literal["go", "go with limits", "no-go"]

WEAK = 0.5
"""A class is weak if the lower end of its recall is below this: it may be missed more often than found."""
MAX_ERRORS = 3


@dataclasses.dataclass(frozen=True)
class Readiness:
    """Whether the model may go to work, and why: short sentences, each with its number, the gravest first."""

    level: Level
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form."""
        return {"level": self.level, "reasons": list(self.reasons)}


@dataclasses.dataclass(frozen=True)
class Constant:
    """The best that one and the same answer for every picture would reach.

    Attributes:
        answer: the class; None: always undecided.
        accuracy: share it would have right.
        cost: what it would cost for each picture, NaN without costs.
    """

    answer: str | None
    accuracy: float
    cost: float = math.nan


def readiness(evaluation: Evaluation, findings: Sequence[Finding], task: Mapping[str, Any]) -> Readiness:
    """The rule at the top of this file. `task` is the task definition as plain values."""
    against = tuple(_against(evaluation, findings, task))
    if against:
        return Readiness("no-go", against)
    limited = tuple(_limiting(evaluation, findings, task))
    if limited:
        return Readiness("go with limits", limited)
    return Readiness("go", tuple(_in_favor(evaluation, task)))


def caveats(evaluation: Evaluation, findings: Sequence[Finding], task: Mapping[str, Any]) -> list[str]:
    """Everything that speaks against the model or limits it, the gravest first."""
    return [*_against(evaluation, findings, task), *_limiting(evaluation, findings, task)]


def constant(evaluation: Evaluation, task: Mapping[str, Any]) -> Constant:
    """The largest class for every picture; under costs, the cheapest answer for every picture."""
    support = {name: result.support for name, result in evaluation.per_class.items()}
    n = sum(support.values()) or 1
    if "expected_cost" not in evaluation.intervals:
        largest = max(support, key=lambda name: support[name], default="")
        return Constant(largest, support.get(largest, 0) / n)
    costs: Mapping[str, Any] = task.get("costs") or {}
    mistakes: Mapping[str, Mapping[str, float]] = costs.get("mistakes") or {}
    answers = [
        Constant(said, support[said] / n, sum(_cost(mistakes, true, said) * support[true] for true in support) / n)
        for said in support
    ]
    if costs.get("abstain") is not None:
        answers.append(Constant(None, 0.0, float(costs["abstain"])))
    return min(answers, key=lambda one: one.cost, default=Constant("", 0.0))


def weak_classes(evaluation: Evaluation) -> list[tuple[str, ClassResult]]:
    """Classes that may be recognized in less than half of their pictures, the weakest first."""
    found = [(name, one) for name, one in evaluation.per_class.items() if one.support and one.recall_low < WEAK]
    return sorted(found, key=lambda item: (item[1].recall_low, item[1].recall))


def _against(e: Evaluation, findings: Sequence[Finding], task: Mapping[str, Any]) -> Iterator[str]:
    errors = [finding for finding in findings if finding.severity == "error"]
    for finding in errors[:MAX_ERRORS]:
        yield _sentence(finding.message)
    if len(errors) > MAX_ERRORS:
        yield f"{len(errors) - MAX_ERRORS} more findings are errors."
    if not e.n or not math.isfinite(e.accuracy.value):
        yield f"Nothing was measured: {many(e.n, 'picture')} {'was' if e.n == 1 else 'were'} judged."
    else:
        yield from _no_better(e, constant(e, task))
    for limit in limits(e, task):
        if limit.met is False:
            yield f"A limit is missed: {limit.what} is {limit.measured}, allowed are {limit.allowed}."


def _no_better(e: Evaluation, rival: Constant) -> Iterator[str]:
    if math.isfinite(rival.cost):
        cost = e.intervals["expected_cost"]
        if not cost.high < rival.cost:
            against = f"{number_interval(cost)} against {number(rival.cost)}"
            yield f"Not shown to be cheaper than {_always(rival)}: {against}."
    elif not _above(e.accuracy, rival.accuracy) and not _above(e.balanced_accuracy, _chance(e)):
        right = percent_interval(e.accuracy)
        yield f"Not shown to be better than {_always(rival)}: right in {right} against {percent(rival.accuracy)}."


def _limiting(e: Evaluation, findings: Sequence[Finding], task: Mapping[str, Any]) -> Iterator[str]:
    if e.source == "out-of-fold":
        yield f"There was no test set: all figures are estimates from the {many(e.n, 'picture')} it learned from."
    yield from _only_balanced(e, constant(e, task))
    width = e.accuracy.high - e.accuracy.low
    if not width <= WIDE:
        leave = f"{many(e.n, 'picture')} {'leaves' if e.n == 1 else 'leave'}"
        yield f"{leave} the accuracy {_open(width)}; {100 * WIDE:.0f} points are fine."
    yield from _weak(e)
    if not e.ece <= UNCALIBRATED and e.reliability:
        yield f"Its confidence is off by {percent(e.ece)} on average; {percent(UNCALIBRATED, 0)} are fine."
    for limit in limits(e, task):
        if limit.met is None:
            yield f"A limit was not checked: {limit.what}, allowed are {limit.allowed}."
    yield from _warnings(findings)


def _open(width: float) -> str:
    return f"open by {100 * width:.0f} points" if math.isfinite(width) else "open, nobody knows how far"


def _only_balanced(e: Evaluation, rival: Constant) -> Iterator[str]:
    """More often right than a constant answer only where every class counts the same."""
    if not math.isfinite(rival.cost) and not _above(e.accuracy, rival.accuracy):
        balanced = percent_interval(e.balanced_accuracy)
        yield (
            f"Over all pictures it is not shown to beat {_always(rival)} ({percent(rival.accuracy)}); "
            f"only averaged over the classes: {balanced}."
        )


def _weak(e: Evaluation) -> Iterator[str]:
    weak = weak_classes(e)
    if weak:
        name, one = weak[0]
        found = percent_interval(Interval(one.recall, one.recall_low, one.recall_high))
        others = count(len(weak) - 1)
        more = f" So may {others} more {'classes' if len(weak) > 2 else 'class'} be." if len(weak) > 1 else ""
        missed = "is" if one.recall_high < WEAK else "may be"
        yield f"“{name}” {missed} missed more often than found: {found} of {count(one.support)}.{more}"


def _warnings(findings: Sequence[Finding]) -> Iterator[str]:
    """Work done on a sample in its own words; the other warnings by their number and the first of them."""
    warnings = [finding for finding in findings if finding.severity == "warning"]
    for finding in warnings:
        if finding.kind.endswith("-a-sample"):
            yield _sentence(finding.message)
    others = [finding for finding in warnings if not finding.kind.endswith("-a-sample")]
    if len(others) == 1:
        yield f"1 finding is a warning: {_sentence(others[0].message)}"
    elif others:
        yield f"{count(len(others))} findings are warnings; the first: {_sentence(others[0].message)}"


def _in_favor(e: Evaluation, task: Mapping[str, Any]) -> Iterator[str]:
    rival = constant(e, task)
    if math.isfinite(rival.cost):
        cost = number_interval(e.intervals["expected_cost"])
        yield f"It costs {cost} for each picture; {_always(rival)} would cost {number(rival.cost)}."
    else:
        yield f"Right in {percent_interval(e.accuracy)}; {_always(rival)} would be in {percent(rival.accuracy)}."
    judged = [(name, one) for name, one in e.per_class.items() if one.support]
    weakest = min(judged, key=lambda item: item[1].recall_low, default=None)
    if weakest is not None:
        least = f"the least sure, “{weakest[0]}”, in at least {percent(weakest[1].recall_low)}"
        every = "Every class" if len(judged) == len(e.per_class) else "Every class that has pictures"
        yield f"{every} is found more often than missed; {least}."
    checked = len(limits(e, task))
    kept = f" and {count(checked)} of {count(checked)} limits kept" if checked else ""
    yield f"No finding is a warning{kept}. This speaks for pictures like the {count(e.n)} judged, and for no others."


def _always(rival: Constant) -> str:
    return "never deciding" if rival.answer is None else f"always answering “{rival.answer}”"


def _chance(e: Evaluation) -> float:
    """Balanced accuracy of any constant answer."""
    return 1 / max(sum(result.support > 0 for result in e.per_class.values()), 1)


def _above(interval: Interval, value: float) -> bool:
    return interval.low > value  # False for NaN


def _cost(mistakes: Mapping[str, Mapping[str, float]], true: str, said: str) -> float:
    return 0.0 if true == said else float((mistakes.get(true) or {}).get(said, 1.0))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
