"""What trying a candidate will take, and what comes after the search: from measurements where there are any."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np

from sightline.contracts import GlobalDescriptor
from sightline.data.views import NAMES, VIEWS
from sightline.pipeline import graph as tree
from sightline.pipeline.batches import thinned
from sightline.pipeline.graph import Node, Union
from sightline.preparation.preparation import Preparation
from sightline.resources import available_cores
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.learners import fitting_s, learns_from_pictures, unlearned_of
from sightline.search.trying.represent import (
    POOL_PICTURES,
    POOL_VECTORS,
    codebook_keys,
    name_in_view,
    name_of,
    of_folds,
)
from sightline.search.trying.represented import at_vectors, described_by, divided, unlearned
from sightline.search.trying.trial import FitCost, Trial

TIMED_PICTURES, FEW_VECTORS = 4, 300
"""Pictures that are described to see how long it takes, and vectors of each to see how long a codebook takes."""
OVERHEAD_S = 0.3
UNKNOWN_WIDTH = 1_000
"""Values of a vector before anything was described; those of the portfolio have 300 to 5,000."""
DUEL_S = 5e-4
"""Seconds that telling two classes apart takes, however few their pictures: the call of a solver."""
SAVED_S = 4e-9
"""Seconds for each byte of a model: it is written twice, hashed and read back."""
ANSWERED = 80
"""Pictures that measuring a file answers, however little time it is given; its steps are timed on as many as well."""
LEFTOVER_S = 2.5
"""Starting the process that measures, the report, the tables."""


@dataclasses.dataclass(frozen=True)
class Expectation:
    """Seconds that work will take; a prior where nothing was measured.

    Trying a candidate is in seconds of one core, what comes after the search in seconds on the wall, all cores at work.

    Attributes:
        among: what candidates are compared with.
        timed: seconds of one core by what was timed: to describe one picture, to describe all by codebooks.
    """

    among: Comparison
    timed: dict[str, float] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def workers(self) -> int:
        """Threads at work."""
        return self.among.workers or available_cores()

    def trying_s(
        self,
        candidate: Candidate,
        preparation: Preparation,
        n: int,
        before: Trial | None = None,
        missing: int | None = None,
    ) -> float:
        """Seconds of one core to try a candidate.

        Args:
            candidate: what to try.
            preparation: what the pictures go through.
            n: how many pictures.
            before: a trial with fewer pictures or views.
            missing: folds that are to be done; None: all.
        """
        views = len(VIEWS[candidate.augment])
        folds = self.among.folds
        training = n * (len(folds) - 1) / len(folds) if len(folds) > 1 else n * float(np.mean(folds.fold != 0))
        vectors = max(1, int(views * training))
        if before is None or not before.costs:
            describing = views * self._describe_s(self.among.node(candidate), preparation, n)
            fitting = candidate.effort(vectors) * UNKNOWN_WIDTH * candidate.fit_ns / 1e9
            fitting += DUEL_S * math.comb(folds.k, 2) * candidate.two_by_two
        else:
            pictures = self._pictures_to_describe(candidate, n, before)
            learning = self._learned_s(candidate, before.costs[0], vectors)
            describing = before.costs[0].describe_s * pictures + len(folds) * learning * (pictures > 0)
            fitting = grown_s(candidate, before.costs[0], vectors)
        return describing + (len(folds) if missing is None else missing) * fitting + OVERHEAD_S

    def shared_s(self, candidate: Candidate, others: Sequence[Candidate], preparation: Preparation, n: int) -> float:
        """Seconds of describing n pictures that a candidate shares with others and that are still to come."""
        making = {repr(part) for other in others for part in described_by(self.among.node(other))}
        parts = [part for part in described_by(self.among.node(candidate)) if repr(part) in making]
        return sum(self._describe_s(part, preparation, n) for part in parts)

    def _pictures_to_describe(self, candidate: Candidate, n: int, before: Trial) -> float:
        views, seen = len(VIEWS[candidate.augment]), len(VIEWS[before.members[0].augment])
        if n == before.pictures and views == seen and candidate.represent == before.members[0].represent:
            return 0.0
        if tree.learns(self.among.node(candidate)):
            # What learns nothing is described once, a codebook's part once for each fold: in between.
            return views * n * (1 + len(self.among.folds)) / 2
        return max(0.0, views * n - seen * before.pictures)

    def _describe_s(self, node: Node, preparation: Preparation, n: int) -> float:
        """Seconds of one core to describe n pictures by what is not known yet, timed on a few of them."""
        if isinstance(node, Union):
            return sum(self._describe_s(branch, preparation, n) for branch in node.branches)
        head, tail = at_vectors(node)
        if tail is not None:
            return self._describe_s(head, preparation, n)
        if isinstance(node, GlobalDescriptor) and node.learns():
            return self._by_pictures_s(node, preparation, n)
        if tree.learns(node):
            return self._by_codebooks_s(node, preparation, n)
        known = self.among.vectors.knows(name_in_view(node, preparation.key(), *NAMES["none"]), n)
        return (n - known) * self._picture_s(node, preparation, n) if known < n else 0.0

    def _by_codebooks_s(self, node: Node, preparation: Preparation, n: int) -> float:
        """Seconds of one core to learn the codebooks of the folds that are not kept, and to describe by all of them."""

        def all_s(missing: int, _: int) -> float:
            # Learning takes one pass, encoding by the codebook of each fold as long as two.
            describing = (3 if missing else 2) * n * self._picture_s(node, preparation, n)
            return describing + (missing * self._learning_s(node, preparation, n) if missing else 0.0)

        return self._unless_learned(node, preparation, n, all_s)

    def _by_pictures_s(self, node: GlobalDescriptor, preparation: Preparation, n: int) -> float:
        """Seconds of one core to fit a descriptor for the folds that are not kept, and to describe by all of them."""

        def all_s(missing: int, folds: int) -> float:
            training = max(1, round(n * (1 - 1 / max(folds, 2))))
            look_s = self._picture_s(unlearned_of(node), preparation, n)
            left_s = self.among.budget.left_to_search() * self.workers
            one_s = fitting_s(node, training, look_s, left_s, len(self.among.data.unlabelled)) if missing else 0.0
            return folds * n * look_s + missing * one_s

        return self._unless_learned(node, preparation, n, all_s)

    def _unless_learned(
        self, node: Node, preparation: Preparation, n: int, all_s: Callable[[int, int], float]
    ) -> float:
        """What `all_s` says, by the folds that are still to be learned for and their number; 0 where vectors are."""
        folds = self.among.folds.subset(slice(0, n)).tried()
        if self.among.vectors.learned(name_of(node, preparation.key(), "none", of_folds(n, folds))) is not None:
            return 0.0
        name = f"{n} by {node!r} {preparation.key()}"
        if name not in self.timed:
            sample, rest = self.among.sample(preparation, "none", n, folds), divided(node)[1]
            keys = codebook_keys(self.among.vectors, node, sample, self.among.seed)
            missing = sum(self.among.vectors.codebooks.get(key, rest) is None for key in keys)
            self.timed[name] = all_s(missing, len(folds))
        return self.timed[name]

    def _learning_s(self, node: Node, preparation: Preparation, n: int) -> float:
        """Seconds of one core to learn a codebook for one fold: what a few pictures take, and how many more vectors."""
        fixed, rest = divided(node)
        rows = _spread(n)
        with contextlib.suppress(Exception):  # what it refuses is the trial's to name
            pictures = self.among.pictures(preparation, n)
            local = list(tree.transform(cast(Node, fixed), [pictures[row] for row in rows]))
            few = [thinned(one, FEW_VECTORS, self.among.seed) for one in local]
            # Of this thread alone: what others take of the core for a moment would be multiplied as well.
            started = time.thread_time()
            tree.fit(tree.clone(rest), few, self.among.folds.truth[rows])
            took = time.thread_time() - started
            return took * learned_from(rest, float(np.mean(list(map(len, local)))), n) / sum(map(len, few))
        return 0.0

    def _picture_s(self, node: Node, preparation: Preparation, n: int) -> float:
        """Seconds of one core to describe one picture by what learns nothing; timed once, whoever shares it."""
        name = f"{node!r} {preparation.key()}"
        if name not in self.timed:
            self.timed[name] = self._one_s(unlearned(node), preparation, n)
        return self.timed[name]

    def _one_s(self, node: Node | None, preparation: Preparation, n: int) -> float:
        """Seconds of one core to describe one picture, the median of a few; None reads it alone."""
        pictures, times = self.among.pictures(preparation, n), []
        for row in _spread(n):
            started = time.perf_counter()
            with contextlib.suppress(Exception):  # a picture that it refuses is the trial's to name
                list(tree.transform(node, [pictures[row]]) if node else pictures[row])
            times.append(time.perf_counter() - started)
        return float(np.median(times))

    def finishing_s(self, trial: Trial, pictures: int | None = None) -> float:
        """Seconds from the end of the search to the end of everything, if this trial wins.

        Args:
            trial: with its costs.
            pictures: to learn from; None for all.
        """
        data = self.among.data
        n = len(data.training) if pictures is None else pictures
        fitting = sum(self.fitting_s(one, cost, n) for one, cost in zip(trial.members, trial.costs, strict=True))
        tested = 0 if data.test is None else len(data.test)
        answering = tested * sum(cost.describe_s for cost in trial.costs) / self.workers
        return fitting + answering + self.leftover_s(trial)

    def leftover_s(self, trial: Trial) -> float:
        """Seconds for measuring the file and writing everything."""
        measuring = 3 * min(2.0, 0.04 * self.among.budget.seconds) + ANSWERED * (trial.latency_ms or 0.0) / 1e3
        return LEFTOVER_S + measuring + SAVED_S * (trial.size_bytes or 0)

    def fitting_s(self, candidate: Candidate, cost: FitCost, n: int) -> float:
        """Seconds to describe and fit n pictures; `cost` may be that of fewer pictures and views."""
        views = len(VIEWS[candidate.augment])
        passes = 1.5 if tree.learns(self.among.node(candidate)) else 1.0
        described = passes * views * n * cost.describe_s / self.workers
        return described + self._learned_s(candidate, cost, views * n) + grown_s(candidate, cost, views * n)

    def _learned_s(self, candidate: Candidate, cost: FitCost, vectors: int) -> float:
        """Seconds to learn what describes so many views: codebooks from a bounded sample, networks from all."""
        return cost.learned_s * (vectors / cost.vectors if learns_from_pictures(self.among.node(candidate)) else 1.0)


def grown_s(candidate: Candidate, cost: FitCost, vectors: int) -> float:
    """Seconds of a fit on so many vectors."""
    return cost.seconds * candidate.effort(vectors) / candidate.effort(cost.vectors)


def learned_from(codebook: Node, vectors: float, n: int) -> float:
    """Local vectors that a codebook is learned from, of n pictures with so many each."""
    parts = [part for _, leaf in tree.leaves(codebook) for part in (leaf, *(inner for _, inner in leaf.inner()))]
    sample = max((getattr(part, "sample", 0) for part in parts), default=0) or POOL_VECTORS
    pictures = min(n, POOL_PICTURES)
    return min(sample, pictures * min(vectors, POOL_VECTORS / pictures))


def _spread(n: int) -> list[int]:
    """A few rows of n."""
    rows: list[int] = np.unique(np.linspace(0, n - 1, TIMED_PICTURES).astype(int)).tolist()
    return rows
