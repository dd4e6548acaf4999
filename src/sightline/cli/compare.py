"""`sightline compare`: two runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import Json
from sightline.cli.terminal import print_json, print_table, say

if TYPE_CHECKING:
    from sightline.evaluation.comparison import Comparison

RUN_HELP = "Folder that fit wrote, or a model.sight."


def command(
    first: Annotated[Path, typer.Argument(metavar="RUN", help=RUN_HELP)],
    second: Annotated[Path, typer.Argument(metavar="RUN", help=RUN_HELP)],
    out: Annotated[Path | None, typer.Option("--out", help="Write the page: compare.html.")] = None,
    json: Json = False,
) -> None:
    """Verdicts, figures with intervals, classes, speed, settings and findings of two runs, and whether they differ."""
    from sightline.evaluation.compare import compare
    from sightline.evaluation.compare_page import write_comparison
    from sightline.files import check_writable

    if out is not None:
        check_writable(out)
    found = compare(first, second)
    if out is not None:
        write_comparison(found, out)
    if json:
        print_json(found.to_dict())
        return
    show(found)
    say(f"written to {out}; open it in a browser" if out else "for a page with all of it: --out compare.html")


def show(found: Comparison) -> None:
    """The verdicts, then a line for each figure and each class."""
    from sightline.evaluation.compare_page import difference, most_different, value

    for letter, run in (("A", found.a), ("B", found.b)):
        say(f"{letter}  {run.path}: {run.readiness.level}. {run.readiness.reasons[0]}")
    header = ["", "A", "B", "B less A", ""]
    rows = [[one.what, value(one, one.a), value(one, one.b), difference(one), one.word] for one in found.figures]
    rows += [[row.what, row.a, row.b, row.note, ""] for row in found.speed]
    print_table(found.verdict, header, rows)
    classes = most_different(found.classes)[:20]
    rows = [[one.what, value(one, one.a), value(one, one.b), difference(one), one.word] for one in classes]
    print_table("Recall", header, rows)
    if found.settings:
        print_table("Made with", ["", "A", "B"], [[row.what, row.a, row.b] for row in found.settings])
    for letter, only in (("A", found.only_a), ("B", found.only_b)):
        for finding in [one for one in only if one.severity != "info"][:10]:
            say(f"{letter} alone, {finding.severity}: {finding.message}")
    for caution in found.cautions:
        say(f"note: {caution}")
