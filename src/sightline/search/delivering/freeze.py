"""The winner's pipeline, fitted on every training picture, or on as many as memory and the time left allow.

What it saw of the pictures is kept as a sketch, so that the model can tell which of them a new picture is like.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from sightline.arrays import Array, Indices
from sightline.data.views import VIEWS, Views
from sightline.pipeline.graph import Blend, Node
from sightline.pipeline.reference import LIMIT, Reference, kept_rows, put_together, sketched
from sightline.pipeline.sketch import Projection
from sightline.search.trying.attempt import chained
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.memory import rows_in_memory
from sightline.search.trying.represent import Describer, Sample
from sightline.search.trying.trial import FitCost, Trial

RESERVE = 0.8
"""Share of the time left that fitting may take: what is expected is exceeded now and then."""


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A winner that has learned.

    Attributes:
        graph: the fitted pipeline.
        reference: a sketch of the pictures that it learned from.
    """

    graph: Node
    reference: Reference

    @property
    def learned_from(self) -> int:
        """The number of pictures that it learned from."""
        return self.reference.pictures


@dataclasses.dataclass(frozen=True)
class Freezer:
    """Fits winners of a search on the whole collection.

    Attributes:
        among: what candidates were compared with.
        expectation: what fitting will take.
        learn_from: pictures to learn from, where a plan says so; None for what memory and time allow.
    """

    among: Comparison
    expectation: Expectation
    learn_from: int | None = None

    def freeze(self, trial: Trial) -> Frozen:
        """The fitted pipeline and what it saw."""
        among = self.among
        n = self._pictures(trial) if self.learn_from is None else self.learn_from
        y = among.folds.truth[:n]
        rows = kept_rows(y, LIMIT, among.seed)
        # One member after the other: what a member saw may fill the memory that there is.
        fitted = [self._fitted(trial, candidate, n, rows) for candidate in trial.members]
        sources = [among.data.training.source(row).uri for row in among.ladder.order[:n].tolist()]
        nodes = tuple(node for node, _ in fitted)
        graph = nodes[0] if len(nodes) == 1 else Blend(nodes, trial.weights)
        return Frozen(graph, put_together([sketch for _, sketch in fitted], y, sources, rows))

    def _fitted(
        self, trial: Trial, candidate: Candidate, n: int, rows: Indices
    ) -> tuple[Node, tuple[Projection, Array]]:
        among = self.among
        views, y = Views(among.pictures(trial.preparation, n), candidate.augment), among.folds.truth[:n]
        everything = [np.arange(n, dtype=np.int64)]
        unlabelled = among.unlabelled_pictures(trial.preparation)
        sample = Sample(views, trial.preparation.key(), y, everything, f"{n} all", unlabelled, among.unlabelled())
        describer = Describer(among.vectors, among.seed, among.workers, among.progress, crew=among.crew)
        represented = describer.represent(among.node(candidate), sample)
        among.progress(f"fitting {candidate.label} on {n} pictures", 0, None)
        matrix = represented.of(0)
        node = chained(represented.node(0), among.classifier(candidate).fit(matrix, sample.truth))
        # The first n rows are the pictures as they are; mirrored and turned ones follow.
        return node, sketched(matrix[:n], rows, among.seed, share=len(trial.members))

    def _pictures(self, trial: Trial) -> int:
        """As many as memory and time allow; at least those that it was compared on."""
        n = len(self.among.data.training)
        fitting = (
            rows_in_memory(max(cost.width, cost.widest)) // len(VIEWS[one.augment])
            for one, cost in zip(trial.members, trial.costs, strict=True)
        )
        high = min(n, *fitting)
        low = min(trial.pictures, high)
        left = RESERVE * (self.among.budget.left() - self.expectation.leftover_s(trial))
        while low < high:  # the largest number whose time fits
            rows = (low + high + 1) // 2
            low, high = (rows, high) if self._seconds(trial, rows) <= left else (low, rows - 1)
        return low

    def _seconds(self, trial: Trial, n: int) -> float:
        pairs: list[tuple[Candidate, FitCost]] = list(zip(trial.members, trial.costs, strict=True))
        return sum(self.expectation.fitting_s(candidate, cost, n) for candidate, cost in pairs)
