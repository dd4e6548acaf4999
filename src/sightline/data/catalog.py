"""A labelled collection as a table: one row a picture, columns for label, group, split and anything else."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from sightline.arrays import Array, Indices
from sightline.errors import CatalogError, nearest
from sightline.findings import Finding
from sightline.inputs.source import Item, Source, shown

SPLITS = ("train", "validation", "test")
_UNKNOWN_CLASS = {
    "task": "rename or remove it, or name it in the task",
    "model": "rename or remove it, or fit a model that learns it",
}
"""What to do about a class, by what does not know it."""


@dataclasses.dataclass(frozen=True)
class Catalog:
    """n pictures with what is known of each. Columns are parallel sequences; nothing is opened until asked for.

    Attributes:
        items: n paths, encoded bytes or arrays.
        classes: class names; `labels` count in this order.
        labels: (n,) int64 class numbers, -1 where a row has no label.
        groups: n group names ("" is a group of its own), or None.
        splits: (n,) int8, positions in `SPLITS`, or None where the user gave no split.
        metadata: further columns by name, n texts each.
        origin: what was read, for messages.
        notes: what reading it found (skipped files, empty class folders).
        numbers: (n,) int64, the row of each in the catalog that it was taken from, which names pictures in memory; None
            where this is the whole.
    """

    items: Sequence[Item]
    classes: tuple[str, ...]
    labels: Indices
    groups: Sequence[str] | None = None
    splits: Array | None = None
    metadata: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    origin: str = "data"
    notes: tuple[Finding, ...] = ()
    numbers: Indices | None = None

    def __len__(self) -> int:
        return len(self.items)

    def source(self, row: int) -> Source:
        """Where row `row` comes from, for messages, tables and the report; a subset tells it as the whole does."""
        item = self.items[row]
        if not isinstance(item, (bytes, np.ndarray)):
            return Source(shown(item))
        kind = "bytes" if isinstance(item, bytes) else "array"
        return Source(f"{kind} {row if self.numbers is None else self.numbers[row]}")

    def _numbered(self) -> Indices:
        return np.arange(len(self), dtype=np.int64) if self.numbers is None else self.numbers

    def subset(self, rows: Any) -> Catalog:
        """The rows that an integer array or boolean mask selects, in that order."""
        chosen = np.arange(len(self))[rows]

        def pick(column: Sequence[Any]) -> list[Any]:
            return [column[i] for i in chosen]

        return dataclasses.replace(
            self,
            items=pick(self.items),
            labels=self.labels[chosen],
            groups=None if self.groups is None else pick(self.groups),
            splits=None if self.splits is None else self.splits[chosen],
            numbers=self._numbered()[chosen],
            metadata={name: pick(column) for name, column in self.metadata.items()},
        )

    def part(self, name: str) -> Catalog:
        """The rows of one split ("train", "validation", "test")."""
        if self.splits is None:
            return self.subset(np.zeros(len(self), bool) if name != "train" else np.ones(len(self), bool))
        return self.subset(self.splits == SPLITS.index(name))

    def counts(self) -> dict[str, int]:
        """Pictures of each class."""
        counted = np.bincount(self.labels[self.labels >= 0], minlength=len(self.classes))
        return {name: int(count) for name, count in zip(self.classes, counted, strict=True)}

    def group_codes(self) -> Indices:
        """(n,) int64: equal numbers where groups are equal; a row without a group has a number of its own."""
        if self.groups is None:
            return np.arange(len(self), dtype=np.int64)
        codes: dict[str, int] = {}
        return np.asarray(
            [codes.setdefault(name or f"\0{row}", len(codes)) for row, name in enumerate(self.groups)], np.int64
        )

    def grouped(self, column: str | None = None, pattern: str | None = None) -> Catalog:
        """This catalog with groups from a column, or from the first group of a pattern searched in the path.

        Raises:
            CatalogError: no such column, or the pattern is found in no path.
        """
        if column is not None:
            if column == "group" and self.groups is not None:
                return self
            if column not in self.metadata:
                known = [*self.metadata, *(["group"] if self.groups is not None else [])]
                hint = nearest(column, known) if known else "it has none beside path and label"
                raise CatalogError(f'{self.origin} has no column "{column}" to group by; {hint}')
            return dataclasses.replace(self, groups=list(self.metadata[column]))
        if pattern is not None:
            search = _pattern(pattern).search
            found = [search(self.source(row).uri) for row in range(len(self))]
            if not any(found):
                example = self.source(0).uri
                raise CatalogError(f"the group pattern {pattern!r} is in no path of {self.origin} (first: {example})")
            return dataclasses.replace(self, groups=[match.group(1) or "" if match else "" for match in found])
        return self

    def ordered_as(self, classes: tuple[str, ...], of: Literal["task", "model"] = "task") -> Catalog:
        """This catalog with labels counted in the order of `classes`, which are those `of` a task or a model.

        Raises:
            CatalogError: the catalog holds a class that `classes` does not name.
        """
        if classes == self.classes:
            return self
        present = set(np.unique(self.labels[self.labels >= 0]).tolist())
        numbers = np.full(len(self.classes) + 1, -1, np.int64)  # the last one answers for label -1
        for i, name in enumerate(self.classes):
            if name in classes:
                numbers[i] = classes.index(name)
            elif i in present:
                raise CatalogError(
                    f'{self.origin} holds the class "{name}", which the {of} does not; '
                    f"{_UNKNOWN_CLASS[of]}; {nearest(name, classes)}"
                )
        return dataclasses.replace(self, classes=classes, labels=numbers[self.labels])


def _pattern(text: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(text)
    except re.error as error:
        raise CatalogError(f"the group pattern {text!r} is no regular expression: {error}") from None
    if compiled.groups < 1:
        raise CatalogError(f"the group pattern {text!r} has no (group); put the group's part of the path in ( )")
    return compiled


def from_items(
    items: Sequence[Item], labels: Sequence[Any] | Array | None, origin: str = "items", **columns: Any
) -> Catalog:
    """A catalog of paths, bytes or arrays with one label (name or number) each, or none; None and NaN are no label.

    Raises:
        CatalogError: not as many labels as items, or items or labels of another kind.
    """
    for row, item in enumerate(items):
        if not isinstance(item, (str, os.PathLike, bytes, np.ndarray)):
            raise CatalogError(f"item {row} is a {type(item).__name__}; allowed: a path, the bytes of a file, an array")
    if labels is None:
        return Catalog(items, (), np.full(len(items), -1, np.int64), origin=origin, **columns)
    if len(labels) != len(items):
        raise CatalogError(f"{len(items)} pictures and {len(labels)} labels were given; give one for each picture")
    texts = [_label(value) for value in labels]
    whole = all(isinstance(value, (int, np.integer)) for value in labels)
    names = sorted(set(texts) - {""}, key=int if whole and "True" not in texts and "False" not in texts else None)
    number = {name: i for i, name in enumerate(names)} | {"": -1}
    coded = np.asarray([number[text] for text in texts], np.int64)
    return Catalog(items, tuple(names), coded, origin=origin, **columns)


def _label(value: Any) -> str:
    if value is None or (isinstance(value, (float, np.floating)) and np.isnan(value)):
        return ""
    if not isinstance(value, (str, int, float, np.number, np.bool_)):
        raise CatalogError(
            f"a label is {value!r}, a {type(value).__name__}; allowed: names, numbers, None for no label"
        )
    return str(value)


def joined(training: Catalog, test: Catalog) -> Catalog:
    """One catalog of both, everything in `test` being the test part.

    Where both number their rows alike, those of the test part count on after those of the training part.

    Raises:
        CatalogError: two test parts, or the test part holds a class that training does not.
    """
    if training.splits is not None and (training.splits == SPLITS.index("test")).any():
        raise CatalogError(f"{training.origin} has a test part and {test.origin} was given as well; give one of them")
    extra = [name for name, count in test.counts().items() if count and name not in training.classes]
    if extra:
        raise CatalogError(
            f'{test.origin} holds the class "{extra[0]}", which {training.origin} does not; '
            f"classes to learn: {list(training.classes)}; rename, remove or add it"
        )
    test = test.ordered_as(training.classes)
    splits = np.zeros(len(training), np.int8) if training.splits is None else training.splits
    grouped = training.groups is not None and test.groups is not None
    return dataclasses.replace(
        training,
        items=[*training.items, *test.items],
        labels=np.concatenate([training.labels, test.labels]),
        groups=[*(training.groups or ()), *(test.groups or ())] if grouped else _padded(training.groups, len(test)),
        splits=np.concatenate([splits, np.full(len(test), SPLITS.index("test"), np.int8)]),
        metadata={
            name: [*column, *test.metadata.get(name, [""] * len(test))] for name, column in training.metadata.items()
        },
        notes=(*training.notes, *test.notes),
        numbers=_numbered_on(training, test),
    )


def _numbered_on(training: Catalog, test: Catalog) -> Indices:
    first, second = training._numbered(), test._numbered()
    alike = len(np.intersect1d(first, second)) > 0
    return np.concatenate([first, second + (first.max() + 1 if alike else 0)])


def _padded(groups: Sequence[str] | None, count: int) -> list[str] | None:
    return None if groups is None else [*groups, *[""] * count]
