"""The winner's pipeline, fitted on every training picture, or on as many as memory and the time left allow."""

from __future__ import annotations

import dataclasses

import numpy as np

from sightline.arrays import Indices
from sightline.data.views import VIEWS, Views, repeated
from sightline.parallel import available_cores
from sightline.pipeline.graph import Blend, Node
from sightline.search.candidates import Candidate
from sightline.search.collect import Collected
from sightline.search.cross_validate import sampled
from sightline.search.memory import Vectors, rows_in_memory
from sightline.search.represent import Describer
from sightline.search.search import Search, chained
from sightline.search.trial import FitCost, Trial

SLACK = 1.3
"""A trial takes up to this much longer than expected."""
RESERVE = 0.8
"""Share of the time left that fitting may take; measuring, testing and the report need the rest."""


@dataclasses.dataclass(frozen=True)
class Freezer:
    """Fits winners of a search on the whole collection.

    Attributes:
        search: the search that chose.
        whole: all pictures to learn from; the search may have compared candidates on a sample of them.
    """

    search: Search
    whole: Collected

    def freeze(self, trial: Trial) -> tuple[Node, int]:
        """The fitted pipeline, and the number of pictures that it learned from (of the member that took fewest)."""
        members = [self._member(trial, number) for number in range(len(trial.members))]
        fewest = min(rows for _, rows in members)
        if len(members) == 1:
            return members[0][0], fewest
        return Blend(tuple(node for node, _ in members), (1 / len(members),) * len(members)), fewest

    def _member(self, trial: Trial, number: int) -> tuple[Node, int]:
        candidate, search = trial.members[number], self.search
        rows = self._rows(trial, number)
        pictures = self.whole.pictures(trial.preparation, search.store if trial.preparation.decode == 1 else None)
        views = Views(pictures[rows], candidate.augment)
        truth = repeated(self.whole.folds.truth[rows], candidate.augment)
        seen = [self.whole.seen.digests[row] for row in rows.tolist()]
        memory = Vectors(seen, folds=False, features=search.features).under(trial.preparation, candidate.augment)
        describer = Describer(search.seed, search.workers, search.progress, memory=memory)
        everything = np.arange(len(views), dtype=np.int64)
        represented = describer.represent(search.node(candidate), views, truth, [everything])
        search.progress(f"fitting {candidate.name} on {len(rows)} pictures", 0, None)
        classifier = search.classifier(candidate).fit(represented.of(0), truth)
        return chained(represented.node(0), classifier), len(rows)

    def _rows(self, trial: Trial, number: int) -> Indices:
        candidate, cost = trial.members[number], trial.costs[number]
        everything = np.arange(len(self.whole.training), dtype=np.int64)
        fitting = rows_in_memory(cost.width) // len(VIEWS[candidate.augment])
        limit = min(fitting, self._rows_in_time(trial, candidate, cost, len(everything)))
        return sampled(everything, self.whole.folds.truth, limit, self.search.seed)

    def _rows_in_time(self, trial: Trial, candidate: Candidate, cost: FitCost, n: int) -> int:
        """Rows that can be described and fitted in this member's share of the time left; at least those searched."""
        left = RESERVE * self.search.budget.left() / len(trial.members)
        low, high = len(self.search.data.training), n
        while low < high:  # the largest number of rows whose time fits
            rows = (low + high + 1) // 2
            fits = self._seconds(candidate, cost, rows) <= left
            low, high = (rows, high) if fits else (low, rows - 1)
        return low

    def _seconds(self, candidate: Candidate, cost: FitCost, rows: int) -> float:
        """What describing and fitting that many rows should take; `cost` may be that of fewer views."""
        views, workers = len(VIEWS[candidate.augment]), self.search.workers or available_cores()
        growth = candidate.effort(views * rows) / candidate.effort(cost.vectors)
        return views * rows * cost.describe_s / workers + cost.seconds * growth

    def affordable(self, trial: Trial, candidate: Candidate) -> bool:
        """Whether trying `candidate`, a single trial's with other views, leaves the time to fit it on everything."""
        cost = trial.costs[0]
        # What learns nothing is described once for all folds, a codebook's part once for each: in between.
        passes = (1 + len(self.search.data.folds)) / 2
        trying = SLACK * passes * self._seconds(candidate, cost, len(self.search.data.training))
        fitting = self._seconds(candidate, cost, len(self.whole.training)) / RESERVE
        budget = self.search.budget
        return trying <= budget.left_to_search() and trying + fitting <= budget.left()
