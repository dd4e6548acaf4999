"""Time for one picture, while candidates are compared; the winner's is measured again, on its file."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from sightline.inputs.source import Item

PICTURES = 8
BATCH = 16


def median_ms(once: Callable[[Item], object], items: Sequence[Item]) -> float:
    """Median milliseconds of `once` on a few of the items, evenly spread, warm."""
    chosen = [items[int(row)] for row in np.unique(np.linspace(0, len(items) - 1, PICTURES).astype(int))]
    once(chosen[0])
    times = []
    for item in chosen:
        started = time.perf_counter()
        once(item)
        times.append((time.perf_counter() - started) * 1e3)
    return float(np.median(times))


def seconds_of_each(batch: Callable[[list[Item]], object], items: Sequence[Item]) -> float:
    """Seconds that `batch` takes for one of many items, warm; a batch is cheaper than as many single ones."""
    chosen = [items[int(row)] for row in np.linspace(0, len(items) - 1, BATCH).astype(int)]
    batch(chosen[:2])
    started = time.perf_counter()
    batch(chosen)
    return (time.perf_counter() - started) / len(chosen)
