"""What the pictures of a fit were, in numbers: no file is named."""

from __future__ import annotations

import numpy as np

from sightline.data.catalog import SPLITS
from sightline.evaluation.report_data import DataFacts
from sightline.search.collecting.collect import Collected


def data_facts(data: Collected) -> DataFacts:
    """Counts, sizes, formats, and how the pictures were divided."""
    training, test = data.training.counts(), {} if data.test is None else data.test.counts()
    sizes = data.seen.sizes[data.seen.sizes.min(axis=1) > 0]
    low, high = (sizes.min(axis=0), sizes.max(axis=0)) if len(sizes) else (np.zeros(2, int), np.zeros(2, int))
    held = len(data.folds)
    splits = data.training.splits
    given = splits is not None and bool((splits == SPLITS.index("validation")).any())
    split = f"{held} folds" if held > 1 else "the validation part given" if given else "one third held out"
    return DataFacts(
        n=sum(training.values()) + sum(test.values()),
        classes={name: (count, test.get(name, 0)) for name, count in training.items()},
        groups=len(np.unique(data.folds.group)) if data.grouped else None,
        broken=data.broken,
        formats=data.seen.formats,
        sizes=f"{low[1]} x {low[0]} px" if (low == high).all() else f"{low[1]} x {low[0]} to {high[1]} x {high[0]} px",
        split=f"chosen by {split}{', groups kept together' if data.grouped else ''}; "
        + ("tested on the test part given" if data.test is not None else "no test part was given"),
    )
