"""Invented profiles of machines, and a small model that walks every kind of node."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import sightline as sl
from sightline.components import build
from sightline.evaluation.profile import Profile
from sightline.evaluation.works import names
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Blend, Chain, Union
from sightline.pipeline.model import Model
from sightline.preparation.preparation import Preparation
from tests.pictures import mat


def profile(machine: str = "here", scale: float = 1.0, **others: float) -> Profile:
    """Works that take 1, 2, 3, ... ms times `scale`; `others`: work, "_" for " ", -> its own factor on top."""
    works = {name: scale * number for number, name in enumerate(names(), 1)}
    works.update({name.replace("_", " "): factor * works[name.replace("_", " ")] for name, factor in others.items()})
    return Profile(machine, 2, {"sightline": "1", "numpy": "2", "opencv": "5"}, "2026-01-01T00:00:00+00:00", works)


def ticking(*durations_s: float) -> Iterator[float]:
    """Instants of a clock that is read before and after each of these durations, over and over."""
    now = 0.0
    while True:
        for duration in durations_s:
            yield now
            now += duration
            yield now


def small_model() -> Model:
    """Two classes of mats, a blend of a chain with local features and one with two branches."""
    pictures = [mat(32, seed, broken=bool(seed % 2)) for seed in range(12)]
    words = Chain((build("DenseSIFT()"), build("PCA(components=8)"), build("BagOfVisualWords(words=4)"), _nearest()))
    sides = Chain((Union((build("HOG()"), build("ColorHistogram(bins=2)"))), _nearest()))
    graph = tree.fit(Blend((words, sides), (0.5, 0.5)), pictures, np.arange(12) % 2)
    return Model(task=sl.Task(classes=("bad", "ok")), preparation=Preparation(), graph=graph)


def _nearest() -> tree.Node:
    return build("KNearestNeighbors(neighbors=3)")
