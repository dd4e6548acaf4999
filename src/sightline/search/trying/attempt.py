"""One candidate tried on some pictures: described, fitted for each fold, judged on what the fold held out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import cast

import numpy as np

from sightline.arrays import Array
from sightline.contracts import Classifier
from sightline.data.out_of_fold import OutOfFold
from sightline.data.views import of_all_views
from sightline.parallel import ordered_map
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain, Node
from sightline.pipeline.model import Model
from sightline.pipeline.quickness import Trip
from sightline.preparation.preparation import Preparation
from sightline.search.collecting.budget import OutOfTime
from sightline.search.collecting.cross_validate import held_out, record, sampled
from sightline.search.collecting.journal import LONGEST_S, Entry, Journal
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import MEASURED, SPEED, Comparison
from sightline.search.trying.failures import is_failure, reason
from sightline.search.trying.imports import wait_until_imported
from sightline.search.trying.memory import rows_in_memory
from sightline.search.trying.represent import Describer
from sightline.search.trying.trial import FitCost, Trial

FOLD = {
    "fit_s": (0.0, LONGEST_S),
    "learned_s": (0.0, LONGEST_S),
    "vectors": (1.0, 1e12),
    "width": (1.0, 1e9),
    "widest": (1.0, 1e9),
}
"""What the journal holds of each fold, and what that can be."""


def attempt(among: Comparison, candidate: Candidate, preparation: Preparation, n: int, sure: bool = False) -> Trial:
    """Try one candidate to the end; without time it is skipped, where it cannot be done it has failed with the reason.

    Args:
        among: what it is compared with.
        candidate: what to try.
        preparation: what the pictures go through.
        n: how many pictures, from the beginning of the ladder.
        sure: not cut short when the time for searching is over.
    """
    started = time.perf_counter()
    try:
        return _Attempt(among, candidate, preparation, n, sure).made()
    except OutOfTime as error:
        trial = Trial((candidate,), preparation, status="skipped", why=str(error), pictures=n)
    except Exception as error:
        if not is_failure(error):
            raise
        trial = Trial((candidate,), preparation, status="failed", why=reason(error), pictures=n)
    return dataclasses.replace(trial, seconds=time.perf_counter() - started)


@dataclasses.dataclass(frozen=True)
class Remembered:
    """What the journal has of an attempt.

    Attributes:
        trial: made of it; None where some part must be done now.
        seconds: that it took, of one core.
        missing: folds that are to be done.
    """

    trial: Trial | None
    seconds: float
    missing: int


def remembered(among: Comparison, candidate: Candidate, preparation: Preparation, n: int) -> Remembered:
    """What the journal has of an attempt. Nothing is charged for it: who takes it to the board does that."""
    return _Attempt(among, candidate, preparation, n, sure=False).remembered()


class _Attempt:
    """The steps of one attempt; what the journal knows is not done again."""

    def __init__(self, among: Comparison, candidate: Candidate, preparation: Preparation, n: int, sure: bool) -> None:
        self._among, self._candidate, self._preparation = among, candidate, preparation
        self._n = n
        self._folds = among.folds.subset(slice(0, self._n))
        self._sure = sure
        self._tried = self._folds.tried()
        key = among.key(candidate, preparation, self._n)
        self._keys = {fold: Journal.key(key, str(fold)) for fold in self._tried}
        self._measured_key = Journal.key(key, MEASURED)

    def made(self) -> Trial:
        """The trial with its record, score and costs."""
        known, measured = self._known()
        missing, model = self._missing(known, measured), None
        if missing:
            fresh, model, measured = self._work(missing)
            known |= fresh
        return self._trial(known, cast(Entry, measured), model)

    def remembered(self) -> Remembered:
        """What needs no work."""
        known, measured = self._known()
        missing, seconds = len(self._missing(known, measured)), sum(entry.seconds for entry in known.values())
        try:
            trial = None if missing else self._trial(known, cast(Entry, measured), None)
        except Exception as error:
            if not is_failure(error):
                raise
            return Remembered(None, seconds, 1)  # such answers cannot be scored; trying it says why
        return Remembered(trial, seconds, missing)

    def _missing(self, known: Mapping[int, Entry], measured: Entry | None) -> list[int]:
        """Folds that are to be done; one where speed and size alone are missing, for its model."""
        return [fold for fold in self._tried if fold not in known] or ([] if measured else self._tried[:1])

    def _known(self) -> tuple[dict[int, Entry], Entry | None]:
        """What the journal has of each fold, and of speed and size."""
        found = {fold: self._among.journal.get(key, FOLD) for fold, key in self._keys.items()}
        known = {fold: entry for fold, entry in found.items() if entry is not None and self._answers(fold, entry)}
        return known, self._among.journal.get(self._measured_key, SPEED)

    def _answers(self, fold: int, entry: Entry) -> bool:
        """Whether there is an answer for each row that the fold holds out."""
        return entry.raw.shape == (len(self._folds.held(fold)), self._folds.k)

    def _work(self, missing: list[int]) -> tuple[dict[int, Entry], Model, Entry]:
        among, candidate, folds = self._among, self._candidate, self._folds
        started = time.perf_counter()
        sample = among.sample(self._preparation, candidate.augment, self._n, missing)
        check = _go_on if self._sure else among.budget.check
        describer = Describer(among.vectors, among.seed, among.workers, among.progress, check, among.crew)
        represented = describer.represent(among.node(candidate), sample)
        check()
        share = (time.perf_counter() - started) / len(missing)
        wait_until_imported(type(among.classifier(candidate)), check)
        limit = rows_in_memory(represented.of(0).shape[1]) // sample.views.copies

        def one(number: int) -> tuple[Entry, Classifier]:
            check()  # a fit is not cut short, but no further one begins
            fold, began = missing[number], time.perf_counter()
            matrix = represented.of(number)
            rows = sampled(sample.training[number], folds.truth, limit, among.seed)
            rows = of_all_views(rows, self._n, candidate.augment)
            fitted = among.classifier(candidate).fit(matrix[rows], sample.truth[rows])
            facts = {"fit_s": time.perf_counter() - began, "vectors": len(rows), "width": matrix.shape[1]}
            facts |= {"widest": represented.widest, "learned_s": represented.learned_s}
            raw = held_out(fitted, matrix[folds.held(fold)], folds.k)
            entry = Entry(raw, share + time.perf_counter() - began, facts)
            among.journal.put(self._keys[fold], entry, self._about(fold))
            return entry, fitted

        found = list(ordered_map(one, range(len(missing)), among.workers))
        model = Model(among.data.task, self._preparation, chained(represented.node(0), found[0][1]))
        return {fold: entry for fold, (entry, _) in zip(missing, found, strict=True)}, model, self._measured(model)

    def _measured(self, model: Model) -> Entry:
        began = time.perf_counter()
        quickness = self._among.crew.measure(Trip.through(model, self._among.data.training.items))
        facts = {
            **dataclasses.asdict(quickness),
            "size_bytes": float(tree.nbytes(model.graph)),
        }
        entry = Entry(np.zeros((0, self._folds.k), np.float32), time.perf_counter() - began, facts)
        self._among.journal.put(self._measured_key, entry, self._about(MEASURED))
        return entry

    def _about(self, fold: int | str) -> dict[str, object]:
        return {"candidate": self._candidate.label, "pictures": self._n, "fold": fold}

    def _trial(self, known: dict[int, Entry], measured: Entry, model: Model | None) -> Trial:
        raw = np.zeros((self._n, self._folds.k), np.float32)
        for fold, entry in known.items():
            raw[self._folds.held(fold)] = entry.raw
        index = np.flatnonzero(np.isin(self._folds.fold, self._tried))
        entries = list(known.values())
        cost = FitCost(
            seconds=float(np.median([entry.facts["fit_s"] for entry in entries])),
            vectors=int(min(entry.facts["vectors"] for entry in entries)),
            width=int(entries[0].facts["width"]),
            describe_s=measured.facts["describe_s"],
            widest=int(entries[0].facts["widest"]),
            learned_s=float(np.median([entry.facts["learned_s"] for entry in entries])),
        )
        trial = Trial(
            (self._candidate,),
            self._preparation,
            _of_catalog(record(index, raw[index], self._folds), self._among.ladder.order),
            latency_ms=measured.facts["latency_ms"],
            size_bytes=int(measured.facts["size_bytes"]),
            seconds=sum(entry.seconds for entry in entries) + measured.seconds,
            costs=(cost,),
            pictures=self._n,
            model=model,
        )
        return self._among.scored(trial)


def _go_on() -> None:
    """Nothing stops an attempt that is sure."""


def _of_catalog(found: OutOfFold, order: Array) -> OutOfFold:
    """The record with rows of the catalog in place of rows of the ladder."""
    return dataclasses.replace(found, index=order[found.index])


def chained(represent: Node, classifier: Classifier) -> Chain:
    """A fitted representation and the classifier fitted on it."""
    steps = represent.steps if isinstance(represent, Chain) else (represent,)
    return Chain((*steps, classifier))
