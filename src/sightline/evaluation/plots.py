"""The report's plots: pure functions from numbers to inline SVG, colored by the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from sightline.evaluation import svg
from sightline.evaluation.confusion_plot import MAX_CLASSES, confusion_svg
from sightline.evaluation.figures import clean, many, number, percent
from sightline.evaluation.result import ClassResult, ReliabilityBin
from sightline.evaluation.tradeoff_plot import Candidate, score_latency_svg

__all__ = [
    "MAX_CLASSES",
    "Candidate",
    "class_bars_svg",
    "confusion_svg",
    "interval_svg",
    "reliability_svg",
    "score_latency_svg",
]


def interval_svg(value: float, low: float, high: float, start: float = 0.0, end: float = 1.0) -> Markup:
    """A small bar from `start` to `end`: the interval as a band, the value as a tick."""
    width, height = 120.0, 14.0
    span = end - start if end > start else 1.0

    def place(at: float) -> float:
        return 1.5 + (width - 3) * min(max((at - start) / span, 0.0), 1.0)

    parts = [svg.rectangle(0, 6, width, 2, "track", corner=1)]
    if math.isfinite(low) and math.isfinite(high):
        parts.append(svg.rectangle(place(low), 3, max(place(high) - place(low), 2), 8, "band", corner=2))
    if math.isfinite(value):
        parts.append(svg.rectangle(place(value) - 1.5, 0, 3, height, "mark", corner=1))
    description = f"{number(value)}, interval {number(low)} to {number(high)}, on a scale from {start:g} to {end:g}"
    return svg.picture(width, height, "Value with its interval", description, parts, "interval")


SIDE, LEFT, TOP, FOOT = 300.0, 46.0, 14.0, 56.0
"""Of the reliability diagram, in px: the square, the room left and above, the histogram below."""
FEW = 10
"""Bins with fewer pictures are drawn faintly: where they lie is mostly chance."""


def reliability_svg(bins: Sequence[ReliabilityBin]) -> Markup:
    """How often the model is right against how sure it says it is, over the number of pictures in each bin."""
    filled = [b for b in bins if b.count and math.isfinite(b.confidence) and math.isfinite(b.accuracy)]
    parts = _square()
    most = max((b.count for b in filled), default=1)
    for b in filled:
        parts += _bin(b, b.count / most)
    floor = TOP + SIDE + FOOT
    parts.append(svg.line(LEFT, floor, LEFT + SIDE, floor, "base"))
    parts.append(svg.text(LEFT + SIDE / 2, floor + 36, "says it is sure, %", "axis", "middle"))
    parts.append(svg.text(12, TOP + SIDE / 2, "is right, %", "axis", "middle", -90))
    said = "; ".join(f"{percent(b.confidence, 0)} sure, {percent(b.accuracy, 0)} right ({b.count})" for b in filled)
    title = "Said confidence against truth"
    return svg.picture(LEFT + SIDE + 14, floor + 44, title, said or "no pictures", parts, "reliability")


def _square() -> list[Markup]:
    parts = [svg.rectangle(LEFT, TOP, SIDE, SIDE, "none")]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y, name = LEFT + SIDE * tick, TOP + SIDE * (1 - tick), f"{100 * tick:.0f}"
        parts += [svg.line(LEFT, y, LEFT + SIDE, y, "grid"), svg.text(LEFT - 8, y + 4, name, "tick", "end")]
        parts.append(svg.text(x, TOP + SIDE + FOOT + 16, name, "tick", "middle"))
    parts.append(svg.line(LEFT, TOP + SIDE, LEFT + SIDE, TOP, "ideal"))
    parts.append(svg.text(LEFT + 12, TOP + 22, "too modest", "hint"))
    parts.append(svg.text(LEFT + SIDE - 12, TOP + SIDE - 12, "too sure", "hint", "end"))
    return parts


def _bin(b: ReliabilityBin, share: float) -> list[Markup]:
    """The point of a bin, its distance from the diagonal, and its bar in the histogram; `share` of the fullest bin."""
    x, y = LEFT + SIDE * b.confidence, TOP + SIDE * (1 - b.accuracy)
    tip = f"{many(b.count, 'picture')}: {percent(b.confidence)} sure, {percent(b.accuracy)} right"
    tall, few = 36 * share, " few" if b.count < FEW else ""
    return [
        svg.line(x, TOP + SIDE * (1 - b.confidence), x, y, f"gap{few}"),
        svg.circle(x, y, 3 + 5 * math.sqrt(share), f"dot{few}", tip),
        svg.rectangle(LEFT + SIDE * b.low + 1, TOP + SIDE + FOOT - tall, SIDE * (b.high - b.low) - 2, tall, "bar"),
    ]


def class_bars_svg(per_class: Mapping[str, ClassResult]) -> Markup:
    """Recall of each class as a bar with its interval, precision as a diamond.

    Beyond `MAX_CLASSES`, the classes of lowest recall.
    """
    chosen = list(per_class.items())
    if len(chosen) > MAX_CLASSES:
        chosen = sorted(chosen, key=lambda item: item[1].recall if math.isfinite(item[1].recall) else 2)[:MAX_CLASSES]
    left = 12 + max((svg.text_width(svg.label(name), 13) for name, _ in chosen), default=0)
    width, step, top = 420.0, 26, 30.0
    bottom = top + step * len(chosen)
    parts = [svg.rectangle(left, 5, 22, 8, "bar", corner=2), svg.text(left + 28, 13, "recall, interval", "tick")]
    parts += [svg.diamond(left + 150, 9, 5, "diamond"), svg.text(left + 160, 13, "precision", "tick")]
    for tick in (0, 25, 50, 75, 100):
        x = left + width * tick / 100
        parts += [svg.line(x, top, x, bottom, "grid"), svg.text(x, bottom + 16, f"{tick}", "tick", "middle")]
    for i, (name, result) in enumerate(chosen):
        parts += _class_bar(name, result, left, width, top + step * (i + 0.5))
    said = "; ".join(f"{clean(name)}: recall {percent(result.recall)}" for name, result in chosen)
    title = "Recall and precision of each class, in percent"
    whole = left + width + 70
    return svg.picture(whole, bottom + 24, title, said, parts, svg.of_width("classes", whole))


def _class_bar(name: str, result: ClassResult, left: float, width: float, y: float) -> list[Markup]:
    parts = [svg.text(left - 10, y + 4.5, svg.label(name), "name", "end", tip=name)]
    if math.isfinite(result.recall):
        parts.append(svg.rectangle(left, y - 5, width * result.recall, 10, "bar", corner=2))
    if math.isfinite(result.recall_low) and math.isfinite(result.recall_high):
        parts.append(svg.line(left + width * result.recall_low, y, left + width * result.recall_high, y, "whisker"))
    if math.isfinite(result.precision):
        parts.append(svg.diamond(left + width * result.precision, y, 5, "diamond"))
    parts.append(svg.text(left + width + 12, y + 4.5, percent(result.recall), "total"))
    return parts
