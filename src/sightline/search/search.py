"""Candidates tried one after the other, cheap first, until the time for searching is over."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from typing import cast

import numpy as np

from sightline.components import build
from sightline.contracts import Classifier
from sightline.data.out_of_fold import OutOfFold
from sightline.data.pictures import Pictures
from sightline.data.store import FeatureStore, PixelStore
from sightline.data.views import VIEWS, Views, repeated
from sightline.errors import InputError
from sightline.metrics.classification import log_loss
from sightline.parallel import Progress, available_cores
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain, Node, Union
from sightline.pipeline.model import Model
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.search.budget import Budget, OutOfTime
from sightline.search.candidates import Candidate
from sightline.search.collect import Collected
from sightline.search.cross_validate import blended, out_of_fold
from sightline.search.latency import median_ms, seconds_of_each
from sightline.search.memory import Vectors, memory_limit, rows_in_memory
from sightline.search.represent import Describer, Represented, at_vectors, unlearned
from sightline.search.selection import Scorer
from sightline.search.trial import FitCost, Trial

TIMED_PICTURES = 4
OVERHEAD_S = 0.3
BLEND_OF = 3


@dataclasses.dataclass
class Search:
    """One search over one collection.

    Attributes:
        data: what candidates are compared on.
        budget: the time.
        scorer: the task's score.
        seed: every random choice follows from it.
        workers: threads; None for the cores available.
        progress: told as work goes on.
        store: prepared pixels of the default preparation.
        features: descriptions kept between runs.
    """

    data: Collected
    budget: Budget
    scorer: Scorer
    seed: int
    workers: int | None
    progress: Progress
    store: PixelStore | None = None
    features: FeatureStore | None = None

    def __post_init__(self) -> None:
        self._vectors = Vectors(self.data.seen.digests, folds=True, features=self.features)
        self._slowness = 1.0  # measured over prior time of fitting: machines differ

    def run(self, candidates: Sequence[Candidate], preparation: Preparation, trials: list[Trial]) -> None:
        """Append one trial for each candidate to `trials`, so that what was found survives an interruption."""
        for number, candidate in enumerate(candidates):
            self.progress(f"trying {candidate.name}", number, len(candidates))
            expected = self.expected_s(candidate, preparation)
            if too_large := self._too_large(candidate):
                trials.append(Trial((candidate,), preparation, status="skipped", why=too_large))
            elif number and expected > self.budget.left_to_search():
                left = max(0.0, self.budget.left_to_search())
                why = f"would take about {expected:.0f} s; {left:.0f} s were left to search"
                trials.append(Trial((candidate,), preparation, status="skipped", why=why))
            else:
                trials.append(self.attempt(candidate, preparation, first=number == 0))
        self.progress("trying candidates", len(candidates), len(candidates))

    def _too_large(self, candidate: Candidate) -> str | None:
        """Why a candidate that tells every two classes apart is not tried with very many classes."""
        k, rows = self.data.folds.k, len(self.data.training)
        needed = rows * (k * (k - 1) // 2) * 8
        if not candidate.two_by_two or needed <= memory_limit():
            return None
        return f"would hold up to {needed / 1e9:.1f} GB: {k} classes, two by two; allowed: {memory_limit() / 1e9:.1f}"

    def attempt(self, candidate: Candidate, preparation: Preparation, first: bool = False) -> Trial:
        """Try one candidate to the end; without time it is skipped, on bad input it has failed with the reason."""
        started = time.perf_counter()
        try:
            trial = self._tried(candidate, preparation, checked=not first)
        except OutOfTime as error:
            return Trial(
                (candidate,), preparation, status="skipped", why=str(error), seconds=time.perf_counter() - started
            )
        except InputError as error:
            return Trial(
                (candidate,), preparation, status="failed", why=str(error), seconds=time.perf_counter() - started
            )
        return dataclasses.replace(trial, seconds=time.perf_counter() - started)

    def expected_s(self, candidate: Candidate, preparation: Preparation) -> float:
        """Seconds that trying a candidate should take: describing is timed on a few pictures, fitting is a prior."""
        views = len(VIEWS[candidate.augment])
        describe = views * self._describe_s(self.node(candidate), preparation, candidate.augment)
        return describe + self._fit_s(candidate) * self._slowness + OVERHEAD_S

    def _fit_s(self, candidate: Candidate) -> float:
        rows = len(self.data.training) * len(VIEWS[candidate.augment])
        width = 1_000  # unknown before describing; the portfolio's descriptions have 300 to 3,000 dimensions
        return len(self.data.folds) * candidate.effort(rows) * width * candidate.fit_ns / 1e9

    def _describe_s(self, node: Node, preparation: Preparation, augment: str) -> float:
        """Seconds to describe all pictures by what is not kept yet, timed on a few of them."""
        if self._vectors.knows(node, preparation, augment):
            return 0.0
        if isinstance(node, Union):
            return sum(self._describe_s(branch, preparation, augment) for branch in node.branches)
        head, tail = at_vectors(node)
        if tail is not None:
            return self._describe_s(head, preparation, augment)
        # Learning a codebook takes one pass, encoding by the codebook of each fold as long as two.
        passes = 3 if tree.learns(node) else 1
        n, pictures, first = len(self.data.training), self.pictures(preparation), unlearned(node)
        times = []
        for row in np.unique(np.linspace(0, n - 1, TIMED_PICTURES).astype(int)):
            started = time.perf_counter()
            with contextlib.suppress(InputError):  # a picture that it refuses is the trial's to name
                list(tree.transform(first, [pictures[int(row)]]) if first else pictures[int(row)])
            times.append(time.perf_counter() - started)
        return passes * n * float(np.median(times)) / (self.workers or available_cores())

    def blend(self, trials: Sequence[Trial]) -> Trial | None:
        """The mean of the best few that describe pictures differently; None where there are not two of them."""
        chosen = self._diverse(trials)
        if len(chosen) < 2:
            return None
        record = blended([cast(OutOfFold, one.record) for one in chosen], self.data.folds)
        members = tuple(member for one in chosen for member in one.members)
        reading = median_ms(chosen[0].preparation.apply, self.data.training.items)  # done once for all members
        latency = reading + sum(max((one.latency_ms or 0.0) - reading, 0.0) for one in chosen)
        size = sum(one.size_bytes or 0 for one in chosen)
        costs = tuple(cost for one in chosen for cost in one.costs)
        trial = Trial(members, chosen[0].preparation, record, latency_ms=latency, size_bytes=size, costs=costs)
        return self._scored(trial)

    def _diverse(self, trials: Sequence[Trial]) -> list[Trial]:
        chosen: list[Trial] = []
        for trial in sorted((one for one in trials if one.record is not None), key=self.scorer.order):
            if all(trial.members[0].represent != one.members[0].represent for one in chosen):
                chosen.append(trial)
        return chosen[:BLEND_OF]

    def node(self, candidate: Candidate) -> Node:
        """Its descriptors and summaries, seeded, unfitted."""
        return seeded(parse(candidate.represent), self.seed)

    def classifier(self, candidate: Candidate) -> Classifier:
        """Its classifier, seeded, unfitted."""
        return cast(Classifier, seeded(build(candidate.classify), self.seed))

    def _tried(self, candidate: Candidate, preparation: Preparation, checked: bool) -> Trial:
        represented = self._represented(candidate, preparation, checked)
        if checked:
            self.budget.check()
        classifier = self.classifier(candidate)
        limit = rows_in_memory(represented.of(0).shape[1]) // len(VIEWS[candidate.augment])
        started = time.perf_counter()
        record, fitted = out_of_fold(classifier, represented, self.data.folds, limit, self.seed, candidate.augment)
        seconds = time.perf_counter() - started
        self._learn_slowness(candidate, seconds)
        model = Model(self.data.task, preparation, chained(represented.node(0), fitted[0]))
        trial = Trial(
            (candidate,),
            preparation,
            record,
            latency_ms=median_ms(lambda item: model.predict([item], workers=1), self.data.training.items),
            size_bytes=sum(array.nbytes for array in tree.state(model.graph).values()),
            costs=(self._cost(candidate, represented, limit, seconds, model),),
        )
        return self._scored(trial)

    def _cost(
        self, candidate: Candidate, represented: Represented, limit: int, seconds: float, model: Model
    ) -> FitCost:
        workers = min(self.workers or available_cores(), len(self.data.folds))
        rows = min(limit, min(len(training) for training in self.data.folds.training()))
        rows *= len(VIEWS[candidate.augment])
        describing = seconds_of_each(lambda items: model.embed(items, workers=1), self.data.training.items)
        return FitCost(seconds * workers / len(self.data.folds), rows, represented.of(0).shape[1], describing)

    def _learn_slowness(self, candidate: Candidate, seconds: float) -> None:
        # Fits of less than a second say more about imports and noise than about the machine.
        if seconds > 1:
            measured = float(np.clip(seconds / max(self._fit_s(candidate), 1e-3), 0.2, 5))
            self._slowness = 0.5 * self._slowness + 0.5 * measured

    def _scored(self, trial: Trial) -> Trial:
        record = cast(OutOfFold, trial.record)
        loss = float(log_loss(record.probabilities, record.truth))
        return dataclasses.replace(trial, score=self.scorer.interval(record), log_loss=loss)

    def _represented(self, candidate: Candidate, preparation: Preparation, checked: bool) -> Represented:
        check, augment = self.budget.check if checked else lambda: None, candidate.augment
        memory = self._vectors.under(preparation, augment)
        describer = Describer(self.seed, self.workers, self.progress, check, memory)
        views, folds = Views(self.pictures(preparation), augment), self.data.folds
        training = [views.rows(rows) for rows in folds.training()]
        return describer.represent(self.node(candidate), views, repeated(folds.truth, augment), training)

    def pictures(self, preparation: Preparation) -> Pictures:
        """The pictures that candidates are compared on."""
        return self.data.pictures(preparation, self.store if preparation.decode == 1 else None)


def seeded(node: Node, seed: int) -> Node:
    """The tree with the search's seed in every component that takes one and was given none of its own."""
    for _, leaf in tree.leaves(node):
        for part in (leaf, *(inner for _, inner in leaf.inner())):
            if part.get_params(deep=False).get("seed") == 0:
                part.set_params(seed=seed)
    return node


def chained(represent: Node, classifier: Classifier) -> Chain:
    """A fitted representation and the classifier fitted on it."""
    steps = represent.steps if isinstance(represent, Chain) else (represent,)
    return Chain((*steps, classifier))
