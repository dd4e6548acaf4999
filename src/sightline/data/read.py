"""`sl.read`: the one door from whatever holds labelled pictures to a Catalog."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sightline.arrays import Array
from sightline.data.catalog import Catalog, from_items
from sightline.data.folders import read_folder
from sightline.data.tables import TABLE_SUFFIXES, columns_of, read_table
from sightline.errors import CatalogError
from sightline.inputs.source import Item


def read(
    source: str | os.PathLike[str] | Sequence[Item] | Array | Catalog,
    labels: Sequence[Any] | Array | None = None,
    *,
    metadata: str | os.PathLike[str] | None = None,
    group: str | None = None,
    group_pattern: str | None = None,
) -> Catalog:
    """Read a labelled collection.

    Args:
        source: a folder of class folders (train/, validation/, test/ above them or not); a CSV, TSV or Parquet file
            with the columns path and label; a sequence of paths, bytes or arrays (or one (n, h, w[, c]) array).
        labels: for a sequence: one label each, names or numbers.
        metadata: a table with a column "path" or "file" whose other columns are joined to the pictures.
        group: column whose equal values stay on one side of every split.
        group_pattern: regular expression; its first group, searched in each path, is the group.

    Raises:
        CatalogError: nothing usable there; the message says what is allowed.

    >>> import numpy as np
    >>> catalog = read(np.zeros((4, 8, 8, 3), np.uint8), labels=["a", "b", "a", "b"])
    >>> catalog.classes, len(catalog)
    (('a', 'b'), 4)
    """
    catalog = _read(source, labels)
    if metadata is not None:
        catalog = _joined(catalog, Path(metadata))
    return catalog.grouped(group, group_pattern)


def labelled(data: str | os.PathLike[str] | Catalog) -> Catalog:
    """The catalog that a verb was given, or what is read where it was given a folder or a table.

    Raises:
        CatalogError: anything else, or nothing usable there.
    """
    if isinstance(data, (str, os.PathLike, Catalog)):
        return read(data)
    raise CatalogError(
        f"the data is a {type(data).__name__}; allowed: a folder of class folders, a .csv or .parquet with path,label, "
        "or a Catalog; sl.read(pictures, labels) makes one of pictures in memory"
    )


def _read(source: str | os.PathLike[str] | Sequence[Item] | Array | Catalog, labels: Any) -> Catalog:
    if isinstance(source, Catalog):
        return source
    if not isinstance(source, (str, os.PathLike)):
        if isinstance(source, bytes) or not hasattr(source, "__len__"):
            raise CatalogError(f"the source is a {type(source).__name__}; allowed: a path, or a sequence of pictures")
        return from_items(list(source), labels, origin=f"{len(source)} pictures")
    path = Path(source)
    if os.path.isdir(path):
        return read_folder(path)
    if path.suffix.lower() in TABLE_SUFFIXES:
        return read_table(path)
    state = "is no folder and no table" if os.path.exists(path) else "does not exist"
    raise CatalogError(f"{path} {state}; allowed: a folder of class folders, or a .csv or .parquet with path,label")


def _joined(catalog: Catalog, table: Path) -> Catalog:
    columns = columns_of(table)
    key = next((name for name in ("path", "file") if name in columns), None)
    if key is None:
        raise CatalogError(f'{table} has no column "path" or "file" to join by (columns: {", ".join(columns)})')
    names = columns.pop(key)
    row_of = {os.path.abspath(os.path.join(table.parent, name)): row for row, name in enumerate(names)}
    rows = [row_of.get(os.path.abspath(catalog.source(i).uri), -1) for i in range(len(catalog))]
    if all(row < 0 for row in rows):
        raise CatalogError(
            f"{table} names no picture of {catalog.origin}; its paths are read relative to {table.parent}"
        )
    joined = {name: [column[row] if row >= 0 else "" for row in rows] for name, column in columns.items()}
    return dataclasses.replace(catalog, metadata={**catalog.metadata, **joined})
