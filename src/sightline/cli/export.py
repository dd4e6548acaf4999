"""`sightline export`: a faster model, or one ONNX file, if it answers as the model does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.cli.options import Data, Json, ModelFile, Workers
from sightline.cli.terminal import print_json, print_table, progress_bar, say
from sightline.errors import ExportError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sightline.exporting.ways import Tried
    from sightline.parallel import Progress


def command(
    model: ModelFile,
    data: Data,
    out: Annotated[
        Path, typer.Option("--out", help="FILE.sight: the same model, faster. FILE.onnx: picture to probabilities.")
    ],
    precision: Annotated[str, typer.Option("--precision", help="fp32, bf16, int8, or auto: all of them.")] = "auto",
    runtime: Annotated[
        str | None, typer.Option("--runtime", help="onnxruntime or openvino; default: what is installed.")
    ] = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Make MODEL faster on this machine, or one ONNX file of it; DATA shows that it answers alike.

    Exit code 1 when it does not, or is not faster: nothing is written then.
    """
    from sightline.files import check_writable

    check_writable(out)  # told before the work
    with progress_bar(quiet=json) as progress:
        if out.suffix == ".sight":
            document = _faster(model, data, out, precision, runtime, workers, progress, show=not json)
        elif out.suffix == ".onnx":
            if (precision, runtime) not in (("auto", None), ("fp32", None), ("fp32", "onnxruntime")):
                raise InputError("--precision and --runtime were given for an ONNX file; it is fp32, and any runtime's")
            document = _standalone(model, data, out, workers, progress, show=not json)
        else:
            raise InputError(f"--out {out.name} was given; allowed: a name that ends in .sight or .onnx")
    if json:
        print_json(document)
    else:
        say(f"wrote {out}")


def _faster(
    model: Path,
    data: str,
    out: Path,
    precision: str,
    runtime: str | None,
    workers: int | None,
    progress: Progress,
    show: bool,
) -> dict[str, Any]:
    from sightline.data.read import read
    from sightline.exporting.export import GATE, export, with_own_speed
    from sightline.pipeline.model import load

    catalog = read(data)
    tried: list[Tried] = []
    try:
        found = export(load(model), catalog, precision, runtime, workers, progress, tried.append)
    except ExportError:
        _show(tried, None)  # with --json as well: standard error alone has the numbers then
        raise
    progress("measuring speed", 0, None)
    made = with_own_speed(found.model, catalog)
    made.save(out)
    if show:
        _show(found.tried, found.chosen)
    return {"out": str(out), **made.evaluation[GATE]}


def _show(tried: Sequence[Tried], chosen: Tried | None) -> None:
    from sightline.evaluation.figures import milliseconds, number, per_second

    rows = []
    for one in tried:
        ms = None if one.verdict is None else one.verdict.candidate_ms
        said = "chosen" if one is chosen else one.refused or "passes"
        rows.append([str(one.way), milliseconds(ms), number(one.times or None, 2), per_second(one.per_s), said])
    print_table("Networks of the model", ["", "one picture", "times as fast", "all cores", ""], rows, right=(1, 2, 3))
    if chosen is not None and chosen.verdict is not None:
        say(chosen.verdict.line())


def _standalone(
    model: Path, data: str, out: Path, workers: int | None, progress: Progress, show: bool
) -> dict[str, Any]:
    from sightline.data.read import read
    from sightline.exporting.standalone import standalone
    from sightline.files import write_whole
    from sightline.pipeline.model import load

    found = standalone(load(model), read(data), workers, progress)
    write_whole(out, found.onnx)
    if show:
        say(found.verdict.line())
    return {"out": str(out), "classes": list(found.classes), **found.verdict.to_dict()}
