"""Predictions as a table: CSV, JSON lines or Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sightline.errors import InputError
from sightline.extras import need
from sightline.files import check_writable, write_whole
from sightline.pipeline.prediction import Prediction

SUFFIXES = (".csv", ".jsonl", ".parquet")
FIXED = ("path", "label", "confidence", "reason")


def check_table_name(path: Path) -> None:
    """Raise InputError unless the name ends in a known suffix, ArtifactError unless it can be written."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path} has no known ending; allowed: {', '.join(SUFFIXES)}")
    check_writable(path)


def rows_of(answers: Sequence[Prediction], classes: tuple[str, ...]) -> list[dict[str, Any]]:
    """One JSON-serializable row for each prediction."""
    return [answer.to_dict(classes) for answer in answers]


def to_csv(answers: Sequence[Prediction], classes: tuple[str, ...]) -> str:
    """path, label, confidence, reason, then p_CLASS for each class; empty where there is none."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*FIXED, *(f"p_{name}" for name in classes)])
    for row in rows_of(answers, classes):
        values = [row[name] for name in FIXED]
        probabilities = row.get("probabilities", {})
        writer.writerow(["" if v is None else v for v in [*values, *(probabilities.get(name) for name in classes)]])
    return buffer.getvalue()


def write_predictions(path: Path, answers: Sequence[Prediction], classes: tuple[str, ...]) -> None:
    """Write the table in the format of the name's ending, whole or not at all.

    Raises:
        InputError: an unknown ending.
        ArtifactError: it cannot be written.
        MissingExtraError: Parquet without pyarrow.
    """
    check_table_name(path)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        write_whole(path, to_csv(answers, classes).encode())
    elif suffix == ".jsonl":
        lines = [json.dumps(row, ensure_ascii=False) for row in rows_of(answers, classes)]
        write_whole(path, "".join(f"{line}\n" for line in lines).encode())
    else:
        write_whole(path, _parquet(answers, classes))


def _parquet(answers: Sequence[Prediction], classes: tuple[str, ...]) -> bytes:
    arrow, parquet = need("pyarrow"), need("pyarrow.parquet")
    rows = rows_of(answers, classes)
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in FIXED}
    for name in classes:
        columns[f"p_{name}"] = [row.get("probabilities", {}).get(name) for row in rows]
    texts = ("path", "label", "reason")
    kinds = {name: arrow.string() if name in texts else arrow.float64() for name in columns}
    buffer = io.BytesIO()
    parquet.write_table(arrow.table(columns, schema=arrow.schema(list(kinds.items()))), buffer)
    return buffer.getvalue()
