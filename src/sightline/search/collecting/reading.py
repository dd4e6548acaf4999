"""How many pictures can be read in the time: all of them, or a sample when there are very many or little time."""

from __future__ import annotations

import dataclasses
import hashlib
import time

import numpy as np

from sightline.arrays import Indices, generator
from sightline.data.catalog import Catalog
from sightline.data.split import ranks
from sightline.data.store import PixelStore
from sightline.data.survey import survey
from sightline.findings import Finding
from sightline.preparation.preparation import Preparation
from sightline.resources import available_cores
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.journal import Entry, Journal
from sightline.search.collecting.ladder import FOR_A_CLASS

SHARE = 0.3
"""Of the time, for reading every picture once."""
TIMING = 0.02
"""Of the time, for finding out how long one picture takes: the slower pictures are, the fewer are timed."""
UNTIMED, TIMED = 100, 64
"""So few pictures are all read, since timing some would take a good part of it; of more, so many are timed at most."""
MATTERS = 0.25
"""Where one core alone promises to read everything in this part of the share, nothing more is found out."""
TOGETHER = (32, 2048)
"""Pictures, at least and at most, that all workers read to see what each takes them: threads wait for each other, and
keeping the pixels takes time too."""
LEAST = 40
"""Pictures that are read whatever the time."""
DECIDED = {"rows": (1.0, 1e12)}
"""What the journal says of it."""
FEW, ENOUGH = 10, FOR_A_CLASS
"""Pictures of each class in each part that are read, where there are as many: enough to learn from, to hold out and to
find some broken; of very many classes, fewer."""


def rows_to_read(
    catalog: Catalog,
    preparation: Preparation,
    budget: Budget | None,
    journal: Journal | None,
    seed: int,
    workers: int | None,
    read: int | None = None,
    store: PixelStore | None = None,
) -> Indices | None:
    """The rows to read, each class of each part keeping its share; None for all.

    How many is found out by reading a few. What is decided once is decided for every later run with the same pictures,
    time and seed, so that it finds what it remembers; elsewhere, `read` says how many it were.

    Args:
        catalog: what there is.
        preparation: what the pictures go through.
        budget: the time; without it or a journal nothing is timed, and all is read.
        journal: what was decided before.
        seed: decides which rows.
        workers: threads; None for the cores available.
        read: so many, whatever the time: what an earlier run read of the same pictures.
        store: keeps the prepared pixels of those that are read to find out.
    """
    n = len(catalog)
    if read is None:
        if budget is None or journal is None or n <= UNTIMED:
            return None
        reader = _Reader(catalog, preparation, store, workers, seed)
        read = _decided(reader, budget, journal)
    if read >= n:
        return None
    rows = _fair_share(catalog, read, seed)
    return rows if len(rows) < n else None


@dataclasses.dataclass(frozen=True)
class _Reader:
    """What is read, and how."""

    catalog: Catalog
    preparation: Preparation
    store: PixelStore | None
    workers: int | None
    seed: int

    @property
    def order(self) -> Indices:
        """Rows to find out with, by chance."""
        found: Indices = generator(self.seed, "timed").permutation(len(self.catalog)).astype(np.int64)
        return found

    def took_s(self, rows: Indices, workers: int | None, store: PixelStore | None = None) -> float:
        """Seconds for each of the rows."""
        some, began = self.catalog.subset(np.sort(rows)), time.perf_counter()
        survey(some, self.preparation, store, workers=workers)
        return (time.perf_counter() - began) / len(rows)


def _decided(reader: _Reader, budget: Budget, journal: Journal) -> int:
    """How many rows the time allows, as the journal has it or as a few take."""
    n = len(reader.catalog)
    key = Journal.key("rows to read", str(budget.seconds), str(reader.seed), _named(reader.catalog))
    known = journal.get(key, DECIDED)
    if known is None:
        known = Entry(np.zeros((0, 1), np.float32), 0.0, {"rows": float(min(_limit(reader, budget.seconds), n))})
        journal.put(key, known, {"what": "rows to read", "of": n})
    return int(known.facts["rows"])


def _limit(reader: _Reader, seconds: float) -> int:
    each = _alone_s(reader, TIMING * seconds) / (reader.workers or available_cores())
    if each * len(reader.catalog) > MATTERS * SHARE * seconds:
        each = _together_s(reader, each, TIMING * seconds)
    return max(LEAST, int(SHARE * seconds / each))


def _alone_s(reader: _Reader, seconds: float) -> float:
    """Seconds that one picture takes on one core: of one, two, four and so on, as long as the seconds given last.

    The first picture is not counted, since something may be loaded for it; of the last two turns the faster one is,
    since anything else on the machine may have disturbed the other.
    """
    order = reader.order[:TIMED]
    reader.took_s(order[:1], workers=1)
    means: list[float] = []
    done, started = 1, time.perf_counter()
    while not means or (done < len(order) and time.perf_counter() - started < seconds):
        some = order[done : 2 * done]
        means.append(reader.took_s(some, workers=1))
        done += len(some)
    return min(means[-2:])


def _together_s(reader: _Reader, each: float, seconds: float) -> float:
    """Seconds that one picture takes all workers, of those that would fit in the seconds given at `each`."""
    least, most = TOGETHER
    rows = reader.order[TIMED : TIMED + min(most, int(seconds / each))]
    if len(rows) < least:  # they are slow: what workers lose on each other is little beside
        return each
    return min(reader.took_s(half, reader.workers, reader.store) for half in np.array_split(rows, 2))


def _named(catalog: Catalog) -> str:
    digest = hashlib.sha256(catalog.labels.tobytes())
    for row in range(len(catalog)):
        item = catalog.items[row]
        digest.update(item if isinstance(item, bytes) else catalog.source(row).uri.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _fair_share(catalog: Catalog, count: int, seed: int) -> Indices:
    """`count` rows, each class of each part in its share, those with few pictures in more than that."""
    parts = np.zeros(len(catalog), np.int64) if catalog.splits is None else catalog.splits.astype(np.int64)
    shuffled = generator(seed, "read").permutation(len(catalog))
    strata = ((catalog.labels + 1) * 4 + parts)[shuffled]
    _, stratum, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    return np.sort(shuffled[ranks(strata)[0] < _quotas(sizes, count)[stratum]]).astype(np.int64)


def _quotas(sizes: Indices, count: int) -> Indices:
    """How many rows of each stratum: `count` in all, or `FEW` of each where that is more.

    Asked for as many as it gave, it gives the same again.
    """
    least: Indices = np.minimum(sizes, np.clip(count // len(sizes), FEW, ENOUGH)).astype(np.int64)
    scarce = np.zeros(len(sizes), bool)
    if least.sum() >= count:
        return least
    while True:  # ends: more of them are scarce each time, and never all
        share = (count - least[scarce].sum()) * sizes / sizes[~scarce].sum()
        more = ~scarce & (share < least)
        if not more.any():
            break
        scarce |= more
    exact = np.where(scarce, least, share)
    quotas: Indices = np.floor(exact).astype(np.int64)
    rounded_up = np.argsort(quotas - exact, kind="stable")[: count - int(quotas.sum())]
    quotas[rounded_up] += 1
    return quotas


def unread(catalog: Catalog, rows: Indices) -> Finding:
    """What the result says where not everything was read."""
    message = (
        f"{len(rows)} of {len(catalog)} pictures were read, each class keeping its share and rare ones more than that; "
        "time did not allow more"
    )
    remedy = "give more time (--time); files that were not read may be broken, copies or leaks"
    return Finding("read-a-sample", "warning", message, remedy, {"read": len(rows), "pictures": len(catalog)})
