"""Pictures that are the same pixel by pixel: inside a part, across parts (a leak), and under two labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from sightline.arrays import Indices
from sightline.auditing.counted import counted, verb
from sightline.data.catalog import SPLITS, Catalog
from sightline.data.survey import Survey, same_pixels
from sightline.errors import InputError
from sightline.findings import Finding

MAX_VERIFIED = 5_000
"""Pairs compared at full size; beyond it, equal prepared pixels and equal size are taken as the same."""


def duplicate_sets(catalog: Catalog, survey: Survey) -> list[list[int]]:
    """Rows of pictures that are pixel-identical, each list of two or more in catalog order."""
    rows_of: dict[bytes, list[int]] = defaultdict(list)
    for row, look in enumerate(survey.looks):
        if look:
            rows_of[look].append(row)
    verified = 0
    sets = []
    for rows in rows_of.values():
        if len(rows) < 2:
            continue
        same = [rows[0]]
        for row in rows[1:]:
            verified += 1
            if verified > MAX_VERIFIED or _same(catalog, survey, rows[0], row):
                same.append(row)
        if len(same) > 1:
            sets.append(same)
    return sets


def _same(catalog: Catalog, survey: Survey, first: int, second: int) -> bool:
    if survey.digests[first] == survey.digests[second]:
        return True
    try:
        return same_pixels(catalog.items[first], catalog.items[second])
    except InputError:  # a file that changed since the survey
        return False


def as_groups(groups: Indices, sets: list[list[int]]) -> Indices:
    """Group numbers in which all copies of a picture, and the groups they touch, are one group."""
    parent = {int(code): int(code) for code in np.unique(groups)}

    def root(code: int) -> int:
        while parent[code] != code:
            parent[code] = parent[parent[code]]
            code = parent[code]
        return code

    for rows in sets:
        first = root(int(groups[rows[0]]))
        for row in rows[1:]:
            parent[root(int(groups[row]))] = first
    return np.asarray([root(int(code)) for code in groups], np.int64)


def duplicate_findings(catalog: Catalog, sets: list[list[int]]) -> Iterator[Finding]:
    """Leaks, label conflicts and plain copies."""
    leaks = [rows for rows in sets if len(_parts(catalog, rows)) > 1]
    if leaks:
        stand = verb(len(leaks), "stands", "stand")
        message = f"{counted(len(leaks), 'picture')} {stand} in two parts ({_named(catalog, leaks)}): a leak"
        remedy = "remove the copies from one part; until then every figure on the test part is flattered"
        yield Finding("leak", "error", message, remedy, {"pictures": len(leaks)}, _sources(catalog, leaks))
    conflicts = [rows for rows in sets if len(set(catalog.labels[rows].tolist()) - {-1}) > 1]
    for rows in conflicts[:100]:
        names = sorted({catalog.classes[label] for label in catalog.labels[rows] if label >= 0})
        message = f"one picture stands under {len(names)} labels: {', '.join(names)}"
        evidence = {"labels": names, "conflicts": len(conflicts)}
        yield Finding("label-conflict", "warning", message, "keep the right one", evidence, _sources(catalog, [rows]))
    inside = [rows for rows in sets if len(_parts(catalog, rows)) == 1]
    if inside:
        extra = sum(len(rows) - 1 for rows in inside)
        copies = verb(extra, "is a copy", "are copies")
        message = f"{counted(extra, 'picture')} {copies} of another one in the same part"
        remedy = "remove them; folds keep copies on one side, so figures are not flattered"
        yield Finding("duplicate", "warning", message, remedy, {"sets": len(inside)}, _sources(catalog, inside))


def _parts(catalog: Catalog, rows: list[int]) -> set[int]:
    return {0} if catalog.splits is None else set(catalog.splits[rows].tolist())


def _named(catalog: Catalog, sets: list[list[int]]) -> str:
    found = sorted({part for rows in sets for part in _parts(catalog, rows)})
    return " and ".join(SPLITS[part] for part in found)


def _sources(catalog: Catalog, sets: list[list[int]]) -> tuple[str, ...]:
    return tuple(catalog.source(row).uri for rows in sets for row in rows)[:100]
