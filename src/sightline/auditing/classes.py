"""How many pictures of each class there are, and which part lacks one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sightline.data.catalog import SPLITS, Catalog
from sightline.findings import Finding

FEW = 10
IMBALANCE = 10.0
NAMED = 8
"""Classes named in a message; the evidence holds all of them."""


def class_findings(catalog: Catalog) -> Iterator[Finding]:
    """Classes with few pictures, strong imbalance, rows without a label, classes that a part lacks."""
    train = catalog.part("train")
    counts = train.counts()
    message = f"{len(train)} pictures to learn from in {len(counts)} classes"
    yield Finding("class-counts", "info", message, "", counts)
    few = {name: count for name, count in counts.items() if count < FEW}
    if few:
        message = "fewer than 10 pictures to learn from in " + _some([f"{name} ({n})" for name, n in few.items()])
        yield Finding("few-pictures", "warning", message, "add pictures of these classes; expect wide intervals", few)
    present = [count for count in counts.values() if count]
    if present and max(present) >= IMBALANCE * min(present):
        message = f"the largest class has {max(present) / min(present):.0f} times the pictures of the smallest"
        remedy = "read balanced accuracy and per-class recall, not accuracy"
        yield Finding("imbalance", "warning", message, remedy, counts)
    unlabelled = int((catalog.labels < 0).sum())
    if unlabelled:
        yield Finding(
            "no-label", "warning", f"{unlabelled} rows have no label and are left out", "label or remove them"
        )
    yield from _missing(catalog)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _missing(catalog: Catalog) -> Iterator[Finding]:
    if catalog.splits is None:
        return
    for part in np.unique(catalog.splits):
        name = SPLITS[part]
        lacking = [key for key, count in catalog.part(name).counts().items() if not count]
        if lacking:
            message = f"the {name} part holds no picture of {_some(lacking)}"
            yield Finding("missing-class", "warning", message, f"add such pictures to {name}", {"classes": lacking})
