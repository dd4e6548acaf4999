"""Candidates by score and speed, to see what a millisecond buys; the line is the front that nothing beats."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from markupsafe import Markup

from sightline.evaluation import svg
from sightline.evaluation.figures import many, milliseconds, number
from sightline.evaluation.pareto import Compared, compared_on, front, left_behind

LEFT, TOP, WIDTH, HEIGHT = 64.0, 16.0, 880.0, 320.0
"""Of the plot, in px."""


_Box: TypeAlias = tuple[float, float, float, float]


class Candidate(Compared, Protocol):
    """What `score_latency_svg` reads of a leaderboard row; one compared on other pictures is drawn faintly."""

    @property
    def name(self) -> str:
        """Shown beside the point."""


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

    def below(self, score: float) -> bool:
        """Whether it lies under the lower end."""
        return score * self.factor < self.floor - 1e-9


def score_latency_svg(rows: Sequence[Candidate], unit: str = "%") -> Markup:
    """Score with its interval against time for one picture (logarithmic); rows without a time or a score are left out.

    With the unit "%" a score is a share in [0, 1]; with any other unit it is shown as it is.
    """
    drawn = [row for row in rows if row.latency_ms and row.latency_ms > 0 and math.isfinite(row.score.value)]
    axes = _axes(drawn, 100 if unit == "%" else 1)
    places = [(axes.across(row.latency_ms or 1), axes.down(row.score.value)) for row in drawn]
    kinds = _kinds(drawn)
    parts = [*_grid(axes, unit), _front(drawn, axes)]
    if any(axes.below(row.score.value) for row in drawn):
        parts.append(svg.text(LEFT + WIDTH, TOP + HEIGHT + 42, "triangles: far below the scale", "hint", "end"))
    for row, kind, (x, y) in zip(drawn, kinds, places, strict=True):
        parts += _point(row, kind, x, y, axes)
    taken = [_extent(row, kind, x, y, axes) for row, kind, (x, y) in zip(drawn, kinds, places, strict=True)]
    beside = [(x, y - 9 if axes.below(row.score.value) else y) for row, (x, y) in zip(drawn, places, strict=True)]
    parts += _labels([row.name for row in drawn], kinds, beside, taken)
    width, kind = LEFT + WIDTH + 16, svg.of_width("tradeoff", LEFT + WIDTH + 16)
    return svg.picture(width, TOP + HEIGHT + 52, "Score against speed", _said(drawn), parts, kind)


KINDS = ("winner", "front", "tried", "behind")
"""How a candidate is drawn, in the order in which names find their places."""


def _kinds(rows: Sequence[Candidate]) -> list[str]:
    best, on = {id(row) for row in front(rows)}, compared_on(rows)
    return [
        "winner"
        if row.status == "winner"
        else "behind"
        if left_behind(row, on)
        else "front"
        if id(row) in best
        else "tried"
        for row in rows
    ]


def _said(rows: Sequence[Candidate]) -> str:
    if not rows:
        return "No candidate has both a score and a time."
    names = ", ".join(row.name for row in front(rows))
    return f"{len(rows)} candidates; upper left is better. On the front, from fast to accurate: {names}."


def _front(rows: Sequence[Candidate], axes: _Axes) -> Markup:
    """Steps through the front: what is the best score to be had within a time."""
    ends = [(axes.across(row.latency_ms or 1), axes.down(row.score.value)) for row in front(rows)]
    if not ends:
        return Markup("")
    steps = [f"M{svg.short(ends[0][0])} {svg.short(ends[0][1])}"]
    steps += [f"H{svg.short(x)}V{svg.short(y)}" for x, y in ends[1:]]
    return svg.path("".join([*steps, f"H{svg.short(LEFT + WIDTH)}"]), "front")


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


def _point(row: Candidate, kind: str, x: float, y: float, axes: _Axes) -> list[Markup]:
    """The dot of a candidate with its whisker; a triangle on the floor where its score is far below the scale."""
    score = number(row.score.value * axes.factor, 1 if axes.factor == 100 else 3)
    tip = f"{row.name}: {score}, {milliseconds(row.latency_ms)}"
    if kind == "behind":
        tip = f"{tip}, on {many(row.pictures, 'picture')}"
    if axes.below(row.score.value):
        return [svg.pointer(x, y, 5, f"dot {kind}", tip)]
    if kind == "behind":
        return [svg.circle(x, y, 3, "dot behind", tip)]
    dot = svg.circle(x, y, 6 if kind == "winner" else 4.5, f"dot {kind}", tip)
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
    """Ends and ticks; neither a score far below all others nor an interval far beyond all scores sets the scale."""
    values = _near_the_best([factor * row.score.value for row in rows]) or [0.0, factor]
    ends = [factor * end for row in rows for end in (row.score.low, row.score.high) if math.isfinite(end)]
    room = max(max(values) - min(values), abs(max(values)) * 0.05, 1e-6)
    floor = max(min([*values, *ends]), min(values) - room)
    ceiling = min(max([*values, *ends]), max(values) + room)
    step = _nice(max(ceiling - floor, room) / 5)
    low, high = math.floor(floor / step), max(math.ceil(ceiling / step), math.floor(floor / step) + 1)
    return low * step, high * step, [round(i * step, 9) for i in range(low, high + 1)]


FAR = 4
"""A score that many times as far from the best as the median candidate is, is far below."""


def _near_the_best(values: list[float]) -> list[float]:
    """The values that the scale should show: all of a few; of more, those that are not far below."""
    if len(values) < 5:
        return values
    best = max(values)
    reach = FAR * statistics.median(best - value for value in values)
    return [value for value in values if best - value <= reach]


def _nice(step: float) -> float:
    """The next larger 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(digit * power for digit in (1, 2, 2.5, 5, 10, 20) if digit * power >= step - 1e-12)


def _extent(row: Candidate, kind: str, x: float, y: float, axes: _Axes) -> _Box:
    """The room that a point and its whisker take."""
    ends = [axes.down(end) for end in (row.score.low, row.score.high) if math.isfinite(end) and kind != "behind"]
    return x - 6, min([y - 6, *ends]), x + 6, max([y + 6, *ends])


def _labels(
    names: Sequence[str], kinds: Sequence[str], places: Sequence[tuple[float, float]], taken: list[_Box]
) -> list[Markup]:
    """Names beside their points where there is room, in the order of `KINDS`; others keep their tip and table row."""
    parts, shown = [], svg.labels(names)
    for i in sorted(range(len(names)), key=lambda i: KINDS.index(kinds[i])):
        name, (x, y) = shown[i], places[i]
        place = _free_place(x, y, svg.text_width(name, 12), taken)
        if place is not None:
            anchor = "end" if place[0] < x else ""
            parts.append(
                svg.text(*place, name, {"winner": "name strong", "front": "name edge"}.get(kinds[i], "name"), anchor)
            )
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
