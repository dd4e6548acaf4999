"""The few shapes that the plots are drawn with. Colors come from the page's style sheet, by class."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import takewhile

from markupsafe import Markup, escape

from sightline.evaluation.figures import clean

BROAD = 640
"""Width in px beyond which a picture does not shrink to a telephone, or letters of 12 px would have 7: it scrolls."""


def of_width(kind: str, width: float) -> str:
    """The kind of a picture for the style sheet, with the mark of those that scroll where there is no room."""
    return f"{kind} broad" if width > BROAD else kind


def picture(width: float, height: float, title: str, description: str, parts: Iterable[Markup], kind: str) -> Markup:
    """A whole SVG of `width` by `height` px that says what it shows to those who cannot see it."""
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" class="plot {kind}" width="{w}" height="{h}" '
        'viewBox="0 0 {w} {h}"><title>{title}</title><desc>{description}</desc>{body}</svg>'
    ).format(
        kind=kind,
        w=short(width),
        h=short(height),
        title=clean(title),
        description=clean(description),
        body=Markup("").join(parts),
    )


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "", turn: float = 0, tip: str = "") -> Markup:
    """A line of text at its baseline; `turn` in degrees; `tip` shows on hovering."""
    extra = attribute("class", kind) + attribute("text-anchor", anchor)
    extra += attribute("transform", f"rotate({short(turn)} {short(x)} {short(y)})" if turn else "")
    return Markup('<text x="{}" y="{}"{}>{}{}</text>').format(short(x), short(y), extra, _tip(tip), clean(content))


def rectangle(
    x: float, y: float, width: float, height: float, kind: str, opacity: float = 1, corner: float = 0
) -> Markup:
    """A filled rectangle; one of negative size is drawn with size 0."""
    extra = attribute("rx", short(corner) if corner else "")
    extra += attribute("fill-opacity", f"{opacity:.2f}" if opacity < 1 else "")
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" class="{}"{}/>').format(
        short(x), short(y), short(max(width, 0)), short(max(height, 0)), kind, extra
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line."""
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(*map(short, (x1, y1, x2, y2)), kind)


def path(steps: str, kind: str) -> Markup:
    """An open line along `steps`, commands of ours in px."""
    return Markup('<path d="{}" class="{}"/>').format(steps, kind)


def circle(x: float, y: float, radius: float, kind: str, tip: str = "") -> Markup:
    """A dot."""
    place = map(short, (x, y, radius))
    return Markup('<circle cx="{}" cy="{}" r="{}" class="{}">{}</circle>').format(*place, kind, _tip(tip))


def diamond(x: float, y: float, radius: float, kind: str) -> Markup:
    """A square on its corner."""
    left, right, top, low = short(x - radius), short(x + radius), short(y - radius), short(y + radius)
    return Markup('<path d="M{l} {y}L{x} {t}L{r} {y}L{x} {b}Z" class="{kind}"/>').format(
        l=left, r=right, t=top, b=low, x=short(x), y=short(y), kind=kind
    )


def pointer(x: float, y: float, radius: float, kind: str, tip: str = "") -> Markup:
    """A triangle that points down, its tip at (x, y)."""
    left, right, top = short(x - radius), short(x + radius), short(y - 2 * radius)
    return Markup('<path d="M{} {}L{} {}L{} {}Z" class="{}">{}</path>').format(
        left, top, right, top, short(x), short(y), kind, _tip(tip)
    )


def _tip(content: str) -> Markup:
    return Markup("<title>{}</title>").format(clean(content)) if content else Markup("")


def attribute(name: str, value: str) -> Markup:
    """` name="value"`, or nothing for an empty value."""
    return Markup(' {}="{}"').format(Markup(name), escape(value)) if value else Markup("")


def short(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def text_width(content: str, size_px: float) -> float:
    """About how wide a text is drawn, in px; East Asian characters are as wide as high."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in content)
    return size_px * (wide * 1.0 + (len(content) - wide) * 0.62)


def label(name: str, most: int = 24) -> str:
    """A name shortened in the middle beyond `most` letters: the last ones tell numbered names apart."""
    content = str(clean(name))
    return content if len(content) <= most else f"{content[: most - 4].rstrip()}…{content[-3:].lstrip()}"


def labels(names: Sequence[str], most: int = 30) -> list[str]:
    """The label of each name; what different ones that would look alike all begin with is left out of theirs.

    Those may have `most` letters.

    >>> labels(["mobilenetv2_100_same, long + ridge", "mobilenetv2_100_same, wide + ridge", "HOG"])
    ['…long + ridge', '…wide + ridge', 'HOG']
    """
    alike: dict[str, set[str]] = {}
    for name in names:
        alike.setdefault(label(name), set()).add(str(clean(name)))
    return [_apart(str(clean(name)), sorted(alike[label(name)]), most) for name in names]


def _apart(name: str, alike: Sequence[str], most: int) -> str:
    """The label of a name among those whose labels are the same; the whole name where nothing shorter differs."""
    if len(alike) == 1:
        return label(name)
    start = sum(1 for _ in takewhile(lambda letters: len(set(letters)) == 1, zip(*alike, strict=False)))
    while start and any(one[start - 1 : start + 1].isalnum() and len(one) > start for one in alike):
        start -= 1  # inside a word
    shorter = {one: label(f"…{one[start:].lstrip(' ,')}", most) for one in alike}
    return shorter[name] if len(set(shorter.values())) == len(alike) else name
