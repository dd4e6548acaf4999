"""Latency of those who may win, measured when nothing else runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sightline.pipeline.model import Model
from sightline.pipeline.quickness import PICTURES, median_ms
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.trial import Trial

TIMES = 2
"""The machine may be somebody else's for a moment: the better of two counts."""


def settled(among: Comparison, trials: Sequence[Trial]) -> list[Trial]:
    """The trials, those on most pictures whose model is at hand measured again: it was slower beside others.

    The best come first; once the time for searching is over the others keep what was measured beside others.
    """
    most = max((trial.pictures for trial in trials if trial.record is not None), default=0)
    found = list(trials)
    for place in sorted(range(len(found)), key=lambda place: among.scorer.order(found[place])):
        trial = found[place]
        takes_s = TIMES * (PICTURES + 1) * (trial.latency_ms or 0.0) / 1e3
        if trial.model is not None and trial.pictures == most and takes_s <= among.budget.left_to_search():
            found[place] = _measured(among, trial, trial.model)
    return [dataclasses.replace(trial, model=None) for trial in found]


def _measured(among: Comparison, trial: Trial, model: Model) -> Trial:
    items = among.data.training.items
    latency_ms = min(median_ms(lambda item: model.predict([item], workers=1), items) for _ in range(TIMES))
    trial = dataclasses.replace(trial, latency_ms=latency_ms)
    among.remember_speed(trial)
    return trial
