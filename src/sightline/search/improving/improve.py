"""The best candidate made better, while time is left and it helps.

What an earlier run made of others, by other steps than these, joins at the end: the model that ships is no worse than
what the journal knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sightline.preparation.preparation import Preparation
from sightline.search.improving import refine
from sightline.search.trying.candidate import Candidate, distinct
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
    _stepwise(race, among, trials, preparation, rung)
    _recall(race, among, trials, preparation, rung)


def _stepwise(race: Race, among: Comparison, trials: Sequence[Trial], preparation: Preparation, rung: int) -> None:
    for _ in range(ROUNDS):
        best = best_of(among, trials, rung, race.limits)
        if best is None:
            return
        for versions in _steps(best.members[0], flawless(best)):
            new = [one for one in versions if not _was_tried(one, trials, best.pictures)]
            race.rung(new, preparation, rung, like=best)
        if best_of(among, trials, rung, race.limits) is best:
            return


def _recall(race: Race, among: Comparison, trials: Sequence[Trial], preparation: Preparation, rung: int) -> None:
    """Versions that the journal has of anybody on the rung, and versions of those.

    They come after the steps, which then are those of a run that was not cut off.
    """
    n, asked = among.ladder.sizes[rung], set[tuple[str, str]]()
    while True:
        parents = [one for one in _on(trials, n) if one.members[0].identity not in asked]
        asked |= {one.members[0].identity for one in parents}
        versions = [one for parent in parents for step in _steps(parent.members[0]) for one in step]
        new = [one for one in versions if not _was_tried(one, trials, n)]
        known = distinct([one.members[0] for one in race.recall.of(new, preparation, n)])
        if not known:
            return
        race.rung(known, preparation, rung, like=parents[0])


def _on(trials: Sequence[Trial], n: int) -> list[Trial]:
    """Those of one candidate that were tried to the end on n pictures."""
    return [one for one in trials if one.record is not None and one.pictures == n and len(one.members) == 1]


def best_of(among: Comparison, trials: Sequence[Trial], rung: int, limits: Limits) -> Trial | None:
    """The best trial of one candidate on a rung, by preference within the limits."""
    return min(limits.able(_on(trials, among.ladder.sizes[rung])), key=among.scorer.order, default=None)


def flawless(trial: Trial) -> bool:
    """Whether all held-out answers are right: no other can be seen to be better, only surer of itself."""
    record = trial.record
    return record is not None and bool((record.probabilities.argmax(axis=1) == record.truth).all())


def _steps(best: Candidate, done: bool = False) -> Iterator[list[Candidate]]:
    """What costs least comes first; where nothing is wrong any more, no other strength of the same classifier."""
    if not done:
        yield list(refine.of_classifier(best))
    yield list(refine.of_views(best))
    yield list(refine.of_description(best))


def _was_tried(candidate: Candidate, trials: Sequence[Trial], n: int) -> bool:
    return any(one.pictures == n and len(one.members) == 1 and one.members[0].same_as(candidate) for one in trials)
