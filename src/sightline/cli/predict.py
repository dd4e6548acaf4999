"""`sightline predict`: a model and pictures in, a table out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.named import named_pictures, tell_unread
from sightline.cli.options import Json, ModelFile, Workers
from sightline.cli.terminal import print_json, progress_bar

if TYPE_CHECKING:
    from sightline.pipeline.prediction import Prediction


def command(
    model: ModelFile,
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Pictures, folders, or CSV files with path.")],
    out: Annotated[Path | None, typer.Option("--out", help="Table to write: .csv, .jsonl or .parquet.")] = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Classify pictures. One that cannot be read has an empty label and its reason in its row; the others go on.

    Exit code 2 when none can be read.
    """
    from sightline.evaluation.tables import check_table_name, rows_of, to_csv, write_predictions
    from sightline.pipeline.model import load

    if out is not None:
        check_table_name(out)
    paths = named_pictures(inputs)
    loaded = load(model)
    answers: list[Prediction] = []
    with progress_bar(quiet=json or len(paths) < 50) as progress:
        for answer in loaded.stream(paths, workers):
            answers.append(answer)
            progress("predicting", len(answers), len(paths))
    if out is not None:
        write_predictions(out, answers, loaded.classes)
    if json:
        print_json(rows_of(answers, loaded.classes))
    elif out is None:
        print(to_csv(answers, loaded.classes), end="")
    tell_unread(len(answers), sum(answer.probabilities is None for answer in answers), out)
