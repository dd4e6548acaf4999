"""`sightline similar`: which training pictures a picture is most like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.named import named_pictures, tell_unread
from sightline.cli.options import Json, ModelFile, Workers
from sightline.cli.terminal import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sightline.pipeline.neighbors import Neighborhood


def command(
    model: ModelFile,
    inputs: Annotated[list[str], typer.Argument(metavar="PICTURE...", help="Pictures, folders, or CSV with path.")],
    k: Annotated[int, typer.Option("-k", "--neighbors", help="Training pictures to name for each.")] = 5,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """The training pictures that each PICTURE is most like, by what the classifier sees of them.

    Exit code 2 when none can be read.
    """
    from sightline.pipeline.model import load

    paths = named_pictures(inputs)
    loaded = load(model)
    found: list[Neighborhood] = []
    with progress_bar(quiet=json or len(paths) < 50) as progress:
        for one in loaded.neighborhoods(paths, k, workers):
            found.append(one)
            progress("comparing", len(found), len(paths))
    if json:
        print_json([one.to_dict() for one in found])
    else:
        _show(found)
    tell_unread(len(found), sum(one.reason is not None for one in found))


def _show(found: Sequence[Neighborhood]) -> None:
    """A row for each neighbor; the picture's name stands in its first."""
    rows: list[list[str]] = []
    for one in found:
        rows += [
            ["" if number else one.source, f"{near.similarity:.3f}", near.label or "", near.source or "not stored"]
            for number, near in enumerate(one.neighbors)
        ] or [[one.source, "", "", one.reason or ""]]
    print_table("Most similar training pictures", ["picture", "similarity", "label", "is like"], rows, right=(1,))
