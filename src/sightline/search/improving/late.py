"""Networks that are trained, after all that is cheaper: minutes where others take seconds."""

from __future__ import annotations

from collections.abc import Sequence

from sightline.preparation.preparation import Preparation
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.race import Race


def first_in_time(
    race: Race, among: Comparison, preparation: Preparation, rung: int, candidates: Sequence[Candidate]
) -> None:
    """Try the first of the candidates that there is time for on a rung; those before it say what they would take.

    Args:
        race: tries them; a step of the training is timed only where there may be time for all of them.
        among: what candidates are compared with.
        preparation: what the pictures go through.
        rung: the highest on which somebody was tried.
        candidates: dear ones first.
    """
    for candidate in candidates:
        if race.rung([candidate], preparation, rung, late=True) or among.budget.left_to_search() <= 0:
            return
