"""The best candidate made better, while time is left and it helps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sightline.preparation.preparation import Preparation
from sightline.search.improving import refine
from sightline.search.trying.candidates import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.limits import Limits
from sightline.search.trying.race import Race
from sightline.search.trying.trial import Trial

ROUNDS = 4
"""Steps from the best to a better one, at most: each is also a choice that flatters."""


def improve(race: Race, among: Comparison, trials: Sequence[Trial], preparation: Preparation, rung: int) -> None:
    """Try versions of the best on its rung, starting again from each that is better.

    Args:
        race: tries them as time allows.
        among: what candidates are compared with.
        trials: where `race` puts what was tried.
        preparation: what the pictures go through.
        rung: the highest on which somebody was tried.
    """
    for _ in range(ROUNDS):
        best = best_of(among, trials, rung, race.limits)
        if best is None:
            return
        for versions in _steps(best.members[0]):
            new = [one for one in versions if not _was_tried(one, trials, best.pictures)]
            race.rung(new, preparation, rung, like=best)
        if best_of(among, trials, rung, race.limits) is best:
            return


def best_of(among: Comparison, trials: Sequence[Trial], rung: int, limits: Limits) -> Trial | None:
    """The best trial of one candidate on a rung, by preference within the limits."""
    n = among.ladder.sizes[rung]
    able = [one for one in trials if one.record is not None and one.pictures == n and len(one.members) == 1]
    return min(limits.able(able), key=among.scorer.order, default=None)


def _steps(best: Candidate) -> Iterator[list[Candidate]]:
    """What costs least comes first."""
    yield list(refine.of_classifier(best))
    yield list(refine.of_views(best))
    yield list(refine.of_description(best))


def _was_tried(candidate: Candidate, trials: Sequence[Trial], n: int) -> bool:
    return any(one.pictures == n and len(one.members) == 1 and one.members[0].same_as(candidate) for one in trials)
