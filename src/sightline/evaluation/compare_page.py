"""Two runs side by side as one self-contained page; see `report` for what it may load (nothing)."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sightline.evaluation import page
from sightline.evaluation.comparison import UNDECIDED, Comparison, Difference
from sightline.evaluation.figures import NOTHING, number, number_interval, percent, percent_interval
from sightline.evaluation.pair_plot import pair_svg, scale
from sightline.files import write_whole
from sightline.metrics.uncertainty import Interval
from sightline.version import __version__


def render(found: Comparison) -> str:
    """The whole page as HTML text."""
    template = page.environment().get_template("compare.html.j2")
    return template.render(
        c=found,
        question=str(found.a.task.get("question") or found.b.task.get("question") or ""),
        version=__version__,
        undecided=UNDECIDED,
        most=page.MAX_ROWS,
        value=value,
        difference=difference,
        figures=plotted(found.figures),
        classes=plotted(most_different(found.classes)),
        sides=(("A", found.a, page.by_severity(found.only_a)), ("B", found.b, page.by_severity(found.only_b))),
        known=found.a.findings is not None and found.b.findings is not None,
        **page.dress(),
    )


def write_comparison(found: Comparison, path: str | os.PathLike[str]) -> None:
    """Write the page to `path`, all of it or nothing.

    Raises:
        ArtifactError: no space, no permission, no such folder.
    """
    write_whole(Path(path), render(found).encode())


def value(one: Difference, interval: Interval) -> str:
    """A figure with its interval, as a share or as a number."""
    return percent_interval(interval) if one.share else number_interval(interval)


def difference(one: Difference) -> str:
    """b - a with its sign, in points where it is a share: "+0.7 points (-1.2 to 2.6)"."""
    if not math.isfinite(one.by):
        return NOTHING
    limits = "" if one.paired is None else f" ({_signed(one, one.paired.low)} to {_signed(one, one.paired.high)})"
    return f"{_signed(one, one.by, '+')}{' points' if one.share else ''}{limits}"


def _signed(one: Difference, amount: float, plus: str = "") -> str:
    text = number(100 * amount, 1) if one.share else number(amount)
    return f"{plus}{text}" if amount > 0 and text.strip("0.") else text


def most_different(rows: Sequence[Difference]) -> list[Difference]:
    """All in their order; of very many, those that differ most."""
    if len(rows) <= page.MAX_ROWS:
        return list(rows)
    return sorted(rows, key=lambda one: -abs(one.by) if math.isfinite(one.by) else 1.0)[: page.MAX_ROWS]


def plotted(rows: Sequence[Difference]) -> tuple[str, list[tuple[Difference, Any]]]:
    """The scale in words, and each with its plot: shares on one scale, so that they can be compared with each other."""
    ends = scale([interval for one in rows if _drawn(one) for interval in (one.a, one.b)])
    drawn = [(one, pair_svg(one.a, one.b, *ends) if _drawn(one) else "") for one in rows]
    return f"{100 * ends[0]:.0f} to {100 * ends[1]:.0f} %", drawn


def _drawn(one: Difference) -> bool:
    return one.share and not one.lower and percent(one.a.value) != NOTHING
