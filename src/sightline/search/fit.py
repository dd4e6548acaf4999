"""`sl.fit`: from a labelled collection to a model file that was measured."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path

import numpy as np

from sightline.data.catalog import Catalog
from sightline.data.read import labelled
from sightline.data.store import FeatureStore, PixelStore
from sightline.deep.wanted import asked_or_at_hand
from sightline.errors import InputError
from sightline.evaluation.profile import Profile
from sightline.findings import Finding
from sightline.networks.network import Network
from sightline.parallel import Progress, checked_workers, silent
from sightline.pipeline.crew import Crew
from sightline.preparation.preparation import Preparation
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.collect import Collected, cache_folder, collect
from sightline.search.collecting.journal import Journal
from sightline.search.collecting.ladder import ladder
from sightline.search.delivering.plan import Plan
from sightline.search.delivering.run import Run
from sightline.search.delivering.write import check_allowed, run_folder
from sightline.search.outcome import Wish, searched
from sightline.search.trying.candidates import candidates, late_candidates
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.limits import Limits
from sightline.search.trying.memory import Vectors
from sightline.search.trying.scorer import Scorer
from sightline.search.trying.target import TargetMachine
from sightline.search.trying.trial import Trial, unheard
from sightline.search.trying.zero_shot import zero_shot
from sightline.task import Task
from sightline.threads import one_thread_each

NETWORKS = ("Embedding", "FineTuned", "Distilled")
"""Components that a pipeline needs a trained network for."""


def fit(
    catalog: str | Path | Catalog,
    task: Task | None = None,
    time_s: float = 120,
    test: str | Path | Catalog | None = None,
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
    told: Callable[[Trial], None] = unheard,
    replay: str | Path | None = None,
    target: str | Path | None = None,
    pictures: bool = True,
    started: float | None = None,
    backbone: str | Path | None = None,
) -> Run:
    """Search, choose, freeze, measure.

    Args:
        catalog: labelled pictures, or the folder or table that `read` takes; a test part is not touched before the end.
        task: classes, costs, limits; default: what the catalog says.
        time_s: seconds for everything.
        test: a test part in a catalog, folder or table of its own.
        out: folder for model.sight, report.html and the tables; None leaves nothing behind.
        seed: every random choice follows from it.
        only: "classical", "deep", a component, or a whole pipeline ("HOG() > LinearSVM()").
        max_latency_ms: median time for one picture file, over the task's own limit.
        max_size_mb: size of model.sight, over the task's own limit.
        tolerance: how much score a cheaper candidate may lose at most, at the upper end of the 95 % interval.
        allow_leaks: go on when the same picture is in two parts.
        workers: threads, and processes that describe pictures for them; default the cores available.
        progress: told as work goes on.
        told: hears of every trial when it is done.
        replay: plan.json of an earlier run whose winner is made again, from the same pictures; time and seed are its,
            and so are limits that are not given here.
        target: profile of the machine that the model is for, as `sightline bench --profile FILE` wrote it there: limits
            on latency then hold for that machine, the latency measured here being converted to it.
        pictures: show pictures of the data in report.html; False embeds none, and file names stay as text.
        started: `time.perf_counter()` when the time began, for one who reads the catalog in it; default: now.
        backbone: a trained network whose embedding is tried: a .onnx file, a .safetensors file whose header says its
            architecture, or a name of timm, which the hub's cache has or may fetch. A file of weights or a name needs
            the extra [deep] the first time; the model does not. Default: SIGHTLINE_BACKBONE, else weights that the
            hub's cache has, if [deep] is installed.

    Returns:
        The leaderboard, the model loaded back from its file, its evaluation, the findings.

    Raises:
        CatalogError: nothing to learn from.
        LeakError: the same picture in two parts.
        BudgetError: no candidate meets a limit; the message names the limit and the nearest candidate.
    """
    if not 1 <= time_s <= 30 * 86400:
        raise InputError(f"a time of {time_s:g} s was given; allowed: 1 s to 30 days (--time 90s, 2m, 1h)")
    started, at_work = _begun(started), checked_workers(workers)
    plan = None if replay is None else Plan.load(Path(replay))
    if plan is not None:
        if only is not None:
            raise InputError(f'only="{only}" was given beside a plan, which says what is tried; leave out one of them')
        time_s, seed = plan.time_s, plan.seed
        if plan.target is not None and target is None:
            raise InputError(
                f"{replay} is a plan for the machine {plan.target}; give its profile with --target as well"
            )
    there = None if target is None else Profile.load(target)
    task = task or Task()
    limits = Limits.of(task, max_latency_ms, max_size_mb, None if plan is None else plan.task)
    task = limits.in_force(task)
    catalog, held = labelled(catalog), None if test is None else labelled(test)
    if out is not None:
        check_allowed(Path(out))
    # Held until the end: candidates name it, and do not hold it.
    network, notes = _network(backbone, only, None if out is None else Path(out), progress)
    able = candidates(only, network, backbone is not None)
    if only in (None, "deep"):
        told_by_name, more = zero_shot(network, task, catalog.classes, progress)
        able, notes = (*able, *told_by_name), [*notes, *more]
    with nullcontext() if out is None else run_folder(Path(out)) as folder:
        wish = Wish(
            time_s, seed, tolerance, limits, workers, progress, told, folder, able, plan, pictures, tuple(notes),
            trains=only in (None, "deep"),
        )  # fmt: skip
        import scipy.linalg  # noqa: F401  # it brings a BLAS of its own, held at one thread once it is there

        budget = Budget(time_s, started=started)
        preparation, crew = Preparation(), Crew(at_work)
        with one_thread_each(), crew, _stores(cache_folder(folder), preparation) as (store, features):
            journal = Journal(None if features is None else features.folder, features)
            data = collect(
                catalog, task, held, store=store, preparation=preparation, allow_leaks=allow_leaks, seed=seed,
                progress=progress, workers=workers, budget=budget, journal=journal,
                read=None if plan is None else plan.rows_read,
            )  # fmt: skip
            wish = dataclasses.replace(wish, late=late_candidates(only, network, data.conditions))
            if there is not None:
                wish = _for_machine(wish, there, data, cache_folder(folder))
            return searched(_comparison(data, budget, journal, wish, store, features, crew), wish, preparation)


def _network(
    backbone: str | Path | None, only: str | None, out: Path | None, progress: Progress
) -> tuple[Network | None, list[Finding]]:
    """The trained network to start from, if any; nobody looks for one where no candidate that is wanted has one.

    Raises:
        InputError: it cannot be used, or only classical candidates were asked for besides.
    """
    if only == "classical":
        if backbone is not None:
            raise InputError(f"--backbone {backbone} was given beside --only classical; leave out one of them")
        return None, []
    if backbone is None and only is not None and ">" in only and not any(name in only for name in NETWORKS):
        return None, []

    def kept() -> FeatureStore | None:
        folder = cache_folder(out)
        with suppress(OSError):
            return None if folder is None else FeatureStore(folder)
        return None

    return asked_or_at_hand(None if backbone is None else str(backbone), kept, progress, needed=only == "deep")


def _begun(started: float | None) -> float:
    """When the time began by the clock of the budget."""
    now = time.perf_counter()
    if started is None:
        return now
    if not started <= now:
        raise InputError(
            f"started={started} lies in the future (it is {now:.0f} now); allowed: what time.perf_counter() said "
            "earlier in this process; leave it out and the time begins now"
        )
    return started


def _for_machine(wish: Wish, there: Profile, data: Collected, folder: Path | None) -> Wish:
    """The wish with limits that hold for another machine; this one is profiled now, while nothing else runs."""
    sizes = data.seen.sizes[data.seen.sizes.min(axis=1) > 0].astype(np.int64)
    pixels = float(np.median(sizes.prod(axis=1)))
    target = TargetMachine.of(there, pixels, folder, wish.progress)
    return dataclasses.replace(wish, limits=dataclasses.replace(wish.limits, target=target))


def _comparison(
    data: Collected,
    budget: Budget,
    journal: Journal,
    wish: Wish,
    store: PixelStore,
    features: FeatureStore | None,
    crew: Crew,
) -> Comparison:
    """Everything that candidates are compared with and by."""
    rungs = ladder(data.folds.truth, data.folds.fold >= 0, wish.seed)
    digests = [data.seen.digests[row] for row in rungs.order.tolist()]
    return Comparison(
        data=data,
        ladder=rungs,
        folds=data.folds.subset(rungs.order),
        vectors=Vectors(digests, rungs.sizes, features),
        journal=journal,
        budget=budget,
        scorer=Scorer.of(data.task, data.grouped, wish.seed),
        seed=wish.seed,
        workers=wish.workers,
        progress=wish.progress,
        store=store,
        told=wish.told,
        crew=crew,
    )


@contextmanager
def _stores(folder: Path | None, preparation: Preparation) -> Iterator[tuple[PixelStore, FeatureStore | None]]:
    """Where prepared pixels and descriptions are kept; without a folder, pixels alone, while the fit runs.

    A folder that cannot be made or read is as none: keeping saves time, and is no reason to end a fit.
    """
    features: FeatureStore | None = None
    store: PixelStore | None = None
    with ExitStack() as stack:
        if folder is not None:
            with suppress(OSError):
                features = FeatureStore(folder)
            with suppress(OSError):
                store = PixelStore(folder, preparation.key())
        if store is None:
            kept = stack.enter_context(tempfile.TemporaryDirectory(prefix="sightline-"))
            store = PixelStore(Path(kept), preparation.key())
        stack.callback(store.close)
        yield store, features
