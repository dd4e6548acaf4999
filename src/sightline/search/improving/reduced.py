"""Decoding JPEG at a fraction of its size: twice as fast or more, taken only when the answers hardly change."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from sightline.search.improving.improve import best_of
from sightline.search.trying.attempt import attempt, remembered
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.limits import Limits
from sightline.search.trying.trial import Trial

MAX_LOSS = 0.005
"""Out-of-fold score, paired, in units of it: half a point, or as much of the mean cost of a mistake."""
MIN_JPEG_SHARE = 0.5


def try_reduced(among: Comparison, trials: Sequence[Trial], rung: int, limits: Limits) -> Trial | None:
    """The best trial again with reduced decoding, or None where pictures are small, not JPEG, or time is short.

    The trial that comes back has status "skipped" with the reason where its paired loss is over `MAX_LOSS`.
    """
    best = best_of(among, trials, rung, limits)
    if best is None or best.record is None:
        return None
    factor = reduction(among, best)
    if factor == 1:
        return None
    candidate, preparation = best.members[0], dataclasses.replace(best.preparation, decode=factor)
    trial = remembered(among, candidate, preparation, best.pictures).trial
    if trial is None:
        # The pass before took this long with pixels from the store; decoding again is dearer, so ask for some reserve.
        if among.budget.left_to_search() < 2 * best.seconds + best.pictures * 0.004:
            return None
        trial = attempt(among, candidate, preparation, best.pictures)
    if trial.record is None:
        return trial
    scorer = among.scorer
    loss, allowed = scorer.score(best.record) - scorer.score(trial.record), MAX_LOSS * scorer.unit
    if loss <= allowed:
        return trial
    lost, most = scorer.amounts(loss, allowed)
    why = f"reduced decoding loses {lost} {scorer.measure} against full decoding; allowed: {most}"
    return dataclasses.replace(trial, status="skipped", why=why)


def reduction(among: Comparison, best: Trial) -> int:
    """The largest of 8, 4, 2 that leaves nearly all pictures at the prepared size; 1 where none does."""
    formats = among.data.seen.formats
    side = best.preparation.max_side_px
    if side is None or formats.get("jpeg", 0) < MIN_JPEG_SHARE * sum(formats.values()):
        return 1
    longest = float(np.percentile(among.data.seen.sizes.max(axis=1), 5))
    return next((factor for factor in (8, 4, 2) if longest / factor >= side), 1)
