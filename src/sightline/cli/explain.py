"""`sightline explain`: where a model looked, and which part of it spoke."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.cli.named import named_pictures, tell_unread
from sightline.cli.options import Json, ModelFile, Workers
from sightline.cli.terminal import percent, print_json, print_table, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sightline.pipeline.explaining.explanation import Explanation
    from sightline.pipeline.model import Model

TOLD = 2
"""Parts of a model in a row of the table."""


def command(
    model: ModelFile,
    inputs: Annotated[list[str], typer.Argument(metavar="PICTURE...", help="Pictures, folders, or CSV with path.")],
    label: Annotated[str | None, typer.Option("--label", help="Class to explain; default: what the model says.")] = None,
    method: Annotated[str, typer.Option("--method", help="auto, activation, occlusion or words.")] = "auto",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for pictures with the heat laid over them.")] = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Where in each PICTURE the evidence for its class lies, and which part of the model found it.

    Exit code 2 when none can be read.
    """
    from sightline.parallel import ordered_map
    from sightline.pipeline.model import load

    paths = named_pictures(inputs)
    loaded = load(model)
    rows: list[dict[str, Any]] = []
    with progress_bar(quiet=json or len(paths) < 5) as progress:
        for path, found in zip(
            paths, ordered_map(lambda path: _explained(loaded, path, label, method), paths, workers), strict=True
        ):
            rows.append(_row(path, found, None if out is None else _drawn(loaded, path, found, out)))
            progress("explaining", len(rows), len(paths))
    if json:
        print_json(rows)
    else:
        _show(rows)
    tell_unread(len(rows), sum(row["reason"] is not None for row in rows), out)


def _explained(model: Model, path: str, label: str | None, method: str) -> Explanation | str:
    """The explanation, or why the picture cannot be read."""
    from sightline.errors import UnreadableError

    try:
        return model.explain(path, label, method)
    except UnreadableError as error:
        return str(error).removeprefix(f"{path}: ")


def _drawn(model: Model, path: str, found: Explanation | str, folder: Path) -> Path | None:
    """The file with the heat over the picture, newly written; None where there is none."""
    from sightline.evaluation.heat import write_overlay

    if isinstance(found, str):
        return None
    return write_overlay(folder, Path(path).stem, model.preparation.apply(path), found.heat)


def _row(path: str, found: Explanation | str, drawn: Path | None) -> dict[str, Any]:
    from sightline.inputs.source import shown

    ...
