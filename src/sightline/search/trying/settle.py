"""Latency of those who may win, measured when nothing else runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sightline.pipeline.quickness import median_ms
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.trial import Trial


def settled(among: Comparison, trials: Sequence[Trial]) -> list[Trial]:
    """The trials, those on most pictures whose model is at hand measured again: it was slower beside others."""
    most = max((trial.pictures for trial in trials if trial.record is not None), default=0)
    return [_measured(among, trial) if trial.pictures == most else trial for trial in trials]


def _measured(among: Comparison, trial: Trial) -> Trial:
    model = trial.model
    if model is None:
        return trial
    items = among.data.training.items
    # The machine may be somebody else's for a moment: the better of two.
    latency_ms = min(median_ms(lambda item: model.predict([item], workers=1), items) for _ in range(2))
    trial = dataclasses.replace(trial, latency_ms=latency_ms, model=None)
    among.remember_speed(trial)
    return trial
