"""What the journal has whole of candidates, and whether there is time to make a model of it."""

from __future__ import annotations

from collections.abc import Sequence

from sightline.parallel import ordered_map
from sightline.preparation.preparation import Preparation
from sightline.search.trying.attempt import Remembered, remembered
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.trial import Trial


class Recall:
    """Trials of earlier runs. What is recalled once is not read and scored again.

    Args:
        among: what they are compared with, and the journal.
        expectation: what making their models will take.
    """

    def __init__(self, among: Comparison, expectation: Expectation) -> None:
        self._among = among
        self._expectation = expectation
        self._found: dict[tuple[object, ...], Remembered] = {}
        self._charged: set[tuple[object, ...]] = set()

    def of(self, candidates: Sequence[Candidate], preparation: Preparation, n: int) -> list[Trial]:
        """Trials of the candidates on n pictures whose models can be made, in their order.

        Whatever time is left to search: nothing is searched for them. A model that would take more than the time that
        is promised for everything is of no use; `too_late` says so.
        """

        def recalled(candidate: Candidate) -> Trial | None:
            key = (*candidate.identity, preparation, n)
            if key not in self._found:
                self._found[key] = remembered(self._among, candidate, preparation, n)
            return self._found[key].trial

        found = list(ordered_map(recalled, candidates, self._among.workers, interrupted=self._among.budget.stop))
        return [trial for trial in found if trial is not None and self._late(trial) is None]

    def charge(self, candidates: Sequence[Candidate], preparation: Preparation, n: int) -> None:
        """Count as time spent what is known of the candidates, whole or in part, once.

        Several were tried at the same time, so that what each took counts in part.
        """
        for key in [(*candidate.identity, preparation, n) for candidate in candidates]:
            if key not in self._charged and (known := self._found.get(key)) is not None:
                self._charged.add(key)
                self._among.budget.charge(known.seconds / self._expectation.workers)

    def missing(self, candidate: Candidate, preparation: Preparation, n: int) -> int | None:
        """Folds of a candidate that are to be done; None: all."""
        known = self._found.get((*candidate.identity, preparation, n))
        return None if known is None else known.missing

    def too_late(self, candidate: Candidate, preparation: Preparation, n: int) -> str | None:
        """Why a candidate that was recalled is of no use; None where it is, or is not known."""
        known = self._found.get((*candidate.identity, preparation, n))
        return None if known is None or known.trial is None else self._late(known.trial)

    def _late(self, trial: Trial) -> str | None:
        needed, left = self._expectation.finishing_s(trial, trial.pictures), self._among.budget.left_at_most()
        if needed <= left:
            return None
        return f"is remembered, but its model would take about {about(needed)} s to make; {about(left)} s were left"


def about(seconds: float) -> str:
    """Seconds for a person, told from none."""
    return f"{max(0.0, seconds):.{0 if seconds >= 10 else 1}f}"
