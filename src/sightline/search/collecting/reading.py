"""How many pictures can be read in the time: all of them, or a sample when there are very many or little time."""

from __future__ import annotations

import hashlib
import time

import numpy as np

from sightline.arrays import Indices, generator
from sightline.data.catalog import Catalog
from sightline.data.survey import survey
from sightline.findings import Finding
from sightline.preparation.preparation import Preparation
from sightline.resources import available_cores
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.journal import Entry, Journal

SHARE = 0.3
"""Of the time, for reading every picture once."""
TIMED, LEAST = 32, 1_000
"""Pictures that are timed, and that are read whatever the time."""
SURE = 2_000
"""With no more pictures than this for each second given, nothing needs timing: a small file takes 0.2 ms."""


def rows_to_read(
    catalog: Catalog, preparation: Preparation, budget: Budget, journal: Journal, seed: int, workers: int | None
) -> Indices | None:
    """The rows to read, each class of each part keeping its share; None for all.

    What is decided once is decided for every later run with the same pictures, time and seed, so that it finds what it
    remembers.
    """
    n = len(catalog)
    if n <= max(LEAST, SURE * SHARE * budget.seconds * 0.1):
        return None
    key = Journal.key("rows to read", str(budget.seconds), str(seed), _named(catalog))
    known = journal.get(key)
    if known is None:
        limit = _limit(catalog, preparation, budget, seed, workers)
        nothing = np.zeros((0, 1), np.float32)
        known = Entry(nothing, 0.0, {"rows": float(min(limit, n))})
        journal.put(key, known, {"what": "rows to read", "of": n})
    rows = int(known.facts["rows"])
    return None if rows >= n else _fair_share(catalog, rows, seed)


def _limit(catalog: Catalog, preparation: Preparation, budget: Budget, seed: int, workers: int | None) -> int:
    some = catalog.subset(np.sort(generator(seed, "timed").permutation(len(catalog))[:TIMED]))
    started = time.perf_counter()
    survey(some, preparation, workers=1)
    each = (time.perf_counter() - started) / len(some) / (workers or available_cores())
    return max(LEAST, int(SHARE * budget.seconds / each))


def _named(catalog: Catalog) -> str:
    digest = hashlib.sha256(catalog.labels.tobytes())
    for row in range(len(catalog)):
        item = catalog.items[row]
        digest.update(item if isinstance(item, bytes) else catalog.source(row).uri.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _fair_share(catalog: Catalog, count: int, seed: int) -> Indices:
    """About `count` rows, at least one of each class in each part."""
    parts = np.zeros(len(catalog), np.int64) if catalog.splits is None else catalog.splits.astype(np.int64)
    shuffled = generator(seed, "read").permutation(len(catalog))
    strata = (catalog.labels + 1) * 4 + parts
    kept = []
    for stratum in np.unique(strata):
        own = shuffled[strata[shuffled] == stratum]
        kept.append(own[: max(1, round(count * len(own) / len(catalog)))])
    return np.sort(np.concatenate(kept))


def unread(catalog: Catalog, rows: Indices) -> Finding:
    """What the result says where not everything was read."""
    message = f"{len(rows)} of {len(catalog)} pictures were read, each class keeping its share; time did not allow more"
    remedy = "give more time (--time); files that were not read may be broken, copies or leaks"
    return Finding("read-a-sample", "warning", message, remedy, {"read": len(rows), "pictures": len(catalog)})
