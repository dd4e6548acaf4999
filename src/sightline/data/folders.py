"""A catalog from class folders, with train/, validation/ and test/ above them or not."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sightline.data.catalog import SPLITS, Catalog
from sightline.errors import CatalogError
from sightline.findings import Finding
from sightline.inputs.source import is_picture_name, shown

SPLIT_NAMES = {"train": "train", "training": "train", "test": "test", "testing": "test"} | {
    name: "validation" for name in ("val", "valid", "validation")
}


def read_folder(root: Path) -> Catalog:
    """Every picture below the class folders of `root`; class order is the sorted order of the folders' names.

    Hidden folders and files and files that are no pictures by name are skipped, the latter counted in `notes`.

    Raises:
        CatalogError: no class folders, or no picture in any of them.
    """
    split_of = parts_of(root)
    if not split_of:
        return _collect(root, [(None, root)], [])
    ignored = [shown(name) for name in _folders(root) if name not in split_of]
    return _collect(root, [(split, root / name) for name, split in split_of.items()], ignored)


def parts_of(root: Path) -> dict[str, str]:
    """Folder in `root` -> "train", "validation" or "test"; empty where it has no such parts.

    They are parts where one of them is for training, or where no other folder is there; else a class may be called so.
    """
    tops = _folders(root)
    split_of = {name: SPLIT_NAMES[name.lower()] for name in tops if name.lower() in SPLIT_NAMES}
    return split_of if "train" in split_of.values() or len(split_of) == len(tops) else {}


def _collect(root: Path, parts: list[tuple[str | None, Path]], ignored: list[str]) -> Catalog:
    paths: list[str] = []
    names: list[str] = []
    splits: list[int] = []
    skipped: Counter[str] = Counter()
    empty: list[str] = []
    for split, folder in parts:
        for name in _folders(folder):
            before = len(paths)
            paths.extend(_pictures(folder / name, skipped))
            names.extend([shown(name)] * (len(paths) - before))
            if split is not None:
                splits.extend([SPLITS.index(split)] * (len(paths) - before))
            if len(paths) == before:
                empty.append(shown(folder / name))
    if not paths:
        raise CatalogError(_nothing(root, skipped))
    classes = tuple(sorted(set(names)))
    number = {name: i for i, name in enumerate(classes)}
    return Catalog(
        items=paths,
        classes=classes,
        labels=np.asarray([number[name] for name in names], np.int64),
        splits=np.asarray(splits, np.int8) if splits else None,
        origin=shown(root),
        notes=tuple(_notes(skipped, empty, ignored)),
    )


def _nothing(root: Path, skipped: Counter[str]) -> str:
    stray = sum(is_picture_name(entry.name) for entry in os.scandir(root) if entry.is_file())
    if stray:
        return (
            f"{root} holds {stray} pictures but no class folders; allowed: a folder for each class with its pictures, "
            "or a CSV file with the columns path,label"
        )
    other = f" ({sum(skipped.values())} files of other kinds)" if skipped else ""
    return f"{root} holds no pictures in class folders{other}; allowed: one folder for each class with its pictures"


def _notes(skipped: Counter[str], empty: list[str], ignored: list[str]) -> Iterator[Finding]:
    if skipped:
        message = f"{sum(skipped.values())} files are no pictures by name and were skipped"
        yield Finding("skipped-file", "info", message, "", {"suffixes": dict(skipped.most_common(20))})
    for folder in empty:
        message = f'the class folder "{Path(folder).name}" holds no pictures'
        yield Finding("empty-class", "warning", message, "add pictures or remove the folder", {}, (folder,))
    if ignored:
        message = f"folders beside the split folders were ignored: {', '.join(ignored[:10])}"
        yield Finding("ignored-folder", "info", message, "", {"folders": ignored[:100]})


def _folders(root: Path) -> list[str]:
    # A class folder may be a link; links further down are not followed, so that a loop cannot hang the walk.
    return sorted(entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith("."))


def _pictures(folder: Path, skipped: Counter[str]) -> Iterator[str]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if is_picture_name(name):
                yield os.path.join(where, name)
            elif not name.startswith("."):
                skipped[shown(os.path.splitext(name)[1].lower() or name)] += 1
