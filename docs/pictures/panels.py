"""What the pictures are put together from: panels side by side, each with a caption, as one SVG.

Text and lines are of a middle grey and the colors of middle brightness, so that they can be read on white and on black.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from sightline.arrays import Array
from sightline.evaluation import svg

SIDE = 150
"""Width and height of a panel, in px."""
GAP = 22
WIDTH = 720
LINE = 15
FONT = 12
COLORS = ("#e0672b", "#2f86d6", "#2a9d62", "#b45bc4", "#c99a0e", "#d6456b", "#1aa0a8", "#8a7a5c")
"""Series, by the classes c0, c1, ...: filled, and as lines with the class "line" beside."""
GREY = "#808080"
STYLE = Markup("<style>text{{font:{}px system-ui,sans-serif;fill:{}}}.big{{font-weight:600}}{}</style>").format(
    FONT,
    GREY,
    Markup(
        f".arrow{{stroke:{GREY};stroke-width:3.2;fill:none;stroke-linecap:round}}.ink{{fill:{GREY}}}"
        f".axis{{stroke:{GREY};stroke-width:1;fill:none}}.faint{{stroke:{GREY};stroke-width:.5;fill:none}}"
        ".dot{stroke:#fff;stroke-width:1}.line{fill:none;stroke-width:1.6;stroke-linejoin:round}"
        ".thin{fill:none;stroke-width:.7}.dashed{stroke-dasharray:4 3}image{image-rendering:pixelated}"
        + "".join(f".c{i}{{fill:{c}}}.line.c{i},.thin.c{i}{{fill:none;stroke:{c}}}" for i, c in enumerate(COLORS))
    ),
)


def rgb() -> npt.NDArray[np.uint8]:
    """`COLORS` as (8, 3) uint8."""
    return np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in COLORS], np.uint8)


@dataclasses.dataclass(frozen=True)
class Panel:
    """A part of a picture.

    Attributes:
        parts: what is drawn, from (0, 0) at the top left.
        caption: a few words below, wrapped to the width.
        width, height: in px.
    """

    parts: Sequence[Markup]
    caption: str = ""
    width: float = SIDE
    height: float = SIDE


def figure(title: str, description: str, panels: Iterable[Panel]) -> str:
    """Panels from left to right, in as many rows as they need, as the text of an SVG file."""
    parts, x, y, right, low = [STYLE], 0.0, 2.0, 0.0, 2.0
    for panel in panels:
        if x > 0 and x + panel.width > WIDTH:
            x, y = 0.0, low + GAP / 2
        lines = wrap(panel.caption, panel.width + 0.7 * GAP)
        below = [svg.text(0, panel.height + LINE * (1 + i), line) for i, line in enumerate(lines)]
        parts.append(group(x, y, [*panel.parts, *below]))
        low = max(low, y + panel.height + LINE * len(lines) + 6)
        right = max(right, x + panel.width + 0.7 * GAP)
        x += panel.width + GAP
    return str(svg.picture(right, low, title, description, parts, "guide")) + "\n"


def group(x: float, y: float, parts: Iterable[Markup]) -> Markup:
    """Parts moved to (x, y)."""
    place = svg.short(x), svg.short(y)
    return Markup('<g transform="translate({} {})">{}</g>').format(*place, Markup("").join(parts))


def wrap(words: str, width: float) -> list[str]:
    """Words in lines of at most `width` px; a line break stays."""
    lines: list[str] = []
    for paragraph in words.splitlines():
        lines.append("")
        for word in paragraph.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and svg.text_width(longer, FONT) > width:
                lines.append(word)
            else:
                lines[-1] = longer
    return lines


def image(pixels: Array, x: float = 0, y: float = 0, width: float = SIDE, height: float = SIDE) -> Markup:
    """An (h, w), (h, w, 1) or (h, w, 3) uint8 picture, its pixels shown as squares, embedded as PNG."""
    shown = pixels[..., ::-1] if pixels.ndim == 3 and pixels.shape[2] == 3 else pixels
    options: Any = [cv2.IMWRITE_PNG_COMPRESSION, 9]
    data = base64.b64encode(cv2.imencode(".png", np.ascontiguousarray(shown, np.uint8), options)[1].tobytes()).decode()
    place = map(svg.short, (x, y, width, height))
    return Markup('<image x="{}" y="{}" width="{}" height="{}" href="data:image/png;base64,{}"/>').format(*place, data)


def photo(pixels: Array, caption: str = "", side: float = SIDE) -> Panel:
    """A panel of pixels alone."""
    return Panel([image(pixels, width=side, height=side)], caption, side, side)


def heat(values: Array, caption: str = "", side: float = SIDE, top: float | None = None) -> Panel:
    """A panel of an (h, w) array: 0 is dark violet, `top` (or the largest value) is yellow."""
    return photo(heat_colors(values, top), caption, side)


def heat_colors(values: Array, top: float | None = None) -> npt.NDArray[np.uint8]:
    """(h, w) to (h, w, 3) uint8 on a scale that brightens evenly, from violet over red to yellow."""
    most = float(np.max(values)) if top is None else top
    stops = np.array([[48, 24, 92], [128, 36, 120], [196, 56, 88], [238, 116, 44], [252, 216, 108]], np.float64)
    where = np.clip(np.asarray(values, np.float64) / max(most, 1e-12), 0, 1) * (len(stops) - 1)
    channels = [np.interp(where, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def path(points: Array, kind: str, closed: bool = False) -> Markup:
    """A line through (m, 2) points."""
    steps = " ".join(f"{svg.short(x)} {svg.short(y)}" for x, y in np.asarray(points).tolist())
    return Markup('<path d="M{}{}" class="{}"/>').format(steps, "Z" if closed else "", kind)


def strokes(starts: Array, ends: Array, kind: str) -> Markup:
    """m straight lines, (m, 2) to (m, 2), as one path."""
    both = np.concatenate([starts, ends], axis=1).tolist()
    drawn = "".join("M{} {}L{} {}".format(*map(svg.short, line)) for line in both)
    return Markup('<path d="{}" class="{}"/>').format(drawn, kind)


def bars(
    series: Sequence[Array], caption: str = "", width: float = SIDE, height: float = SIDE, labels: Sequence[str] = ()
) -> Panel:
    """A panel of bars; several series stand side by side at each place. Negative values hang down.

    With labels, one under each place, written upwards.
    """
    values = np.atleast_2d(np.asarray(series, np.float64))
    most, least = max(float(values.max()), 1e-12), min(float(values.min()), 0.0)
    room = 8 + max((svg.text_width(name, FONT) for name in labels), default=-8.0)
    tall = height - room
    zero = tall * most / (most - least)
    step = width / values.shape[1]
    wide = step * (0.86 if len(values) > 1 or step > 4 else 1.0) / len(values)
    parts = []
    for number, row in enumerate(values):
        for place, value in enumerate(row.tolist()):
            long = abs(value) / (most - least) * tall
            top = zero - long if value > 0 else zero
            parts.append(svg.rectangle(place * step + number * wide, top, wide, max(long, 0.4), f"c{number}"))
    parts.append(svg.line(0, zero, width, zero, "axis"))
    parts += [svg.text((i + 0.5) * step + 4, tall + 6, name, "", "end", -90) for i, name in enumerate(labels)]
    return Panel(parts, caption, width, height)


def curves(
    x: Array,
    series: Sequence[Array],
    caption: str,
    names: Sequence[str] = (),
    width: float = SIDE,
    top: float | None = None,
    colors: Sequence[int] = (0, 1, 2, 3),
    dashed: int = -1,
) -> Panel:
    """A panel of lines over x, from 0 to `top` or the largest value; the series of number `dashed` is dashed."""
    values = np.asarray(series, np.float64)
    most = max(float(values.max()), 1e-12) if top is None else top
    across = (x - x[0]) / (x[-1] - x[0]) * width
    parts = [path(np.array([[0, 0], [0, SIDE], [width, SIDE]]), "axis")]
    for number, row in enumerate(values):
        points = np.stack([across, SIDE - row / most * (SIDE - 4)], axis=1)
        parts.append(path(points, f"line c{colors[number]}" + (" dashed" if number == dashed else "")))
    return Panel([*parts, *legend(names, colors, SIDE + LINE)], caption, width, SIDE + (LINE + 2 if names else 0))


def legend(names: Sequence[str], colors: Sequence[int], y: float, x: float = 0) -> Iterator[Markup]:
    """Names of series, in their colors, side by side."""
    for name, color in zip(names, colors, strict=False):
        yield svg.text(x, y, name, f"c{color}")
        x += svg.text_width(name, FONT) + 8
