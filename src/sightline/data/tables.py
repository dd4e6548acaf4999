"""A catalog from a CSV or Parquet file with the columns path and label; split, group and any others are kept.

Nothing is opened or looked up on disk here, so a million rows open in seconds; files that are missing are found when
they are read.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sightline.arrays import Array
from sightline.data.catalog import SPLITS, Catalog
from sightline.data.folders import SPLIT_NAMES
from sightline.errors import CatalogError, nearest
from sightline.extras import need

TABLE_SUFFIXES = (".csv", ".tsv", ".parquet")
MAX_FIELD_BYTES = 1_000_000


def read_table(path: Path) -> Catalog:
    """A CSV, TSV or Parquet file; relative paths in it are relative to its folder.

    Raises:
        CatalogError: a missing column, a row of another length, an unknown split, no rows.
        MissingExtraError: Parquet without pyarrow.
    """
    columns = columns_of(path)
    for required in ("path", "label"):
        if required not in columns:
            hint = nearest(required, columns)
            raise CatalogError(f'{path} has no column "{required}" (columns: {", ".join(columns)}); {hint}')
    if not columns["path"]:
        raise CatalogError(f"{path} has no rows below its header; add one row for each picture: path,label")
    splits = columns.pop("split", None)
    groups = columns.pop("group", None)
    items, labels = columns.pop("path"), columns.pop("label")
    classes, codes = _coded([label.strip() for label in labels])
    return Catalog(
        items=_absolute(items, path.parent),
        classes=classes,
        labels=codes,
        groups=groups,
        splits=None if splits is None else _split_codes(splits, path),
        metadata=columns,
        origin=str(path),
    )


def columns_of(path: Path) -> dict[str, list[str]]:
    """Every column of a table as texts, by name.

    Raises:
        CatalogError: no such file, not text, no header, a row of another length.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet_columns(path)
    if os.path.exists(path) and not os.path.isfile(path):  # reading a named pipe would wait for ever
        raise CatalogError(f"cannot read {path}: is no regular file")
    csv.field_size_limit(MAX_FIELD_BYTES)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _csv_columns(path, csv.reader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
    except OSError as error:
        raise CatalogError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CatalogError(f"{path} is not UTF-8 text; save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise CatalogError(f"{path} is no CSV: {error}") from None


def _csv_columns(path: Path, rows: Iterator[list[str]]) -> dict[str, list[str]]:
    header = [name.strip() for name in next(rows, [])]
    if not header or len(set(header)) != len(header):
        raise CatalogError(f"{path} has no usable header ({header}); line 1 must name each column once")
    columns: list[list[str]] = [[] for _ in header]
    # Words that repeat (labels, groups) are stored once: a million rows stay far below a gigabyte.
    share = [name != "path" for name in header]
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            if not row:
                continue
            raise CatalogError(f"{path}, line {number}: {len(row)} fields, the header has {len(header)}; quote commas")
        for column, value, shared in zip(columns, row, share, strict=True):
            column.append(sys.intern(value) if shared else value)
    return dict(zip(header, columns, strict=True))


def _parquet_columns(path: Path) -> dict[str, list[str]]:
    if not os.path.isfile(path):
        raise CatalogError(f"cannot read {path}: no such file")
    arrow, parquet = need("pyarrow"), need("pyarrow.parquet")
    try:
        table = parquet.read_table(path)
    except arrow.ArrowException as error:
        raise CatalogError(f"{path} is no Parquet file: {str(error).splitlines()[0]}") from None
    return {
        name: ["" if value is None else str(value) for value in table.column(name).to_pylist()]
        for name in table.column_names
    }


def _coded(labels: list[str]) -> tuple[tuple[str, ...], Array]:
    classes = tuple(sorted(set(labels) - {""}))
    number = {name: i for i, name in enumerate(classes)} | {"": -1}
    return classes, np.fromiter((number[name] for name in labels), np.int64, len(labels))


def _absolute(paths: list[str], root: Path) -> list[str]:
    start = os.path.join(os.fspath(root), "")
    return [path if os.path.isabs(path) else start + path for path in paths]


def _split_codes(splits: Sequence[str], path: Path) -> Array:
    codes = {name: SPLITS.index(split) for name, split in SPLIT_NAMES.items()}
    wanted = {value: codes.get(value.strip().lower(), -1) for value in set(splits)}
    for value, code in wanted.items():
        if code < 0:
            raise CatalogError(f'{path}: the split "{value}" is unknown; allowed: {", ".join(SPLITS)}')
    return np.fromiter((wanted[value] for value in splits), np.int8, len(splits))
