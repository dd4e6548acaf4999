"""The pictures that a person names on a command line: files, folders and tables."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sightline.data.tables import TABLE_SUFFIXES, columns_of
from sightline.errors import CatalogError
from sightline.inputs.source import is_picture_name


def list_pictures(inputs: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Paths in the order given: a file as it is, a folder as the pictures below it, a table as its column path.

    A file that does not exist stays in the list: whoever reads it reports it in its row.

    Raises:
        CatalogError: a folder without pictures, a table without the column path.
    """
    found: list[str] = []
    for name in inputs:
        path = Path(name)
        if os.path.isdir(path):
            found.extend(_below(path))
        elif path.suffix.lower() in TABLE_SUFFIXES:
            found.extend(_in_table(path))
        else:
            found.append(os.fspath(name))
    return found


def _below(folder: Path) -> list[str]:
    found: list[str] = []
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(os.path.join(where, name) for name in sorted(files) if is_picture_name(name))
    if not found:
        raise CatalogError(f"{folder} holds no pictures (JPEG, PNG, TIFF, BMP, WebP, GIF); name a folder that does")
    return found


def _in_table(path: Path) -> list[str]:
    columns = columns_of(path)
    if "path" not in columns:
        raise CatalogError(f'{path} has no column "path" (columns: {", ".join(columns)})')
    return [os.path.join(path.parent, name) for name in columns["path"]]
