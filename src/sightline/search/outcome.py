"""From what candidates are compared with to the run that is given back: search, choose, deliver, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from sightline.errors import BudgetError, InputError
from sightline.findings import Finding
from sightline.parallel import Progress
from sightline.preparation.preparation import Preparation
from sightline.search.choosing.correction import chosen_among
from sightline.search.choosing.outlook import outlook
from sightline.search.choosing.selection import ranked
from sightline.search.collecting.budget import Budget
from sightline.search.delivering.deliver import Delivered, deliver
from sightline.search.delivering.freeze import Freezer
from sightline.search.delivering.plan import Plan
from sightline.search.delivering.run import Run
from sightline.search.delivering.write import write_findings, write_leaderboard, write_run
from sightline.search.improving.blend import blends
from sightline.search.improving.distill import students
from sightline.search.improving.from_nothing import from_nothing, from_unlabelled
from sightline.search.improving.improve import best_of, flawless, improve
from sightline.search.improving.late import first_in_time
from sightline.search.improving.reduced import try_reduced
from sightline.search.replay import replayed, told
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.failures import is_failure, reason
from sightline.search.trying.limits import Limits, OverLimits
from sightline.search.trying.race import Race
from sightline.search.trying.settle import settled
from sightline.search.trying.trial import Trial


@dataclasses.dataclass(frozen=True)
class Wish:
    """What was asked of one fit.

    Attributes:
        time_s: seconds for everything.
        seed: every random choice follows from it.
        tolerance: score that a cheaper candidate may lose at most.
        limits: what the model may cost.
        workers: threads; None for the cores available.
        progress: told as work goes on.
        told: hears of every trial when it is done.
        out: folder for the results; None leaves nothing behind.
        candidates: what may be tried.
        plan: of an earlier run, whose winner alone is made again.
        pictures: whether the report may hold pictures of the data.
        notes: what was found before anything was read.
        late: what is tried after the candidates, if time is left.
        trains: whether networks may be trained besides: from nothing where pictures are many and small, and from the
            best where a limit excludes that.
    """

    time_s: float
    seed: int
    tolerance: float
    limits: Limits
    workers: int | None
    progress: Progress
    told: Callable[[Trial], None]
    out: Path | None
    candidates: tuple[Candidate, ...]
    plan: Plan | None = None
    pictures: bool = True
    notes: tuple[Finding, ...] = ()
    late: tuple[Candidate, ...] = ()
    trains: bool = False


def searched(among: Comparison, wish: Wish, preparation: Preparation) -> Run:
    """Search as long as the time allows, and deliver the best.

    Raises:
        InputError: no candidate could be tried to the end, or the plan does not fit.
        BudgetError: no candidate meets a limit.
    """
    tried: list[Trial] = []
    learn_from = None if wish.plan is None else wish.plan.learned_from
    freezer = Freezer(among, Expectation(among), learn_from)
    interrupted, more = False, tuple[Finding, ...]()
    try:
        _search(freezer, tried, wish, preparation)
        if wish.plan is None and any(trial.record for trial in tried):
            more = tuple(outlook(among, freezer.expectation, tried))
    except KeyboardInterrupt:
        interrupted = True
        if not any(trial.record for trial in tried):
            raise
    board = ranked(tried, among.scorer, wish.limits, wish.tolerance)
    if wish.out is not None:
        write_leaderboard(wish.out, board)
        write_findings(wish.out, among.data.findings)
    if not any(trial.record for trial in board):
        raise _nothing_tried(board)
    return _run(among, wish, tried, _first_within_limits(freezer, board, tried, wish), more, interrupted)


def _search(freezer: Freezer, tried: list[Trial], wish: Wish, preparation: Preparation) -> None:
    """Everything that is tried, appended to `tried` as it is done."""
    among = freezer.among
    if wish.plan is not None:
        tried.append(replayed(among, wish.plan, preparation))
        return
    race = Race(among, freezer.expectation, tried, wish.limits)
    rung = race.run(wish.candidates, preparation)
    if len(wish.candidates) > 1:  # one pipeline alone is what the user wants, as it is
        improve(race, among, tried, preparation, rung)
        best = best_of(among, tried, rung, wish.limits)
        if best is None or not flawless(best):
            first_in_time(race, among, preparation, rung, wish.late)
            if wish.trains:
                for trainings in (from_nothing, from_unlabelled):
                    first_in_time(race, among, preparation, rung, list(trainings(among, best)))
        if wish.trains:
            first_in_time(race, among, preparation, rung, list(students(among, tried, wish.limits)))
        tried[:] = settled(among, tried)
        for mean in blends(among, wish.limits.able([one for one in tried if one.pictures == among.ladder.sizes[rung]])):
            if freezer.expectation.finishing_s(mean) <= among.budget.left():
                tried.append(mean)
                among.told(mean)
    tried.extend(filter(None, [try_reduced(among, tried, rung, wish.limits)]))


def _run(
    among: Comparison,
    wish: Wish,
    tried: list[Trial],
    delivered: Delivered,
    more: tuple[Finding, ...],
    interrupted: bool,
) -> Run:
    data, digest = among.data, delivered.model.digest
    winner = next(trial for trial in delivered.trials if trial.status == "winner")
    plan = Plan.of(
        winner, chosen_among(winner, delivered.trials, tried, among.scorer), learned_from=delivered.learned_from,
        content=among.content(), seed=wish.seed, time_s=wish.time_s, digest=digest,
        rows_read=data.rows_read, task=data.task,
        target=None if wish.limits.target is None else wish.limits.target.name,
    )  # fmt: skip
    replayed_as = () if wish.plan is None else told(wish.plan, digest, data.task, delivered.evaluation)
    run = Run(
        leaderboard=tuple(delivered.trials),
        model=delivered.model,
        evaluation=delivered.evaluation,
        findings=(
            *data.findings,
            *wish.notes,
            *delivered.findings,
            *more,
            *replayed_as,
            *_stopped(interrupted),
            *_late(among.budget),
        ),
        folder=wish.out,
        seconds=among.budget.elapsed(),
        budget_s=wish.time_s,
        seed=wish.seed,
        plan=plan,
        interrupted=interrupted,
    )
    if wish.out is not None:
        write_run(wish.out, run, data, delivered, wish.pictures)
    return run


def _first_within_limits(freezer: Freezer, board: list[Trial], tried: list[Trial], wish: Wish) -> Delivered:
    """The best trial whose model file keeps every limit when it is measured."""
    first = True
    while True:
        winner = next((trial for trial in board if trial.status == "winner"), None)
        if winner is None:
            over = any(trial.status == "over budget" for trial in board)
            raise BudgetError(wish.limits.nothing_fits(board)) if over else _nothing_tried(board)
        fallen = _fallen(freezer, winner, first)
        if fallen is None:
            try:
                return deliver(freezer, winner, board, tried, wish.limits, wish.out)
            except OverLimits as error:
                why = f"its file: {error}"
                fallen = dataclasses.replace(winner, status="over budget", why=why, excess=error.excess)
            except Exception as error:
                if not is_failure(error) or isinstance(error, OSError):  # a full disk is no candidate's fault
                    raise
                fallen = dataclasses.replace(winner, status="failed", why=f"fitted on everything, {reason(error)}")
        first = False
        board = [fallen if one is winner else one for one in board]
        board = ranked(board, freezer.among.scorer, wish.limits, wish.tolerance)
        if wish.out is not None:
            write_leaderboard(wish.out, board)


def _fallen(freezer: Freezer, trial: Trial, first: bool) -> Trial | None:
    """A trial whose file there is no time to make any more; None where there is, and for the first in any case."""
    if first or freezer.expectation.finishing_s(trial, trial.pictures) <= freezer.among.budget.left():
        return None
    return dataclasses.replace(trial, status="skipped", why="its file was not measured: the time was over")


def _nothing_tried(trials: list[Trial]) -> InputError:
    reasons = "; ".join(f"{trial.name}: {trial.why}" for trial in trials[:3])
    return InputError(f"no candidate could be tried to the end ({reasons}); give more time (--time) or other data")


def _stopped(interrupted: bool) -> Iterator[Finding]:
    if interrupted:
        message = "the search was interrupted; the winner is the best of what had been tried by then"
        yield Finding("interrupted", "warning", message, "run again for the whole search")


def _late(budget: Budget) -> Iterator[Finding]:
    needed = round(budget.elapsed(), 1)
    if needed > budget.seconds:  # as it is told: no more is needed than was given where both read the same
        message = f"{needed:.1f} s were needed and {budget.seconds:g} s were given"
        yield Finding("over-time", "info", message, "a fit that has begun is not cut short; give more time (--time)")
