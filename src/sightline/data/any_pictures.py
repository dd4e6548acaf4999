"""Pictures to learn from whether or not they have a label: of class folders, a flat folder or a table."""

from __future__ import annotations

import os
from pathlib import Path

from sightline.data.folders import SPLIT_NAMES
from sightline.data.listing import list_pictures
from sightline.data.tables import TABLE_SUFFIXES, columns_of
from sightline.errors import CatalogError


def any_pictures(source: str | os.PathLike[str]) -> list[str]:
    """The paths of all pictures there but those of a test part, which nothing may learn from.

    Args:
        source: a folder of class folders (train/, validation/, test/ above them or not), a folder with pictures in it,
            or a CSV, TSV or Parquet file with the column path, and perhaps split.

    Raises:
        CatalogError: there is no such folder or table, or no picture outside the test part.
    """
    path = Path(source)
    if os.path.isdir(path):
        return _in_folder(path)
    if path.suffix.lower() in TABLE_SUFFIXES:
        return _in_table(path)
    state = "is no folder and no table" if os.path.exists(path) else "does not exist"
    raise CatalogError(f"{path} {state}; allowed: a folder with pictures, or a .csv or .parquet with the column path")


def _in_folder(path: Path) -> list[str]:
    return _some([one for one in list_pictures([path]) if not _is_test(_top_of(path, one))], path)


def _top_of(root: Path, name: str) -> str:
    """The first folder on the way from a root to a picture; the picture itself where it lies there."""
    return os.path.relpath(name, root).split(os.sep)[0]


def _is_test(split: str) -> bool:
    return SPLIT_NAMES.get(split.strip().lower()) == "test"


def _in_table(path: Path) -> list[str]:
    found = list_pictures([path])
    splits = columns_of(path).get("split") or [""] * len(found)
    return _some([one for one, split in zip(found, splits, strict=True) if not _is_test(split)], path)


def _some(found: list[str], path: Path) -> list[str]:
    if not found:
        raise CatalogError(f"{path} holds no pictures outside its test part; allowed: some to learn from")
    return found
