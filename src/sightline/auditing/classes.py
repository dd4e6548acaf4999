"""How many pictures of each class there are, which part lacks one, and whether anything can be learned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sightline.auditing.counted import counted, verb
from sightline.data.catalog import SPLITS, Catalog
from sightline.findings import Finding

FEW = 10
IMBALANCE = 10.0
NAMED = 8
"""Classes named in a message; the evidence holds all of them."""


def class_findings(catalog: Catalog) -> Iterator[Finding]:
    """Of the pictures that can be read: classes that cannot be learned, that have few, or that a part lacks.

    Strong imbalance and rows without a label too. Classes that cannot be learned are errors: `fit` refuses them.
    """
    train = catalog.part("train")
    counts = train.counts()
    message = f"{counted(len(train), 'picture')} to learn from in {counted(len(counts), 'class', 'classes')}"
    yield Finding("class-counts", "info", message, "", counts)
    yield from _unlearnable(catalog)
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
        have = verb(unlabelled, "has no label and is", "have no label and are")
        message = f"{counted(unlabelled, 'row')} {have} left out"
        yield Finding("no-label", "warning", message, f"label or remove {verb(unlabelled, 'it', 'them')}")
    yield from _missing(catalog)


def _unlearnable(catalog: Catalog) -> Iterator[Finding]:
    learned = np.zeros(len(catalog.classes), np.int64)
    for part in ("train", "validation"):
        learned += list(catalog.part(part).counts().values())
    lacking = [name for name, count in zip(catalog.classes, learned, strict=True) if not count]
    if len(catalog.classes) < 2:
        message = f"{counted(len(catalog.classes), 'class', 'classes')} to tell apart; allowed: at least two"
        remedy = "add pictures of another class, each class in a folder or under a label of its own"
        yield Finding("one-class", "error", message, remedy, {"classes": list(catalog.classes)})
    if lacking:
        message = f"no picture to learn from that can be read in {_some(lacking)}"
        remedy = "repair or add pictures of these classes, or remove the classes"
        yield Finding("nothing-to-learn-from", "error", message, remedy, {"classes": lacking})


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
