"""Candidates tried one after the other, cheap first, until the time for searching is over."""

from __future__ import annotations

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
from sightline.search.cross_validate import blended, out_of_fold, sampled
from sightline.search.latency import median_ms
from sightline.search.represent import Describer, Represented, side_by_side, unlearned
from sightline.search.selection import Scorer
from sightline.search.trial import Trial
from sightline.version import __version__

MATRIX_LIMIT_BYTES = 600_000_000
"""Vectors held for reuse; a candidate whose own matrix is larger learns from a sample."""
TIMED_PICTURES = 4
OVERHEAD_S = 0.3
BLEND_OF = 3


@dataclasses.dataclass
class Search:
    """One search over one collection.

    Attributes:
        data: what is learned from.
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
        self._kept: dict[tuple[str, str], Represented] = {}
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
        k, rows = self.data.folds.k, min(len(self.data.training), candidate.max_rows or len(self.data.training))
        needed = rows * (k * (k - 1) // 2) * 8
        if not candidate.quadratic or needed <= MATRIX_LIMIT_BYTES:
            return None
        return f"would hold up to {needed / 1e9:.1f} GB: {k} classes, two by two; allowed: {MATRIX_LIMIT_BYTES / 1e9:g}"

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
        describe = self._describe_s(self._node(candidate), preparation)
        return describe + self._fit_s(candidate) * self._slowness + OVERHEAD_S

    def _fit_s(self, candidate: Candidate) -> float:
        rows = min(len(self.data.training), candidate.max_rows or MATRIX_LIMIT_BYTES)
        width = 1_000  # unknown before describing; the portfolio's descriptions have 300 to 3,000 dimensions
        return len(self.data.folds) * rows * (rows if candidate.quadratic else 1) * width * candidate.fit_ns / 1e9

    def _describe_s(self, node: Node, preparation: Preparation) -> float:
        """Seconds to describe all pictures by what is not kept yet, timed on a few of them."""
        if (repr(node), preparation.key()) in self._kept:
            return 0.0
        if isinstance(node, Union):
            return sum(self._describe_s(branch, preparation) for branch in node.branches)
        # Learning a codebook takes one pass, encoding by the codebook of each fold as long as two.
        passes = 3 if tree.learns(node) else 1
        n, pictures, first = len(self.data.training), self._pictures(preparation), unlearned(node)
        times = []
        for row in np.unique(np.linspace(0, n - 1, TIMED_PICTURES).astype(int)):
            started = time.perf_counter()
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
        return self._scored(Trial(members, chosen[0].preparation, record, latency_ms=latency, size_bytes=size))

    def _diverse(self, trials: Sequence[Trial]) -> list[Trial]:
        chosen: list[Trial] = []
        for trial in sorted((one for one in trials if one.record is not None), key=self.scorer.order):
            if all(trial.members[0].represent != one.members[0].represent for one in chosen):
                chosen.append(trial)
        return chosen[:BLEND_OF]

    def freeze(self, trial: Trial) -> Node:
        """The trial's pipeline, fitted on every training picture."""
        members = [self._frozen(member, trial.preparation) for member in trial.members]
        if len(members) == 1:
            return members[0]
        return tree.Blend(tuple(members), (1 / len(members),) * len(members))

    def _frozen(self, candidate: Candidate, preparation: Preparation) -> Node:
        node = self._node(candidate)
        everything = np.arange(len(self.data.training), dtype=np.int64)
        if tree.learns(node):
            describer = self._describer(checked=False)
            pictures = self._pictures(preparation)
            represented = describer.represent(node, pictures, self.data.folds.truth, [everything])
        else:
            represented = self._represented(node, preparation, checked=False)
        rows = sampled(everything, self.data.folds.truth, self._rows(candidate, represented), self.seed)
        classifier = self._classifier(candidate)
        self.progress(f"fitting {candidate.name} on {len(rows)} pictures", 0, None)
        classifier.fit(represented.of(0)[rows], self.data.folds.truth[rows])
        return _chained(represented.node(0), classifier)

    def _node(self, candidate: Candidate) -> Node:
        return seeded(parse(candidate.represent), self.seed)

    def _classifier(self, candidate: Candidate) -> Classifier:
        return cast(Classifier, seeded(build(candidate.classify), self.seed))

    def _tried(self, candidate: Candidate, preparation: Preparation, checked: bool) -> Trial:
        represented = self._represented(self._node(candidate), preparation, checked)
        if checked:
            self.budget.check()
        classifier = self._classifier(candidate)
        limit = self._rows(candidate, represented)
        started = time.perf_counter()
        record, fitted = out_of_fold(classifier, represented, self.data.folds, limit, self.seed)
        self._learn_slowness(candidate, time.perf_counter() - started)
        node = _chained(represented.node(0), fitted[0])
        size = sum(array.nbytes for array in tree.state(node).values())
        trial = Trial(
            (candidate,), preparation, record, latency_ms=self._latency_ms(node, preparation), size_bytes=size
        )
        return self._scored(trial)

    def _learn_slowness(self, candidate: Candidate, seconds: float) -> None:
        # Fits of less than a second say more about imports and noise than about the machine.
        if seconds > 1:
            measured = float(np.clip(seconds / max(self._fit_s(candidate), 1e-3), 0.2, 5))
            self._slowness = 0.5 * self._slowness + 0.5 * measured

    def _rows(self, candidate: Candidate, represented: Represented) -> int:
        width = int(represented.of(0).shape[1])
        fitting = MATRIX_LIMIT_BYTES // (4 * max(width, 1))
        return min(candidate.max_rows or fitting, fitting)

    def _scored(self, trial: Trial) -> Trial:
        record = cast(OutOfFold, trial.record)
        loss = float(log_loss(record.probabilities, record.truth))
        return dataclasses.replace(trial, score=self.scorer.interval(record), log_loss=loss)

    def _represented(self, node: Node, preparation: Preparation, checked: bool) -> Represented:
        """Vectors by `node`, from memory, from an earlier run, or made now; branches of a union are kept one by one."""
        key = (repr(node), preparation.key())
        if key in self._kept:
            return self._kept[key]
        if isinstance(node, Union):
            parts = [self._represented(branch, preparation, checked) for branch in node.branches]
            found = side_by_side(parts, len(self.data.folds))
        else:
            found = self._stored(node, preparation) or self._described(node, preparation, checked)
        self._keep(key, found)
        return found

    def _described(self, node: Node, preparation: Preparation, checked: bool) -> Represented:
        pictures, training = self._pictures(preparation), self.data.folds.training()
        found = self._describer(checked).represent(node, pictures, self.data.folds.truth, training)
        self._store(node, preparation, found)
        return found

    def _describer(self, checked: bool) -> Describer:
        check = self.budget.check if checked else lambda: None
        return Describer(self.seed, self.workers, self.progress, check)

    def _pictures(self, preparation: Preparation) -> Pictures:
        return self.data.pictures(preparation, self.store if preparation.decode == 1 else None)

    def _stored(self, node: Node, preparation: Preparation) -> Represented | None:
        if self.features is None or tree.learns(node):
            return None
        matrix = self.features.get(self._feature_key(node, preparation))
        return None if matrix is None or len(matrix) != len(self.data.training) else Represented([matrix], [node])

    def _store(self, node: Node, preparation: Preparation, found: Represented) -> None:
        if self.features is not None and not tree.learns(node):
            self.features.put(self._feature_key(node, preparation), found.of(0))

    def _feature_key(self, node: Node, preparation: Preparation) -> str:
        return FeatureStore.key(self.data.seen.digests, preparation.key(), repr(node), __version__)

    def _keep(self, key: tuple[str, str], found: Represented) -> None:
        self._kept[key] = found
        while len(self._kept) > 1 and _held(self._kept) > MATRIX_LIMIT_BYTES:
            self._kept.pop(next(iter(self._kept)))

    def _latency_ms(self, node: Node, preparation: Preparation) -> float:
        model = Model(self.data.task, preparation, node)
        return median_ms(lambda item: model.predict([item], workers=1), self.data.training.items)


def seeded(node: Node, seed: int) -> Node:
    """The tree with the search's seed in every component that takes one and was given none of its own."""
    for _, leaf in tree.leaves(node):
        for part in (leaf, *(inner for _, inner in leaf.inner())):
            if part.get_params(deep=False).get("seed") == 0:
                part.set_params(seed=seed)
    return node


def _chained(represent: Node, classifier: Classifier) -> Chain:
    steps = represent.steps if isinstance(represent, Chain) else (represent,)
    return Chain((*steps, classifier))


def _held(kept: dict[tuple[str, str], Represented]) -> int:
    return sum(matrix.nbytes for one in kept.values() for matrix in one.matrices)
