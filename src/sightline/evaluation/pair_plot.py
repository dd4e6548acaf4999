"""One figure of two runs as two small bars on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from sightline.evaluation import svg
from sightline.evaluation.figures import number
from sightline.metrics.uncertainty import Interval

WIDTH, HEIGHT = 160.0, 24.0


def pair_svg(a: Interval, b: Interval, start: float, end: float) -> Markup:
    """A above, B below: intervals as bands, values as ticks, from `start` to `end`."""
    span = end - start if end > start else 1.0

    def place(at: float) -> float:
        return 1.5 + (WIDTH - 3) * min(max((at - start) / span, 0.0), 1.0)

    parts = [svg.line(0.5, 0, 0.5, HEIGHT, "grid"), svg.line(WIDTH - 0.5, 0, WIDTH - 0.5, HEIGHT, "grid")]
    for one, y, kind in ((a, 2.0, "first"), (b, 14.0, "second")):
        if math.isfinite(one.low + one.high):
            left = place(one.low)
            parts.append(svg.rectangle(left, y + 1, max(place(one.high) - left, 2), 6, f"band {kind}", corner=2))
        if math.isfinite(one.value):
            parts.append(svg.rectangle(place(one.value) - 1.5, y - 1, 3, 10, f"mark {kind}", corner=1))
    said = "; ".join(
        f"{name} {number(one.value)}, {number(one.low)} to {number(one.high)}"
        for name, one in zip("AB", (a, b), strict=True)
    )
    return svg.picture(WIDTH, HEIGHT, "A above B", f"{said}; scale {start:g} to {end:g}", parts, "pair")


def scale(intervals: Sequence[Interval], step: float = 0.05) -> tuple[float, float]:
    """The ends of a scale, multiples of `step`, that holds all of them."""
    ends = [end for one in intervals for end in (one.low, one.value, one.high) if math.isfinite(end)]
    if not ends:
        return 0.0, 1.0
    low, high = math.floor(min(ends) / step + 1e-9), math.ceil(max(ends) / step - 1e-9)
    return round(low * step, 9), round(max(high, low + 1) * step, 9)
