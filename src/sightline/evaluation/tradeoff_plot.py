"""Candidates by score and speed, to see what a millisecond buys."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from markupsafe import Markup

from sightline.evaluation import svg
from sightline.evaluation.figures import milliseconds, number
from sightline.metrics.uncertainty import Interval

LEFT, TOP, WIDTH, HEIGHT = 64.0, 16.0, 880.0, 320.0
"""Of the plot, in px."""


_Box: TypeAlias = tuple[float, float, float, float]


class Candidate(Protocol):
    """What `score_latency_svg` reads of a leaderboard row."""

    @property
    def name(self) -> str:
        """Shown beside the point."""

    @property
    def score(self) -> Interval:
        """Higher is better."""

    @property
    def latency_ms(self) -> float | None:
        """One picture; None: not drawn."""

    @property
    def status(self) -> str:
        """The row with "winner" is drawn filled."""


@dataclasses.dataclass(frozen=True)
class _Axes:
    """Ends and ticks, and where a value lies in px."""

    first_ms: float
    last_ms: float
    floor: float
    ceiling: float
    times: list[float]
    scores: list[float]
    factor: float

    def across(self, time_ms: float) -> float:
        return LEFT + WIDTH * math.log(time_ms / self.first_ms) / math.log(self.last_ms / self.first_ms)

    def down(self, score: float) -> float:
        inside = min(max(score * self.factor, self.floor), self.ceiling)
        return TOP + HEIGHT * (1 - (inside - self.floor) / (self.ceiling - self.floor))


def score_latency_svg(rows: Sequence[Candidate], unit: str = "%") -> Markup:
    """Score with its interval against time for one picture (logarithmic); rows without a time or a score are left out.

    With the unit "%" a score is a share in [0, 1]; with any other unit it is shown as it is.
    """
    drawn = [row for row in rows if row.latency_ms and row.latency_ms > 0 and math.isfinite(row.score.value)]
    axes = _axes(drawn, 100 if unit == "%" else 1)
    points = [(axes.across(row.latency_ms or 1), axes.down(row.score.value)) for row in drawn]
    parts = _grid(axes, unit)
    for row, (x, y) in zip(drawn, points, strict=True):
        parts += _point(row, x, y, axes)
    taken = [_extent(row, x, y, axes) for row, (x, y) in zip(drawn, points, strict=True)]
    parts += _labels([(row.name, row.status == "winner") for row in drawn], points, taken)
    said = f"{len(drawn)} candidates; upper left is better." if drawn else "No candidate has both a score and a time."
    return svg.picture(LEFT + WIDTH + 16, TOP + HEIGHT + 52, "Score against speed", said, parts, "tradeoff")


def _grid(axes: _Axes, unit: str) -> list[Markup]:
    parts = []
    for step in axes.scores:
        y = axes.down(step / axes.factor)
        name = f"{step:g}".replace("-", "\N{MINUS SIGN}")
        parts += [svg.line(LEFT, y, LEFT + WIDTH, y, "grid"), svg.text(LEFT - 8, y + 4, name, "tick", "end")]
    floor = TOP + HEIGHT
    for tick in axes.times:
        parts.append(svg.text(axes.across(tick), floor + 20, f"{tick:g} ms", "tick", "middle"))
        parts.append(svg.line(axes.across(tick), floor, axes.across(tick), floor + 4, "base"))
    parts.append(svg.line(LEFT, floor, LEFT + WIDTH, floor, "base"))
    parts.append(svg.text(LEFT + WIDTH / 2, floor + 42, "time for one picture", "axis", "middle"))
    parts.append(svg.text(14, TOP + HEIGHT / 2, f"score, {unit}", "axis", "middle", -90))
    return parts


def _point(row: Candidate, x: float, y: float, axes: _Axes) -> list[Markup]:
    kind = "winner" if row.status == "winner" else "tried"
    time = milliseconds(row.latency_ms)
    score = number(row.score.value * axes.factor, 1 if axes.factor == 100 else 3)
    dot = svg.circle(x, y, 6 if kind == "winner" else 4.5, f"dot {kind}", f"{row.name}: {score}, {time}")
    if not (math.isfinite(row.score.low) and math.isfinite(row.score.high)):
        return [dot]
    return [svg.line(x, axes.down(row.score.high), x, axes.down(row.score.low), f"whisker {kind}"), dot]


def _axes(rows: Sequence[Candidate], factor: float) -> _Axes:
    times = [row.latency_ms for row in rows if row.latency_ms] or [1.0, 10.0]
    first, last = min(times) / 1.4, max(times) * 1.6
    decades = range(math.floor(math.log10(first)), math.ceil(math.log10(last)) + 1)
    digits = (1, 2, 5) if last / first < 300 else (1,)
    ticks = [digit * 10.0**power for power in decades for digit in digits]
    floor, ceiling, scores = _score_axis(rows, factor)
    return _Axes(first, last, floor, ceiling, [tick for tick in ticks if first <= tick <= last], scores, factor)


def _score_axis(rows: Sequence[Candidate], factor: float) -> tuple[float, float, list[float]]:
    """Ends and ticks; an interval that reaches far beyond all values does not set the scale."""
    values = [factor * row.score.value for row in rows] or [0.0, factor]
    ends = [factor * end for row in rows for end in (row.score.low, row.score.high) if math.isfinite(end)]
    room = max(max(values) - min(values), abs(max(values)) * 0.05, 1e-6)
    floor = max(min([*values, *ends]), min(values) - room)
    ceiling = min(max([*values, *ends]), max(values) + room)
    step = _nice(max(ceiling - floor, room) / 5)
    low, high = math.floor(floor / step), max(math.ceil(ceiling / step), math.floor(floor / step) + 1)
    return low * step, high * step, [round(i * step, 9) for i in range(low, high + 1)]


def _nice(step: float) -> float:
    """The next larger 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(digit * power for digit in (1, 2, 2.5, 5, 10, 20) if digit * power >= step - 1e-12)


def _extent(row: Candidate, x: float, y: float, axes: _Axes) -> _Box:
    """The room that a point and its whisker take."""
    ends = [axes.down(end) for end in (row.score.low, row.score.high) if math.isfinite(end)]
    return x - 6, min([y - 6, *ends]), x + 6, max([y + 6, *ends])


def _labels(
    names: Sequence[tuple[str, bool]], points: Sequence[tuple[float, float]], taken: list[_Box]
) -> list[Markup]:
    """Names beside their points where there is room, the winner's first; the others keep their tip and table row."""
    parts = []
    for i in sorted(range(len(names)), key=lambda i: not names[i][1]):
        name, (x, y) = svg.label(names[i][0]), points[i]
        place = _free_place(x, y, svg.text_width(name, 12), taken)
        if place is not None:
            anchor = "end" if place[0] < x else ""
            parts.append(svg.text(*place, name, "name strong" if names[i][1] else "name", anchor))
    return parts


def _free_place(x: float, y: float, long: float, taken: list[_Box]) -> tuple[float, float] | None:
    """Where a text `long` px wide starts right of (x, y), or ends left of it, and touches nothing; added to `taken`."""
    for dx, dy in ((11, 4), (-11, 4), (11, -8), (11, 16), (-11, -8), (-11, 16)):
        start = x + dx if dx > 0 else x + dx - long
        box = (start, y + dy - 11, start + long, y + dy + 3)
        apart = all(box[2] < b[0] or box[0] > b[2] or box[3] < b[1] or box[1] > b[3] for b in taken)
        if apart and box[0] > LEFT and box[2] <= LEFT + WIDTH + 12 and box[1] > 0:
            taken.append(box)
            return x + dx, y + dy
    return None
