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

    from sightline.deep.gradients import Gradients
    from sightline.pipeline.explaining.explanation import Explanation
    from sightline.pipeline.model import Model

TOLD = 2
"""Parts of a model in a row of the table."""


def command(
    model: ModelFile,
    inputs: Annotated[list[str], typer.Argument(metavar="PICTURE...", help="Pictures, folders, or CSV with path.")],
    label: Annotated[
        str | None, typer.Option("--label", help="Class to explain; default: what the model says.")
    ] = None,
    method: Annotated[str, typer.Option("--method", help="auto, activation, occlusion, words or gradient.")] = "auto",
    backbone: Annotated[
        str | None, typer.Option("--backbone", help="Weights behind the model's network, for gradient.")
    ] = None,
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
    loaded, weights = load(model), _weights(backbone, method)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    with progress_bar(quiet=json or len(paths) < 5) as progress:
        found = ordered_map(lambda path: _explained(loaded, path, label, method, weights), paths, workers)
        for path, one in zip(paths, found, strict=True):
            rows.append(_row(path, one, _drawn(loaded, path, one, out)))
            progress("explaining", len(rows), len(paths))
    if json:
        print_json(rows)
    else:
        _show(rows)
    tell_unread(len(rows), sum(row["reason"] is not None for row in rows), out)


def _weights(backbone: str | None, method: str) -> Gradients | None:
    """The weights that were given; only one method can use them."""
    from sightline.errors import InputError

    if backbone is None:
        return None
    if method != "gradient":
        raise InputError(f"--backbone was given with --method {method}; only gradient looks at weights")
    from sightline.deep.gradients import Gradients
    from sightline.deep.wanted import weights_of

    return Gradients.of(weights_of(backbone)[0])


def _explained(model: Model, path: str, label: str | None, method: str, weights: Gradients | None) -> Explanation | str:
    """The explanation, or why the picture cannot be read."""
    from sightline.errors import UnreadableError
    from sightline.inputs.source import shown

    try:
        return model.explain(path, label, method, weights)
    except UnreadableError as error:
        return str(error).removeprefix(f"{shown(path)}: ")


def _drawn(model: Model, path: str, found: Explanation | str, folder: Path | None) -> Path | None:
    """The file with the heat over the picture, newly written; None where there is none."""
    if isinstance(found, str) or folder is None:
        return None
    from sightline.evaluation.heat import write_overlay

    return write_overlay(folder, Path(path).stem, model.preparation.apply(path), found.heat)


def _row(path: str, found: Explanation | str, drawn: Path | None) -> dict[str, Any]:
    from sightline.inputs.source import shown

    if isinstance(found, str):
        return {"path": shown(path), "label": None, "explained": None, "reason": found, "overlay": None}
    return found.to_dict() | {"reason": None, "overlay": None if drawn is None else shown(drawn)}


def _show(rows: Sequence[dict[str, Any]]) -> None:
    """A row for each picture: what it is said to be, and why."""
    header = ["picture", "label", "explained", "confidence", "method", "hottest place", "what spoke"]
    cells = [
        [row["path"], "", "", "", "", "", row["reason"]]
        if row["reason"] is not None
        else [
            row["path"],
            row["label"] or "abstains",
            row["explained"],
            percent(row["confidence"]),
            row["method"],
            _place(row["hottest"]),
            ", ".join(f"{percent(part['share'])} {part['descriptor']}" for part in row["parts"][:TOLD]),
        ]
        for row in rows
    ]
    print_table("Why", header, cells, right=(3,))


def _place(hottest: dict[str, float] | None) -> str:
    """Where that is, in hundredths of width and height from the upper left corner."""
    return "none" if hottest is None else f"x {100 * hottest['x']:.0f} %, y {100 * hottest['y']:.0f} %"
