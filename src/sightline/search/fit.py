"""`sl.fit`: from a labelled collection to a model file that was measured."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from sightline.data.catalog import Catalog
from sightline.data.store import FeatureStore, PixelStore
from sightline.errors import BudgetError, InputError
from sightline.findings import Finding
from sightline.parallel import Progress, one_thread_each, silent
from sightline.preparation.preparation import Preparation
from sightline.search.augmented import try_augmented
from sightline.search.budget import Budget
from sightline.search.candidates import Candidate, candidates
from sightline.search.collect import cache_folder, collect
from sightline.search.deliver import Delivered, deliver
from sightline.search.freeze import Freezer
from sightline.search.limits import Limits, OverLimits
from sightline.search.reduced import try_reduced
from sightline.search.run import Run
from sightline.search.search import Search
from sightline.search.selection import Scorer, ranked
from sightline.search.trial import Trial
from sightline.search.write import run_folder, write_findings, write_leaderboard, write_run
from sightline.task import Task

LEAST_COMPARED, MOST_COMPARED, COMPARED_A_SECOND = 2_000, 12_000, 20
"""Pictures that candidates are compared on; the winner then learns from all that time allows."""


@dataclasses.dataclass(frozen=True)
class _Wish:
    """What was asked of one fit, as it travels through the steps below."""

    time_s: float
    seed: int
    tolerance: float
    limits: Limits
    workers: int | None
    progress: Progress
    out: Path | None


def fit(
    catalog: Catalog,
    task: Task | None = None,
    time_s: float = 120,
    test: Catalog | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    *,
    only: str | None = None,
    max_latency_ms: float | None = None,
    max_size_mb: float | None = None,
    tolerance: float = 0.01,
    allow_leaks: bool = False,
    workers: int | None = None,
    progress: Progress = silent,
) -> Run:
    """Search, choose, freeze, measure.

    Args:
        catalog: labelled pictures; its test part, if it has one, is not touched before the end.
        task: classes, costs, limits; default: what the catalog says.
        time_s: seconds for everything.
        test: a test part in a catalog of its own.
        out: folder for model.sight, report.html and the tables; None leaves nothing behind.
        seed: every random choice follows from it.
        only: "classical", a component, or a whole pipeline ("HOG() > LinearSVM()").
        max_latency_ms: median time for one picture file, over the task's own limit.
        max_size_mb: size of model.sight, over the task's own limit.
        tolerance: how much score a cheaper candidate may lose at most, at the upper end of the 95 % interval.
        allow_leaks: go on when the same picture is in two parts.
        workers: threads; default the cores available.
        progress: told as work goes on.

    Returns:
        The leaderboard, the model loaded back from its file, its evaluation, the findings.

    Raises:
        CatalogError: nothing to learn from.
        LeakError: the same picture in two parts.
        BudgetError: no candidate meets a limit; the message names the limit and the nearest candidate.
    """
    if not 1 <= time_s <= 30 * 86400:
        raise InputError(f"a time of {time_s:g} s was given; allowed: 1 s to 30 days (--time 90s, 2m, 1h)")
    task = task or Task()
    folder = None if out is None else run_folder(Path(out))
    wish = _Wish(time_s, seed, tolerance, Limits.of(task, max_latency_ms, max_size_mb), workers, progress, folder)
    chosen = candidates(only)
    budget = Budget(time_s)
    preparation = Preparation()
    with one_thread_each(), _stores(cache_folder(folder), preparation) as (store, features):
        data = collect(
            catalog, task, test, store=store, preparation=preparation, allow_leaks=allow_leaks, seed=seed,
            progress=progress, workers=workers,
        )  # fmt: skip
        sample = data.sampled(round(min(MOST_COMPARED, max(LEAST_COMPARED, time_s * COMPARED_A_SECOND))), seed)
        scorer = Scorer.of(data.task, data.grouped, seed)
        search = Search(sample, budget, scorer, seed, workers, progress, store, features)
        return _searched(Freezer(search, data), wish, preparation, chosen)


def _searched(freezer: Freezer, wish: _Wish, preparation: Preparation, chosen: tuple[Candidate, ...]) -> Run:
    search, data, scorer = freezer.search, freezer.whole, freezer.search.scorer
    trials: list[Trial] = []
    interrupted = False
    try:
        search.run(chosen, preparation, trials)
        if len(chosen) > 1:  # one pipeline alone is what the user wants, as it is
            trials.extend(try_augmented(freezer, trials))
        if search.data is data:  # where time decides how much a winner learns from, three in one learn from less
            trials.extend(filter(None, [search.blend(trials)]))
        trials.extend(filter(None, [try_reduced(search, trials)]))
    except KeyboardInterrupt:
        interrupted = True
        if not any(trial.record for trial in trials):
            raise
    trials = ranked(trials, scorer, wish.limits, wish.tolerance)
    if wish.out is not None:
        write_leaderboard(wish.out, trials)
        write_findings(wish.out, data.findings)
    if not any(trial.record for trial in trials):
        raise _nothing_tried(trials)
    delivered = _first_within_limits(freezer, trials, wish)
    run = Run(
        leaderboard=tuple(delivered.trials),
        model=delivered.model,
        evaluation=delivered.evaluation,
        findings=(*data.findings, *delivered.findings, *_stopped(interrupted), *_late(search.budget)),
        folder=wish.out,
        seconds=search.budget.spent(),
        budget_s=wish.time_s,
        seed=wish.seed,
        interrupted=interrupted,
    )
    if wish.out is not None:
        write_run(wish.out, run, data, delivered)
    return run


def _first_within_limits(freezer: Freezer, trials: list[Trial], wish: _Wish) -> Delivered:
    """The best trial whose model file keeps every limit when it is measured."""
    while True:
        winner = next((trial for trial in trials if trial.status == "winner"), None)
        if winner is None:
            raise BudgetError(wish.limits.nothing_fits(trials))
        try:
            return deliver(freezer, winner, trials, wish.limits, wish.out)
        except OverLimits as error:
            fallen = dataclasses.replace(winner, status="over budget", why=f"its file: {error}")
        trials = [fallen if one is winner else one for one in trials]
        if freezer.search.budget.left() <= 0:
            trials = [_unmeasured(one) for one in trials]
        trials = ranked(trials, freezer.search.scorer, wish.limits, wish.tolerance)
        if wish.out is not None:
            write_leaderboard(wish.out, trials)


def _unmeasured(trial: Trial) -> Trial:
    if trial.record is None or trial.status != "tried":
        return trial
    return dataclasses.replace(trial, status="skipped", why="its file was not measured: the time was over")


def _nothing_tried(trials: list[Trial]) -> InputError:
    reasons = "; ".join(f"{trial.name}: {trial.why}" for trial in trials[:3])
    return InputError(f"no candidate could be tried to the end ({reasons}); give more time (--time) or other data")


def _stopped(interrupted: bool) -> Iterator[Finding]:
    if interrupted:
        message = "the search was interrupted; the winner is the best of what had been tried by then"
        yield Finding("interrupted", "warning", message, "run again for the whole search")


def _late(budget: Budget) -> Iterator[Finding]:
    if budget.left() < 0:
        message = f"{budget.spent():.0f} s were needed and {budget.seconds:g} s were given"
        yield Finding("over-time", "info", message, "reading every picture and one candidate are not cut short")


@contextmanager
def _stores(folder: Path | None, preparation: Preparation) -> Iterator[tuple[PixelStore, FeatureStore | None]]:
    """Where prepared pixels and descriptions are kept; without a folder, pixels alone, while the fit runs."""
    with tempfile.TemporaryDirectory(prefix="sightline-") if folder is None else nullcontext(folder) as kept:
        store = PixelStore(Path(kept), preparation.key())
        try:
            yield store, None if folder is None else FeatureStore(folder)
        finally:
            store.close()
