"""The report: one self-contained HTML page that a manager can read and an engineer can use.

No script, no network, no font to load: the page says so itself in a content security policy that allows its own style
sheet (by hash) and pictures that it holds. Names of classes and files are hostile input and are escaped everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sightline.evaluation import figures, page, pareto, plots, verdict
from sightline.evaluation.readiness import readiness
from sightline.evaluation.report_data import MAX_MISTAKES, LeaderboardRow, ReportData
from sightline.evaluation.worst import without_pictures, worst_pairs


def render(data: ReportData) -> str:
    """The whole page as HTML text."""
    if not data.pictures:
        data = without_pictures(data)
    template = page.environment().get_template("report.html.j2")
    return template.render(
        d=data,
        e=data.evaluation,
        **page.dress(),
        **_words(data),
        **_drawings(data),
        **_candidates(data),
        **_tables(data),
    )


def _words(data: ReportData) -> dict[str, Any]:
    core, rest = verdict.verdict(data.evaluation)
    return {
        "readiness": readiness(data.evaluation, data.findings, data.task),
        "core": core,
        "rest": rest,
        "context": verdict.context(data.evaluation),
        "confusions": verdict.confusions(data.evaluation),
        "speed": verdict.speed(data.evaluation),
        "elsewhere": verdict.converts(data.evaluation),
        "limits": verdict.limits(data.evaluation, data.task),
        "steps": verdict.next_steps(data.evaluation, data.findings, data.task, data.interrupted),
        "matter": [f for f in page.by_severity(data.findings) if f.severity != "info"],
    }


def _drawings(data: ReportData) -> dict[str, Any]:
    e = data.evaluation
    return {
        "confusion_plot": plots.confusion_svg(e.confusion, e.classes),
        "class_plot": plots.class_bars_svg(e.per_class),
        "reliability_plot": plots.reliability_svg(e.reliability) if e.reliability else None,
        "interval": plots.interval_svg,
    }


def _candidates(data: ReportData) -> dict[str, Any]:
    """The leaderboard: its plot, the scale of its bars, what can be compared and what is on the front."""
    scored = [row for row in data.leaderboard if math.isfinite(row.score.value)]
    ends = [end for row in scored for end in (row.score.low, row.score.value, row.score.high) if math.isfinite(end)]
    unit, on = page.score_unit(data.task), pareto.compared_on(data.leaderboard)
    behind = [row for row in scored if pareto.left_behind(row, on)]
    return {
        "score_unit": unit,
        "score_ends": (min(ends), max(ends)) if ends else (0.0, 1.0),
        "tradeoff_plot": plots.score_latency_svg(scored, unit) if _timed(scored) > 1 else None,
        "front": pareto.front(data.leaderboard),
        "behind": behind,
        "compared_on": on,
        "comparable": len(scored) - len(behind),
    }


def _timed(rows: Sequence[LeaderboardRow]) -> int:
    return sum(bool(row.latency_ms) for row in rows)


def _tables(data: ReportData) -> dict[str, Any]:
    return {
        "classes": page.class_rows(data.evaluation),
        "findings": page.by_severity(data.findings)[: page.MAX_ROWS],
        "task": list(page.flat(data.task)),
        "python_name": repr(figures.clean(data.model_file)),
        "mistakes": data.mistakes[:MAX_MISTAKES],
        "near": any(one.nearest for one in data.mistakes),
        "pairs": worst_pairs(data),
        "wide": verdict.WIDE,
        "uncalibrated": verdict.UNCALIBRATED,
        "most": page.MAX_ROWS,
        "few": plots.MAX_CLASSES,
        "scarce": plots.FEW,
    }
