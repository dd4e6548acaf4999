"""A small comparison of drawn mats, for tests of what is built upon it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

import sightline as sl
from sightline.data.store import FeatureStore, PixelStore
from sightline.parallel import silent
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.collect import collect
from sightline.search.collecting.journal import Journal
from sightline.search.collecting.ladder import Ladder
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.memory import Vectors
from sightline.search.trying.scorer import Scorer
from tests.pictures import mat

COLOR = Candidate("color", "ColorHistogram(bins=2)", "Ridge()", 300)
LAYOUT = Candidate("layout", "HOG(size_px=32)", "Ridge()", 300)
WORDS = Candidate("words", "DenseSIFT() > BagOfVisualWords(words=6)", "LinearSVM()", 300)


def compared(
    n: int = 36,
    sizes: tuple[int, ...] = (),
    time_s: float = 60,
    folder: Path | None = None,
    store: PixelStore | None = None,
) -> Comparison:
    """n mats, every second one broken, in three folds."""
    pictures = [mat(32, seed, broken=bool(seed % 2)) for seed in range(n)]
    catalog = sl.read(pictures, labels=["ok", "bad"] * (n // 2))
    data = collect(
        catalog, sl.Task(), None, store=None, preparation=sl.Preparation(), allow_leaks=False, seed=0, progress=silent,
        workers=2,
    )  # fmt: skip
    order = np.arange(n, dtype=np.int64)
    ladder = Ladder(order, (*sizes, n))
    features = None if folder is None else FeatureStore(folder)
    return Comparison(
        data=data,
        ladder=ladder,
        folds=dataclasses.replace(data.folds, fold=order // 2 % 3),
        vectors=Vectors(data.seen.digests, ladder.sizes, features),
        journal=Journal(folder, features),
        budget=Budget(time_s),
        scorer=Scorer.of(data.task, False, 0),
        seed=0,
        workers=2,
        progress=silent,
        store=store,
    )
