"""The report: one self-contained HTML page that a manager can read and an engineer can use.

No script, no network, no font to load: the page says so itself in a content security policy that allows its own style
sheet (by hash) and pictures that it holds. Names of classes and files are hostile input and are escaped everywhere.
"""

from __future__ import annotations

import base64
import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from markupsafe import Markup

from sightline.arrays import Picture
from sightline.evaluation import figures, page, plots, verdict
from sightline.evaluation.result import Evaluation
from sightline.files import write_whole
from sightline.findings import Finding
from sightline.metrics.uncertainty import Interval

Status: TypeAlias = Literal["winner", "tried", "over budget", "skipped", "failed"]

MAX_MISTAKES = 24


@dataclass(frozen=True)
class LeaderboardRow:
    """One candidate of the search.

    Attributes:
        rank: 1 is the best score; None where it has none.
        name: short name.
        spec: its graph, as text.
        score: higher is better; NaN where it has none.
        log_loss: mean of -ln p(true class), in nats.
        latency_ms: one picture, median.
        seconds: what trying it took.
        status: what became of it.
        why: the reason, a short sentence.
    """

    rank: int | None
    name: str
    spec: str
    score: Interval
    log_loss: float | None = None
    latency_ms: float | None = None
    seconds: float | None = None
    status: Status = "tried"
    why: str = ""


@dataclass(frozen=True)
class DataFacts:
    """What the pictures were.

    Attributes:
        n: pictures that were used.
        classes: name -> (pictures to learn from, pictures to test on).
        groups: number of groups; None where none are given.
        broken: files that could not be read.
        formats: kind of file -> number of files.
        sizes: their sizes in words ("640x480 to 1024x768").
        split: how they were divided, in words.
    """

    n: int
    classes: Mapping[str, tuple[int, int]]
    groups: int | None = None
    broken: int = 0
    formats: Mapping[str, int] = field(default_factory=dict)
    sizes: str = ""
    split: str = ""


@dataclass(frozen=True)
class Mistake:
    """One picture that was decided wrongly: its source, what it is, what the model said and how sure it was.

    `picture` is (h, w, 3) uint8 RGB; it is reduced to 96 px.
    """

    source: str
    truth: str
    predicted: str
    confidence: float
    picture: Picture | None = None


@dataclass(frozen=True)
class ReportData:
    """Everything that the page shows.

    Attributes:
        title: name of the run, shown above the question.
        question: the question that one prediction answers; empty: the title stands in its place.
        created: ISO date and time.
        version: of this package.
        evaluation: what was measured.
        leaderboard: candidates in the order to show.
        findings: of all checks.
        data: what the pictures were.
        task: the task definition as plain values, with costs, target, conditions.
        preparation: how pictures are prepared, in words.
        model_spec: the graph of the winner, as text.
        chosen_because: why it won, a sentence.
        model_file: path or name of the model file.
        commands: (what it is for, command line).
        mistakes: worst first; at most `MAX_MISTAKES` are shown.
        interrupted: the search did not come to its end.
        seconds: how long the fit took.
        budget_s: how long it was allowed to take.
    """

    title: str
    question: str
    created: str
    version: str
    evaluation: Evaluation
    leaderboard: tuple[LeaderboardRow, ...]
    findings: tuple[Finding, ...]
    data: DataFacts
    task: Mapping[str, object]
    preparation: str
    model_spec: str
    chosen_because: str
    model_file: str
    commands: tuple[tuple[str, str], ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    interrupted: bool = False
    seconds: float | None = None
    budget_s: float | None = None


def render(data: ReportData) -> str:
    """The whole page as HTML text."""
    style = (page.TEMPLATES / "styles.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = page.environment().get_template("report.html.j2")
    return template.render(
        d=data,
        e=data.evaluation,
        style=Markup(style),  # our own file; names never enter it
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'",
        **_words(data),
        **_drawings(data),
        **_tables(data),
    )


def write_report(data: ReportData, path: str | os.PathLike[str]) -> None:
    """Write the page to `path`, all of it or nothing: an older page stays whole until the new one is.

    Raises:
        ArtifactError: no space, no permission, no such folder.
    """
    write_whole(Path(path), render(data).encode())


def _words(data: ReportData) -> dict[str, Any]:
    core, rest = verdict.verdict(data.evaluation)
    return {
        "core": core,
        "rest": rest,
        "context": verdict.context(data.evaluation),
        "confusions": verdict.confusions(data.evaluation),
        "speed": verdict.speed(data.evaluation),
        "limits": verdict.limits(data.evaluation, data.task),
        "steps": verdict.next_steps(data.evaluation, data.findings, data.task, data.interrupted),
        "matter": [f for f in page.by_severity(data.findings) if f.severity != "info"],
    }


def _drawings(data: ReportData) -> dict[str, Any]:
    e = data.evaluation
    tried = [row for row in data.leaderboard if math.isfinite(row.score.value)]
    ends = [end for row in tried for end in (row.score.low, row.score.value, row.score.high) if math.isfinite(end)]
    return {
        "confusion_plot": plots.confusion_svg(e.confusion, e.classes),
        "class_plot": plots.class_bars_svg(e.per_class),
        "reliability_plot": plots.reliability_svg(e.reliability) if e.reliability else None,
        "tradeoff_plot": plots.score_latency_svg(tried, page.score_unit(data.task)) if _timed(tried) > 1 else None,
        "interval": plots.interval_svg,
        "score_ends": (min(ends), max(ends)) if ends else (0.0, 1.0),
    }


def _timed(rows: Sequence[LeaderboardRow]) -> int:
    return sum(bool(row.latency_ms) for row in rows)


def _tables(data: ReportData) -> dict[str, Any]:
    return {
        "score_unit": page.score_unit(data.task),
        "classes": page.class_rows(data.evaluation),
        "findings": page.by_severity(data.findings)[: page.MAX_ROWS],
        "task": list(page.flat(data.task)),
        "python_name": repr(figures.clean(data.model_file)),
        "mistakes": data.mistakes[:MAX_MISTAKES],
        "most": page.MAX_ROWS,
        "few": plots.MAX_CLASSES,
        "scarce": plots.FEW,
    }
