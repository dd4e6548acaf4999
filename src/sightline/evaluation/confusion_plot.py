"""The confusion table as a picture: what is true against what the model says."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from sightline.evaluation import svg
from sightline.evaluation.figures import count

MAX_CLASSES = 30
"""Beyond this, a plot shows only the classes with the most mistakes."""
WORST = 20
"""How many classes are then drawn."""
REST = "other classes"


def confusion_svg(confusion: Sequence[Sequence[int]], classes: Sequence[str]) -> Markup:
    """(k, k) counts, rows the truth: each cell shaded by its share of the row, right ones and mistakes in two colors.

    Beyond `MAX_CLASSES` only the classes with the largest confusions are drawn, with one more column for the rest.
    """
    shown = worst_classes(confusion)
    names = [svg.label(classes[i]) for i in shown]
    columns = names if len(shown) == len(classes) else [*names, REST]
    cell, letters = _cell(len(columns))
    left = 36 + max((svg.text_width(name, letters) for name in names), default=0)
    level = all(svg.text_width(name, letters) < cell - 6 for name in columns)
    top = 44.0 if level else 36 + 0.72 * max(svg.text_width(name, letters) for name in columns)
    right, bottom = left + cell * len(columns), top + cell * len(shown)
    parts = [svg.text(left, 12, "model says", "axis"), svg.text(12, (top + bottom) / 2, "truth", "axis", "middle", -90)]
    tips = [*(classes[i] for i in shown), REST]
    for j, name in enumerate(columns):
        x, anchor, turn = left + cell * (j + 0.5), "middle" if level else "", 0 if level else -45
        parts.append(svg.text(x if level else x + 3, top - 9, name, "name", anchor, turn, tips[j]))
    for row, i in enumerate(shown):
        y = top + cell * row
        base = y + cell / 2 + letters * 0.36
        parts.append(svg.text(left - 10, base, names[row], "name", "end", tip=classes[i]))
        parts += _cells(_counts(confusion[i], shown, len(columns)), row, left, y, cell, letters)
        parts.append(svg.text(right + 10, base, count(sum(confusion[i])), "total"))
    parts.append(svg.text(right + 10, bottom + 14, "sum", "total"))
    slant = 0.0 if level else 0.72 * svg.text_width(columns[-1], letters) - cell / 2
    on, total = sum(confusion[i][i] for i in range(len(classes))), sum(map(sum, confusion))
    said = f"{on} of {total} decisions lie on the diagonal, where the model says what is true."
    title = "Confusion: truth against decision"
    width = right + max(58.0, slant + 12)
    return svg.picture(width, bottom + 20, title, said, parts, svg.of_width(f"confusion letters{letters}", width))


def worst_classes(confusion: Sequence[Sequence[int]]) -> list[int]:
    """The classes to draw, in their order: all, or those met first going down the largest confusions."""
    k = len(confusion)
    if k <= MAX_CLASSES:
        return list(range(k))
    wrong = sorted((-confusion[i][j], i, j) for i in range(k) for j in range(k) if i != j)
    met = dict.fromkeys(index for _, i, j in wrong for index in (i, j))
    return sorted(list(met)[:WORST])


def _counts(row: Sequence[int], shown: Sequence[int], columns: int) -> list[int]:
    counts = [row[j] for j in shown]
    return counts if columns == len(counts) else [*counts, sum(row) - sum(counts)]


def _cell(k: int) -> tuple[float, int]:
    """Side of a cell and height of its letters in px, so that the table fits the page."""
    for most, cell, letters in ((3, 84, 14), (6, 60, 13), (12, 46, 12), (21, 34, 11)):
        if k <= most:
            return cell, letters
    return 27, 10


def _cells(counts: Sequence[int], row: int, left: float, y: float, cell: float, letters: int) -> list[Markup]:
    parts, total = [], sum(counts)
    for j, amount in enumerate(counts):
        x, share = left + cell * j, amount / total if total else 0.0
        kind = "none" if not amount else "right" if j == row else "wrong"
        parts.append(svg.rectangle(x + 0.75, y + 0.75, cell - 1.5, cell - 1.5, kind, _shade(kind, share)))
        if amount:
            shown = count(amount) if cell > 40 or amount < 1000 else f"{amount / 1000:.0f}k"
            parts.append(svg.text(x + cell / 2, y + cell / 2 + letters * 0.36, shown, "count", "middle"))
    return parts


def _shade(kind: str, share: float) -> float:
    """Opacity: at most 0.62, so that digits stay readable; a square root, so that one mistake in a hundred is seen."""
    if kind == "right":
        return 0.62 * share
    return 0.14 + 0.48 * math.sqrt(share) if kind == "wrong" else 1.0
