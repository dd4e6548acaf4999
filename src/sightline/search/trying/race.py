"""Successive halving on growing data: everybody on few pictures, the best third on three times as many, and so on.

What the journal has whole comes to the board of its rung before anything new is begun, whatever time is left; then it
decides who climbs as if it had been tried now.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence

from sightline.data.views import VIEWS
from sightline.errors import InputError
from sightline.parallel import ordered_map
from sightline.pipeline import graph as tree
from sightline.preparation.preparation import Preparation
from sightline.resources import available_cores
from sightline.search.collecting.ladder import GROWTH
from sightline.search.trying.attempt import attempt
from sightline.search.trying.candidate import Candidate, distinct
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.imports import begin_import
from sightline.search.trying.limits import Limits
from sightline.search.trying.memory import check_memory, memory_limit
from sightline.search.trying.recall import Recall, about
from sightline.search.trying.represented import described_by
from sightline.search.trying.trial import Trial

AT_LEAST = 2
"""Candidates that climb, at least: a single one would be chosen by a third of the pictures."""
CLIMB = 0.6
"""Share of the time left that the next rung may take; the rest is for making the best better."""

WAIT_S = 0.1
"""Waiting for others that is not worth another order."""


class Race:
    """Tries candidates as time allows; what was found survives an interruption.

    Args:
        among: what candidates are compared with.
        expectation: what trying them will take.
        trials: every trial is appended here when it is done.
        limits: candidates over a limit do not climb while others can.

    Attributes:
        recall: what earlier runs tried.
    """

    def __init__(self, among: Comparison, expectation: Expectation, trials: list[Trial], limits: Limits) -> None:
        self._among = among
        self.limits = limits
        self.recall = Recall(among, expectation)
        self._expectation = expectation
        self._trials = trials
        self._under_way: dict[tuple[str, str], tuple[Candidate, float]] = {}
        self._lock = threading.Lock()

    def run(self, candidates: Sequence[Candidate], preparation: Preparation) -> int:
        """Climb the ladder; the highest rung on which somebody was tried."""
        climbing, rung = list(candidates), 0
        while True:
            tried = self.rung(climbing, preparation, rung)
            if not tried:  # all were too large, or no time was left
                return max(rung - 1, 0)
            if rung == self._among.ladder.top:
                return rung
            best, n = self._promoted(tried), self._among.ladder.sizes[rung + 1]
            known = self.recall.of(candidates, preparation, n)
            if not known and not self._worth_climbing(best, preparation, rung + 1):
                return rung
            climbing, rung = distinct([trial.members[0] for trial in (*best, *known)]), rung + 1
            self._trials[:] = [dataclasses.replace(trial, model=None) for trial in self._trials]

    def rung(
        self,
        candidates: Sequence[Candidate],
        preparation: Preparation,
        rung: int,
        like: Trial | None = None,
        late: bool = False,
    ) -> list[Trial]:
        """Try candidates in turn on a rung, several at the same time; those with a record come back.

        Args:
            candidates: what to try; those that the journal has come first, and are tried whatever time is left.
            preparation: what the pictures go through.
            rung: how many pictures.
            like: a trial on the same pictures that they are versions of; without time for one it is left out.
            late: they come after others that were tried; without time for one it is listed with the reason.
        """
        among, n, count = self._among, self._among.ladder.sizes[rung], len(candidates)
        before = self._before(candidates, like)
        joined = self._join(candidates, preparation, n)
        new = _others(candidates, joined)
        entering = like is None and (rung == 0 or late)
        sure = entering and not joined and not late  # so that there always is an answer

        def tried_out(numbered: tuple[int, Candidate]) -> Trial:
            number, candidate = numbered
            try:
                among.progress(f"trying {candidate.label} on {n} pictures", len(joined) + number, count)
                trial = attempt(among, candidate, preparation, n, sure=sure and number == 0)
                with self._lock:  # here, so that an interruption of the others does not lose it
                    self._trials.append(trial)
                    self._reserve()
                among.told(trial)
                return trial
            finally:
                with self._lock:
                    self._under_way.pop(candidate.identity, None)

        admitted = self._admitted(new, preparation, rung, before, entering, sure)
        # On Ctrl-C the others stop at their next picture.
        trials = list(ordered_map(tried_out, admitted, among.workers, ahead=count, interrupted=among.budget.stop))
        tried = [trial for trial in trials if trial.record is not None]
        among.progress(f"trying candidates on {n} pictures", count, count)
        return joined + tried

    def _join(self, candidates: Sequence[Candidate], preparation: Preparation, n: int) -> list[Trial]:
        """Take to the board what the journal has, in the order of the candidates.

        It counts as the time that it took: what is left of the time, and so what is begun next, is what it would be
        had it been tried now.
        """
        joined = self.recall.of(candidates, preparation, n)
        self.recall.charge(candidates, preparation, n)
        for trial in joined:
            self._trials.append(trial)
            self._reserve()
            self._among.told(trial)
        return joined

    def _before(self, candidates: Sequence[Candidate], like: Trial | None) -> dict[tuple[str, str], Trial]:
        """What is known of each candidate from fewer pictures, or from one that it is a version of."""
        if like is not None:
            return {candidate.identity: like for candidate in candidates}
        return {trial.members[0].identity: trial for trial in self._trials if trial.record is not None}

    def _admitted(
        self,
        candidates: Sequence[Candidate],
        preparation: Preparation,
        rung: int,
        before: dict[tuple[str, str], Trial],
        entering: bool,
        sure: bool,
    ) -> Iterator[tuple[int, Candidate]]:
        n, waiting = self._among.ladder.sizes[rung], list(candidates)
        for number in range(len(waiting)):
            first = sure and number == 0
            candidate = waiting.pop(self._most_promising(waiting, preparation) if entering and not first else 0)
            known = before.get(candidate.identity)
            missing = self.recall.missing(candidate, preparation, n)
            expected = self._expectation.trying_s(candidate, preparation, n, known, missing)
            why = self._too_large(candidate, rung, known)
            if not first:
                why = why or self.recall.too_late(candidate, preparation, n) or self._too_long(expected)
            if why is None:
                with self._lock:
                    self._under_way[candidate.identity] = candidate, expected
                yield number, candidate
            elif entering:
                self._trials.append(Trial((candidate,), preparation, status="skipped", why=why, pictures=n))

    def _most_promising(self, waiting: Sequence[Candidate], preparation: Preparation) -> int:
        """Which of those that nothing is known of comes next: promise for each second that trying would take now.

        So little time goes to what is most likely the best, and with enough of it everybody's turn comes. Who would
        wait for a description that another is making comes later.
        """
        n, side_px = self._among.ladder.sizes[0], self._among.data.side_px
        with self._lock:
            others = [candidate for candidate, _ in self._under_way.values()]

        def promise(number: int) -> tuple[bool, float]:
            candidate = waiting[number]
            free = self._expectation.shared_s(candidate, others, preparation, n) < WAIT_S
            return free, candidate.promise_for(side_px) / self._expectation.trying_s(candidate, preparation, n)

        return max(range(len(waiting)), key=promise)

    def _too_long(self, expected_s: float) -> str | None:
        with self._lock:
            waiting = sum(expected for _, expected in self._under_way.values())
        workers = self._among.workers or available_cores()
        left = self._among.budget.left_to_search() - waiting / workers
        if expected_s / workers <= left:
            return None
        counted = " when what is remembered had been counted" if self._among.budget.charged else ""
        return f"would take about {about(expected_s / workers)} s; {about(left)} s were left to search{counted}"

    def _too_large(self, candidate: Candidate, rung: int, before: Trial | None) -> str | None:
        """Why a candidate is not tried for want of memory.

        Those that tell every two classes apart hold much with very many classes; of what was tried on fewer pictures
        it is known how long its vectors are.
        """
        k, rows = self._among.folds.k, self._among.ladder.sizes[rung]
        needed = rows * (k - 1) * 8  # the weight of each row in the duels of its class
        if candidate.two_by_two and needed > memory_limit():
            allowed = memory_limit() / 1e9
            return f"would hold up to {needed / 1e9:.1f} GB: {k} classes, two by two; allowed: {allowed:.1f}"
        if before is None or not before.costs:
            return None
        anew = any(map(tree.learns, described_by(self._among.node(candidate))))  # for every fold
        folds = len(self._among.folds) if anew else 1
        try:
            check_memory(rows * len(VIEWS[candidate.augment]), before.costs[0].widest, folds)
        except InputError as error:
            return str(error)
        return None

    def _promoted(self, tried: Sequence[Trial]) -> list[Trial]:
        able = self.limits.able(tried)
        count = max(AT_LEAST, -(-len(able) // GROWTH))
        return sorted(able, key=self._among.scorer.order)[:count]

    def _worth_climbing(self, best: Sequence[Trial], preparation: Preparation, rung: int) -> bool:
        """Whether the best two can be tried on the next rung in a part of the time left."""
        if not best:
            return False
        workers = self._among.workers or available_cores()
        n = self._among.ladder.sizes[rung]
        needed = sum(self._expectation.trying_s(trial.members[0], preparation, n, trial) for trial in best[:AT_LEAST])
        return needed / workers <= CLIMB * self._among.budget.left_to_search()

    def _reserve(self) -> None:
        """Keep the time that the best one so far would need to finish, and begin to import what it is fitted with.

        One that is remembered would wait for that at the end: nothing of its kind may have been fitted in this process.
        """
        tried = [trial for trial in self._trials if trial.record is not None]
        most = max((trial.pictures for trial in tried), default=0)
        able = self.limits.able([trial for trial in tried if trial.pictures == most])
        best = min(able, key=self._among.scorer.order, default=None)
        if best is not None:
            self._among.budget.reserve(self._expectation.finishing_s(best))
            begin_import(type(self._among.classifier(best.members[0])))


def _others(candidates: Sequence[Candidate], tried: Sequence[Trial]) -> list[Candidate]:
    """Those that were not tried."""
    known = {trial.members[0].identity for trial in tried}
    return [candidate for candidate in candidates if candidate.identity not in known]
