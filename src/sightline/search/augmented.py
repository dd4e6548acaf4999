"""The best candidate again, learning from mirrored and turned pictures too: taken only if that answers better."""

from __future__ import annotations

import dataclasses

from sightline.data.views import VIEWS
from sightline.search.search import Search
from sightline.search.trial import Trial

RESERVE = 1.3
"""A trial takes up to this much longer than the number of views says."""


def try_augmented(search: Search, trials: list[Trial]) -> list[Trial]:
    """The best single candidate with each larger set of views, while that helps and time is left."""
    found: list[Trial] = []
    tried = [one for one in trials if one.record is not None]
    if not tried:
        return found
    best = min(tried, key=search.scorer.order)
    plain = best
    for augment, views in VIEWS.items():
        if len(views) == 1:
            continue
        if RESERVE * len(views) * plain.seconds > search.budget.left_to_search():
            break
        candidate = dataclasses.replace(plain.members[0], augment=augment)
        trial = search.attempt(candidate, plain.preparation)
        found.append(trial)
        if trial.record is None or search.scorer.order(trial) > search.scorer.order(best):
            break
        best = trial
    return found
