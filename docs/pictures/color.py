"""What the descriptors of color see."""

from __future__ import annotations

import cv2
import numpy as np
from markupsafe import Markup

from docs.pictures import scenes
from docs.pictures.panels import SIDE, Panel, curves, photo
from sightline.arrays import Array
from sightline.classical.descriptors.color import ColorHistogram
from sightline.classical.descriptors.color_correlogram import ColorCorrelogram, color_codes
from sightline.classical.descriptors.color_moments import ColorMoments
from sightline.evaluation import svg


def color_histogram() -> list[Panel]:
    """The most frequent cells of the joint histogram, in their own colors."""
    found = ColorHistogram().describe(scenes.board())
    order = np.argsort(-found, kind="stable")[:14]
    hsv = (np.stack(np.unravel_index(order, (8, 8, 8)), axis=1) * 32 + 16).astype(np.uint8)
    colors = cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB_FULL)[0]
    step, parts = 26, []
    for place, (color, share) in enumerate(zip(colors.tolist(), found[order].tolist(), strict=True)):
        height = share / float(found.max()) * (SIDE - 18)
        parts.append(_filled(place * step, SIDE - height, step - 4, height, color))
        parts.append(svg.text(place * step + step / 2 - 2, SIDE - height - 4, f"{share:.2f}"[1:], "", "middle"))
    frame = svg.line(0, SIDE, 14 * step, SIDE, "axis")
    return [
        photo(scenes.board(), "a drawn circuit board"),
        Panel([*parts, frame], "the 14 largest of its 512 values, roots of shares, in their colors", 14 * step),
    ]


def _filled(x: float, y: float, width: float, height: float, color: list[int]) -> Markup:
    """A rectangle in a color of its own, outlined so that it is seen on any ground."""
    place = map(svg.short, (x, y, width, height))
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="#{}" class="edge" stroke="#808080"/>').format(
        *place, "".join(f"{channel:02x}" for channel in color)
    )


def color_moments() -> list[Panel]:
    """The mean color of each region, and mean, deviation and lean of each channel."""
    picture = scenes.board()
    means = ColorMoments("rgb", grid=8).describe(picture).reshape(8, 8, 3, 3)[..., 0]
    values = ColorMoments("rgb").describe(picture).reshape(3, 3)
    parts = [svg.line(0, SIDE, 240, SIDE, "axis"), svg.line(0, 0, 0, SIDE, "axis")]
    for channel, (mean, deviation, skewness) in enumerate(values.tolist()):
        x = 40 + 80 * channel
        low, high = ((1 - value) * SIDE for value in (max(mean - deviation, 0), mean + deviation))
        at, lean = (1 - mean) * SIDE, (1 - mean - skewness) * SIDE
        kind = ("c5", "c2", "c1")[channel]
        parts += [
            svg.rectangle(x - 14, high, 28, low - high, kind, 0.45),
            svg.line(x - 14, at, x + 14, at, "axis"),
            svg.line(x, at, x, lean, "axis"),
            svg.circle(x, lean, 4, kind),
            svg.text(x, SIDE + 15, ("red", "green", "blue")[channel], "", "middle"),
        ]
    return [
        photo(picture, "a drawn circuit board"),
        photo((means * 255).round().astype(np.uint8), "the mean colors, grid=8"),
        Panel(
            parts, "of the whole: mean (line), deviation (box), skewness (dot above or below the mean)", 240, SIDE + 17
        ),
    ]


def color_correlogram() -> list[Panel]:
    """Two pictures of the same colors, and how far each color reaches in them."""
    sky = scenes.sky()
    mixed = scenes.confetti(sky)
    names = [name for name, _ in _named_codes(sky)]
    return [
        photo(sky, "three large areas"),
        photo(mixed, "the same pixels as confetti"),
        _reach(sky, names, "large areas: at distance k of red there is still red"),
        _reach(mixed, names, "confetti: a color ends after 4 px"),
    ]


def _named_codes(picture: Array) -> list[tuple[str, int]]:
    """Red, blue and yellow, with their cells in the histogram."""
    hsv = cv2.cvtColor(np.array([[[208, 66, 48], [70, 130, 210], [214, 178, 60]]], np.uint8), cv2.COLOR_RGB2HSV_FULL)
    return list(zip(("red", "blue", "yellow"), color_codes(np.asarray(hsv, np.uint8), 4)[0].tolist(), strict=True))


def _reach(picture: Array, names: list[str], caption: str) -> Panel:
    """The value of each of the three colors over the distance, 0 to 1."""
    distances = tuple(range(1, 13))
    found = ColorCorrelogram(distances=distances).describe(picture).reshape(len(distances), -1)
    chosen = [found[:, code] for _, code in _named_codes(picture)]
    return curves(np.array(distances, np.float64), chosen, caption, names, top=1, colors=(5, 1, 4))
