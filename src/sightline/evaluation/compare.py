"""Reading two runs and setting them side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from sightline.errors import InputError
from sightline.evaluation.answers import Paired, paired
from sightline.evaluation.comparison import COST, Comparison, Difference, Row
from sightline.evaluation.figures import count, many, milliseconds, number, per_second, size
from sightline.evaluation.measured_run import MeasuredRun, load_run
from sightline.evaluation.result import Evaluation
from sightline.findings import Finding
from sightline.metrics.uncertainty import Interval


def compare(first: Path, second: Path) -> Comparison:
    """Read two runs, each a folder that fit wrote or a model.sight, and set them side by side.

    Raises:
        InputError: a run that cannot be read, or runs that tell apart different classes.
    """
    a, b = load_run(first), load_run(second)
    _check_classes(a, b)
    pairs = paired(a.answers, b.answers) if a.answers is not None and b.answers is not None else None
    only_a, only_b = _findings(a, b)
    return Comparison(
        a=a,
        b=b,
        figures=tuple(_figures(a.evaluation, b.evaluation, pairs)),
        classes=tuple(_recalls(a.evaluation, b.evaluation)),
        speed=tuple(_speed(a.evaluation, b.evaluation)),
        settings=tuple(_settings(a, b)),
        only_a=only_a,
        only_b=only_b,
        cautions=tuple(_cautions(a, b, pairs)),
        paired=pairs,
    )


def _check_classes(a: MeasuredRun, b: MeasuredRun) -> None:
    alone = [
        f"{path} alone has {', '.join(sorted(names)[:5])}{' and more' if len(names) > 5 else ''}"
        for path, names in (
            (a.path, set(a.evaluation.classes) - set(b.evaluation.classes)),
            (b.path, set(b.evaluation.classes) - set(a.evaluation.classes)),
        )
        if names
    ]
    if alone:
        raise InputError(f"the runs tell apart different classes: {'; '.join(alone)}; give two runs of one question")


def _figures(a: Evaluation, b: Evaluation, pairs: Paired | None) -> Iterator[Difference]:
    gains = (None, None) if pairs is None else (pairs.accuracy, pairs.balanced_accuracy)
    yield Difference("Accuracy", a.accuracy, b.accuracy, paired=gains[0])
    yield Difference("Balanced accuracy", a.balanced_accuracy, b.balanced_accuracy, paired=gains[1])
    yield Difference("Macro F1", a.macro_f1, b.macro_f1)
    yield Difference("MCC", a.mcc, b.mcc, share=False)
    for what, key, share, lower in _MORE:
        if key in a.intervals and key in b.intervals:
            yield Difference(what, a.intervals[key], b.intervals[key], share, lower)


_MORE = (
    ("Recall of the positive class", "positive_recall", True, False),
    ("Precision of the positive class", "positive_precision", True, False),
    (COST, "expected_cost", False, True),
    ("Log loss", "log_loss", False, True),
    ("Brier score", "brier", False, True),
    ("Calibration error", "ece", True, True),
)


def _recalls(a: Evaluation, b: Evaluation) -> Iterator[Difference]:
    for name in a.classes:
        one, other = a.per_class[name], b.per_class[name]
        yield Difference(
            name,
            Interval(one.recall, one.recall_low, one.recall_high),
            Interval(other.recall, other.recall_low, other.recall_high),
        )


def _speed(a: Evaluation, b: Evaluation) -> Iterator[Row]:
    for name, what in (("p50", "One picture, median"), ("p95", "One picture, 95 of 100")):
        one, other = ((e.latency_ms or {}).get(name) for e in (a, b))
        yield Row(what, milliseconds(one), milliseconds(other), _times(one, other))
    yield Row("In batches", per_second(a.throughput_per_s), per_second(b.throughput_per_s),
              _times(a.throughput_per_s, b.throughput_per_s))  # fmt: skip
    yield Row("Peak memory", size(a.peak_memory_bytes), size(b.peak_memory_bytes),
              _times(a.peak_memory_bytes, b.peak_memory_bytes))  # fmt: skip
    yield Row("Model file", size(a.model_bytes), size(b.model_bytes), _times(a.model_bytes, b.model_bytes))
    yield Row("Machine", a.measured_on or "not recorded", b.measured_on or "not recorded")


def _times(one: float | None, other: float | None) -> str:
    """How many times `one` is `other`."""
    return f"{number(other / one, 2)} times" if one and other and math.isfinite(other / one) else ""


def _settings(a: MeasuredRun, b: MeasuredRun) -> Iterator[Row]:
    for name in dict.fromkeys((*a.settings, *b.settings)):
        one, other = a.settings.get(name, ""), b.settings.get(name, "")
        if one != other:
            yield Row(name, one, other)


def _findings(a: MeasuredRun, b: MeasuredRun) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    if a.findings is None or b.findings is None:
        return (), ()
    return _without(a.findings, b.findings), _without(b.findings, a.findings)


def _without(some: Sequence[Finding], others: Sequence[Finding]) -> tuple[Finding, ...]:
    known = {(one.kind, one.message) for one in others}
    return tuple(one for one in some if (one.kind, one.message) not in known)


def _cautions(a: MeasuredRun, b: MeasuredRun, pairs: Paired | None) -> Iterator[str]:
    one, other = a.evaluation, b.evaluation
    if one.source != other.source:
        yield f"A was judged {_how(one)} and B {_how(other)}: part of any difference comes from that."
    elif pairs is not None:
        yield from _pairing(one, other, pairs)
    else:
        yield (
            "The runs do not keep answers to the same test pictures, so the differences are not paired: where "
            "intervals overlap, a difference may still be there; where the test pictures differ, it may come from them."
        )
    if one.n != other.n and pairs is None:
        yield f"A was judged on {many(one.n, 'picture')} and B on {count(other.n)}."
    if one.measured_on != other.measured_on:
        yield "Speed was measured on different machines, so it says little about the models."
    if a.findings is None or b.findings is None:
        yield "A model.sight keeps no findings: its verdict rests on figures and limits alone."


def _how(e: Evaluation) -> str:
    return "on test pictures" if e.source == "test" else "out-of-fold"


def _pairing(one: Evaluation, other: Evaluation, pairs: Paired) -> Iterator[str]:
    yield (
        f"Accuracy and balanced accuracy are compared picture by picture on the {count(pairs.n)} test pictures that "
        f"both answered: A alone has {count(pairs.only_first)} of them right, B alone {count(pairs.only_second)}."
    )
    if not pairs.n == one.n == other.n:
        yield f"A was judged on {many(one.n, 'picture')} and B on {count(other.n)}; the others have no counterpart."
