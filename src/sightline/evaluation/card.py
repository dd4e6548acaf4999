"""The model card: what a model is for, what it was measured to do and what to beware of, as Markdown beside its arrays.

Headings follow Mitchell et al., "Model Cards for Model Reporting" (2019). It travels with the model, so it holds
class names and the words of the task, but no file name and nothing read from metadata: a finding whose message may name
a file or a group is told by its kind alone.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sightline.evaluation.figures import clean, count, many, milliseconds, number_interval, percent_interval
from sightline.evaluation.page import flat
from sightline.evaluation.readiness import caveats
from sightline.evaluation.report_data import ReportData
from sightline.evaluation.result import Evaluation
from sightline.evaluation.verdict import judged_on
from sightline.findings import Finding
from sightline.metrics.uncertainty import Interval

TELLABLE = frozenset(
    {
        "class-missing-in-fold", "compared-on-a-sample", "declared-not-checked", "depth-reduced", "duplicate",
        "few-pictures", "imbalance", "label-conflict", "leak", "learned-from-a-sample", "missing-class", "no-label",
        "read-a-sample", "tested-on-a-sample",
    }
)  # fmt: skip
"""Kinds of finding whose message holds numbers and class names only."""
MAX_ROWS = 100
"""Classes of a table: the card stays within what the model file allows, whatever the data."""
MAX_NAME, MAX_TEXT = 80, 1_000
"""Letters of a class name and of any other text."""
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#~&$!])")


def card(data: ReportData) -> str:
    """The card as Markdown, from the record that the report shows; at most 100 classes are named."""
    parts = (_details(data), _intended(data), _data(data), _figures(data), _limits(data), _use(), _versions(data))
    title = _text(data.question) or "Image classifier"
    return "\n\n".join([f"# Model card: {title}", *("\n".join(part) for part in parts)]) + "\n"


def tellable(findings: Sequence[Finding]) -> list[Finding]:
    """The findings without names of files or groups: one of each kind, with how often it was found."""
    times = Counter(finding.kind for finding in findings)
    first = {finding.kind: finding for finding in reversed(findings)}
    told = []
    for kind in dict.fromkeys(finding.kind for finding in findings):
        one, often = first[kind], f" (one of {times[kind]})" if times[kind] > 1 else ""
        message = f"{one.message}{often}" if kind in TELLABLE else f"{_findings(times[kind])} of the kind “{kind}”"
        told.append(dataclasses.replace(one, message=message, remedy="", evidence={}, sources=()))
    return told


def _findings(times: int) -> str:
    return "1 finding" if times == 1 else f"{count(times)} findings"


def _details(data: ReportData) -> Iterator[str]:
    classes = data.evaluation.classes
    yield "## Model details\n"
    more = f" and {count(len(classes) - MAX_ROWS)} more" if len(classes) > MAX_ROWS else ""
    yield f"- Answers with one of {count(len(classes))} classes: {', '.join(map(_name, classes[:MAX_ROWS]))}{more}"
    yield f"- Pipeline: {_code(data.model_spec)}"
    yield f"- Preparation of every picture: {_text(data.preparation)}"
    if data.chosen_because:
        yield f"- Chosen because: {_text(data.chosen_because)}"
    yield "- Format: arrays and tables in a zip; no code in it is run"


def _intended(data: ReportData) -> Iterator[str]:
    yield "## Intended use\n"
    yield f"The question it answers: {_text(data.question)}\n" if data.question else "No question was stated.\n"
    told = [(name, value) for name, value in flat(data.task) if name not in ("question", "classes")]
    for name, value in told[:MAX_ROWS]:
        yield f"- {_code(name)}: {_text(value)}"
    if not told:
        yield "No conditions, limits or costs were stated: every mistake counts the same."
    yield "\nOut of scope: pictures unlike those below, and what belongs to none of the classes: it is given one too."


def _data(data: ReportData) -> Iterator[str]:
    facts = data.data
    yield "## Data\n"
    broken = f"; {count(facts.broken)} more could not be read" if facts.broken else ""
    yield f"- Pictures: {count(facts.n)}{broken}"
    if facts.groups is not None:
        yield f"- Groups: {count(facts.groups)}, never divided"
    for what, said in (("Divided", facts.split), ("Sizes", facts.sizes), ("Formats", ", ".join(facts.formats))):
        if said:
            yield f"- {what}: {_text(said)}"
    rows = [(_name(name), count(learn), count(test)) for name, (learn, test) in facts.classes.items()]
    yield from _table(("Class", "To learn from", "To test on"), rows)


def _figures(data: ReportData) -> Iterator[str]:
    e = data.evaluation
    yield "## Figures\n"
    yield _where_from(e)
    named = {"Accuracy": e.accuracy, "Balanced accuracy": e.balanced_accuracy, "Macro F1": e.macro_f1}
    rows = [(name, percent_interval(value)) for name, value in named.items()]
    rows += [(name, shown(e.intervals[key])) for name, key, shown in _MORE if key in e.intervals]
    if e.latency_ms:
        rows.append(
            ("One picture, median", f"{milliseconds(e.latency_ms.get('p50'))} on {_text(e.measured_on or '?')}")
        )
    yield from _table(("Figure", "Value (95 % interval)"), rows)
    yield from _table(
        ("Class", "Pictures", "Recall", "Precision"),
        [
            (
                _name(name),
                count(one.support),
                percent_interval(Interval(one.recall, one.recall_low, one.recall_high)),
                percent_interval(Interval(one.precision, one.precision_low, one.precision_high)),
            )
            for name, one in e.per_class.items()
        ],
    )


_MORE = (
    ("Recall of the positive class", "positive_recall", percent_interval),
    ("Precision of the positive class", "positive_precision", percent_interval),
    ("Expected cost of one picture", "expected_cost", number_interval),
    ("Log loss", "log_loss", number_interval),
    ("Calibration error (ECE)", "ece", percent_interval),
)


def _where_from(e: Evaluation) -> str:
    if e.source == "test":
        return f"Measured with this file on {many(e.n, 'test picture')} that it had not seen."
    said = judged_on(e)
    return f"{said[0].upper()}{said[1:]}; there was no test set."


def _limits(data: ReportData) -> Iterator[str]:
    told = tellable(data.findings)
    yield "## Limits and caveats\n"
    for reason in caveats(data.evaluation, [f for f in told if f.severity != "warning"], data.task):
        yield f"- {_text(reason)}"
    for finding in told:
        if finding.severity == "warning":
            yield f"- Warning: {_text(finding.message)}"
    for note in data.evaluation.notes:
        yield f"- {_text(note)}"
    yield "- Every figure speaks for pictures like those it was measured on, and for no others."


def _use() -> Iterator[str]:
    yield "## How to use\n"
    yield "```sh\nsightline predict model.sight PICTURE... --out predictions.csv\n```\n"
    yield '```python\nimport sightline as sl\n\nmodel = sl.load("model.sight")'
    yield 'for answer in model.predict(["new.jpg"]):\n    print(answer.label, answer.confidence)\n```'


def _versions(data: ReportData) -> Iterator[str]:
    yield "## Versions\n"
    yield f"- sightline {_text(data.version)}"
    for name, version in data.trained_with.items():
        yield f"- trained with {_text(name)} {_text(version)}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield f"\n| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    yield from (f"| {' | '.join(row)} |" for row in rows[:MAX_ROWS])
    if len(rows) > MAX_ROWS:
        yield f"\nAnd {count(len(rows) - MAX_ROWS)} more; evaluation.json holds them all."


def _name(text: str) -> str:
    return _text(text, MAX_NAME)


def _text(text: Any, most: int = MAX_TEXT) -> str:
    """One line in which nothing is markup."""
    line = " ".join(str(clean(str(text))).split())
    return _MARKUP.sub(r"\\\1", line if len(line) <= most else f"{line[: most - 1]}…")


def _code(text: str) -> str:
    """One line as code, whatever backticks are in it."""
    line = " ".join(str(clean(text)).split())[:MAX_TEXT]
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if "`" in line else f"`{line}`"
