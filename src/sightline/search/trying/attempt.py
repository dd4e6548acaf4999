"""One candidate tried on some pictures: described, fitted for each fold, judged on what the fold held out."""

from __future__ import annotations

import dataclasses
import time
from typing import cast

import numpy as np

from sightline.arrays import Array
from sightline.contracts import Classifier
from sightline.data.out_of_fold import OutOfFold
from sightline.data.views import Views, of_all_views
from sightline.parallel import ordered_map
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain, Node
from sightline.pipeline.model import Model
from sightline.pipeline.quickness import Trip
from sightline.preparation.preparation import Preparation
from sightline.resources import available_cores
from sightline.search.collecting.budget import OutOfTime
from sightline.search.collecting.cross_validate import held_out, record, sampled
from sightline.search.collecting.journal import Entry, Journal
from sightline.search.trying.candidates import Candidate
from sightline.search.trying.comparison import MEASURED, Comparison
from sightline.search.trying.failures import FAILURES, reason
from sightline.search.trying.memory import rows_in_memory
from sightline.search.trying.represent import Describer, Sample, of_folds
from sightline.search.trying.trial import FitCost, Trial


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
    except FAILURES as error:
        trial = Trial((candidate,), preparation, status="failed", why=reason(error), pictures=n)
    return dataclasses.replace(trial, seconds=time.perf_counter() - started)


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
        journal = self._among.journal
        known = {fold: found for fold, key in self._keys.items() if (found := journal.get(key)) is not None}
        measured = journal.get(self._measured_key)
        # Several are tried at the same time, so that what each took counts in part.
        cores = self._among.workers or available_cores()
        self._among.budget.charge(sum(entry.seconds for entry in known.values()) / cores)
        missing = [fold for fold in self._tried if fold not in known] or ([] if measured else self._tried[:1])
        model = None
        if missing:
            fresh, model, measured = self._work(missing)
            known |= fresh
        return self._trial(known, cast(Entry, measured), model)

    def _work(self, missing: list[int]) -> tuple[dict[int, Entry], Model, Entry]:
        among, candidate, folds = self._among, self._candidate, self._folds
        started = time.perf_counter()
        views = Views(among.pictures(self._preparation, self._n), candidate.augment)
        training = [folds.training(fold) for fold in missing]
        sample = Sample(views, self._preparation.key(), folds.truth, training, of_folds(self._n, missing))
        check = _go_on if self._sure else among.budget.check
        describer = Describer(among.vectors, among.seed, among.workers, among.progress, check, among.crew)
        represented = describer.represent(among.node(candidate), sample)
        check()
        share = (time.perf_counter() - started) / len(missing)
        limit = rows_in_memory(represented.of(0).shape[1]) // views.copies
        truth = sample.truth

        def one(number: int) -> tuple[Entry, Classifier]:
            check()  # a fit is not cut short, but no further one begins
            fold, began = missing[number], time.perf_counter()
            matrix = represented.of(number)
            rows = sampled(training[number], folds.truth, limit, among.seed)
            rows = of_all_views(rows, self._n, candidate.augment)
            fitted = among.classifier(candidate).fit(matrix[rows], truth[rows])
            took = time.perf_counter() - began
            raw = held_out(fitted, matrix[folds.held(fold)], folds.k)
            facts = {"fit_s": took, "vectors": len(rows), "width": matrix.shape[1], "widest": represented.widest}
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
            "size_bytes": float(sum(array.nbytes for array in tree.state(model.graph).values())),
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
            seconds=float(np.mean([entry.facts["fit_s"] for entry in entries])),
            vectors=int(min(entry.facts["vectors"] for entry in entries)),
            width=int(entries[0].facts["width"]),
            describe_s=measured.facts["describe_s"],
            widest=int(entries[0].facts["widest"]),
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
