"""`sightline explain`: where a model looked, and which part of it spoke."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.cli.named import named_pictures, tell_unread
from sightline.cli.options import Json, ModelFile, Workers
from sightline.cli.terminal import percent, print_json, print_table, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sightline.deep.gradients import Gradients
    from sightline.pipeline.explaining.explanation import Explanation
    from sightline.pipeline.model import Model

TOLD = 2
"""Parts of a model, and visual words, in a row of the table."""
MOST_LETTERS = 40
"""Of a path in the table, unless the file's own name is longer."""
NETWORK = re.compile(r"Embedding\(network='([^'@]*)@[0-9a-f]*'(?:,( [^)]*))?\)")


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
    _check_folder(out)
    loaded, weights = load(model), _weights(backbone, method)

    def explained(path: str) -> Explanation | str:
        return _explained(loaded, path, label, method, weights)

    rows: list[dict[str, Any]] = []
    with progress_bar(quiet=json or len(paths) < 5) as progress:
        for path, one in zip(paths, ordered_map(explained, paths, workers), strict=True):
            rows.append(_row(path, one, _drawn(path, one, out)))
            progress("explaining", len(rows), len(paths))
    if json:
        print_json(rows)
    else:
        _show(rows)
    written = out if any(row["overlay"] for row in rows) else None
    tell_unread(len(rows), sum(row["reason"] is not None for row in rows), written)


def _check_folder(out: Path | None) -> None:
    """Tell before the work that there can be no such folder; it is made when there is something to write."""
    from sightline.errors import ArtifactError

    there = next((one for one in (out, *out.parents) if os.path.exists(one)), None) if out else None
    if there is not None and not os.path.isdir(there):
        raise ArtifactError(f"cannot write into {out}: {there} is a file; give a folder")


def _weights(backbone: str | None, method: str) -> Gradients | None:
    """The weights that were given; only one method can use them."""
    from sightline.errors import InputError

    if backbone is None:
        return None
    if method != "gradient":
        raise InputError(f"--backbone was given with --method {method}; only gradient looks at weights")
    from sightline.deep.gradients import Gradients

    return Gradients.of_weights(backbone)


def _explained(model: Model, path: str, label: str | None, method: str, weights: Gradients | None) -> Explanation | str:
    """The explanation, or why the picture cannot be read."""
    from sightline.errors import UnreadableError
    from sightline.inputs.source import shown

    try:
        return model.explain(path, label, method, weights)
    except UnreadableError as error:
        return str(error).removeprefix(f"{shown(path)}: ")


def _drawn(path: str, found: Explanation | str, folder: Path | None) -> Path | None:
    """The file with the heat over the picture, newly written; None where there is none."""
    if isinstance(found, str) or folder is None:
        return None
    from sightline.errors import ArtifactError
    from sightline.pipeline.explaining.overlay import write_overlay

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(f"cannot make {folder}: {error.strerror}; give another folder") from None
    return write_overlay(folder, Path(path).stem, found.picture, found.heat)


def _row(path: str, found: Explanation | str, drawn: Path | None) -> dict[str, Any]:
    from sightline.inputs.source import shown

    if isinstance(found, str):
        return {"path": shown(path), "label": None, "explained": None, "reason": found, "overlay": None}
    return found.to_dict() | {"reason": None, "overlay": None if drawn is None else shown(drawn)}


def _show(rows: Sequence[dict[str, Any]]) -> None:
    """A row for each picture: what it is said to be, and why. Columns in which no picture has anything are left out."""
    read = [row for row in rows if row["reason"] is None]
    columns: dict[str, Callable[[dict[str, Any]], str]] = {
        "label": lambda row: row["label"] or "abstains",
        "explained": lambda row: str(row["explained"]),
        "confidence": lambda row: percent(row["confidence"]),
        "method": lambda row: str(row["method"]),
        "hottest place": lambda row: "none" if row["hottest"] is None else _place(row["hottest"]),
    }
    if any(len(row["parts"]) > 1 for row in read):
        columns["what spoke"] = lambda row: ", ".join(map(_part, row["parts"][:TOLD]))
    if any(row["words"] for row in read):
        columns["loudest words"] = lambda row: ", ".join(map(_word, row["words"][:TOLD]))
    cells = [
        [_short(row["path"]), *(cell(row) if row["reason"] is None else "" for cell in columns.values())]
        for row in rows
    ]
    header = ["picture", *columns]
    if len(read) < len(rows):
        header.append("reason")
        cells = [[*some, row["reason"] or ""] for some, row in zip(cells, rows, strict=True)]
    print_table("Why", header, cells, right=(3,))


def _place(place: dict[str, float]) -> str:
    """Where that is, in hundredths of width and height from the upper left corner."""
    return f"x {100 * place['x']:.0f} %, y {100 * place['y']:.0f} %"


def _part(part: dict[str, Any]) -> str:
    """How much hangs on a description; a network is called by its name, as on a leaderboard.

    >>> _part({"share": 0.5, "descriptor": "Embedding(network='resnet18@0123456789abcdef', zoom=1.5)"})
    '50.0 % resnet18 zoom=1.5'
    """
    named = NETWORK.sub(lambda found: found[1] + (found[2] or ""), part["descriptor"])
    return f"{percent(part['share'])} {named}"


def _word(word: dict[str, Any]) -> str:
    """A visual word, what it says for the class or against it, and where it is first seen.

    >>> _word({"descriptor": "SIFT() > VLAD()", "number": 3, "share": -0.25, "places": [[0.1, 0.5]]})
    'VLAD 3 (-25 %) at x 10 %, y 50 %'
    """
    summary = word["descriptor"].rpartition(" > ")[2].partition("(")[0]
    x, y = word["places"][0]
    return f"{summary} {word['number']} ({100 * word['share']:+.0f} %) at {_place({'x': x, 'y': y})}"


def _short(path: str) -> str:
    """The end of a path, as many folders as there is room for; the file's name is always whole.

    >>> _short("/data/pictures of tiles/2024-05-06/line 3/cracked/tile-00017.png")
    '…/line 3/cracked/tile-00017.png'
    """
    if len(path) <= MOST_LETTERS:
        return path
    kept, *folders = reversed(PurePath(path).parts)
    for folder in folders:
        if len(folder) + len(kept) > MOST_LETTERS - 3:
            break
        kept = f"{folder}/{kept}"
    return f"…/{kept}"
