"""The best candidate again, learning from mirrored and turned pictures too: taken only if that answers better."""

from __future__ import annotations

import dataclasses

from sightline.data.views import VIEWS
from sightline.search.freeze import Freezer
from sightline.search.trial import Trial


def try_augmented(freezer: Freezer, trials: list[Trial]) -> list[Trial]:
    """The best single candidate with each larger set of views, while that helps and leaves the time to fit it."""
    search, found = freezer.search, list[Trial]()
    tried = [one for one in trials if one.record is not None]
    if not tried:
        return found
    plain = best = min(tried, key=search.scorer.order)
    for augment, views in VIEWS.items():
        candidate = dataclasses.replace(plain.members[0], augment=augment)
        if len(views) == 1:
            continue
        if not freezer.affordable(plain, candidate):
            break
        trial = search.attempt(candidate, plain.preparation)
        found.append(trial)
        if trial.record is None or search.scorer.order(trial) > search.scorer.order(best):
            break
        best = trial
    return found
