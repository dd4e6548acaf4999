"""From the winner of the search to a model file that was loaded back and measured."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np

from sightline.data.out_of_fold import OutOfFold
from sightline.decision.calibrate import fit_calibration
from sightline.errors import InputError
from sightline.evaluation.evaluate import fingerprints, judge
from sightline.evaluation.result import Evaluation
from sightline.evaluation.speed import Speed, measure
from sightline.evaluation.summarize import summarize
from sightline.findings import Finding
from sightline.pipeline.model import Model, load
from sightline.search.freeze import Freezer
from sightline.search.limits import Limits
from sightline.search.mistakes import Wrong, as_predictions, wrong_answers
from sightline.search.search import Search
from sightline.search.trial import Trial

SPEED_SHARE = 0.04
"""Share of the time budget for measuring latency, and again for throughput; at most 2 s each."""


@dataclasses.dataclass(frozen=True)
class Delivered:
    """A model as loaded from its file, with everything measured on it.

    Attributes:
        trials: the leaderboard it won.
        model: loaded back from the file, carrying its evaluation.
        evaluation: on the test part, else out-of-fold.
        speed: measured on the file in a process of its own.
        wrong: wrong answers, the surest first.
        findings: what measuring found.
    """

    trials: list[Trial]
    model: Model
    evaluation: Evaluation
    speed: Speed | None
    wrong: tuple[Wrong, ...]
    findings: tuple[Finding, ...]


def deliver(freezer: Freezer, winner: Trial, trials: list[Trial], limits: Limits, out: Path | None) -> Delivered:
    """Fit on all that time and memory allow, freeze, save, measure, load back, evaluate, save with what was measured.

    Raises:
        OverLimits: the file breaks a limit; a model.sight that was there is unchanged, the test part was not read.
    """
    search, data = freezer.search, freezer.whole
    record = cast(OutOfFold, winner.record)
    graph, learned_from = freezer.freeze(winner)
    frozen = Model(
        task=data.task,
        preparation=winner.preparation,
        graph=graph,
        calibration=fit_calibration(record.raw, record.truth),
        fingerprints=np.unique(fingerprints([digest for digest in data.seen.digests if digest])),
    )
    with _model_path(out) as path:
        frozen.save(path)
        search.progress("measuring the model file", 0, None)
        speed, findings = _measured(search, path)
        limits.check(speed)
        loaded = load(path)
        evaluation, wrong = _judged(search, loaded, winner, trials)
        if speed is not None:
            evaluation = evaluation.with_speed(**speed.figures())
        dataclasses.replace(loaded, evaluation=evaluation.to_dict()).save(path)
        evaluation = dataclasses.replace(evaluation, model_bytes=path.stat().st_size)
        speed = speed and dataclasses.replace(speed, model_bytes=path.stat().st_size)
        limits.check(speed)  # what was measured adds to the size
        final = load(path)
        if out is not None:
            path.replace(out / "model.sight")
    findings = (*findings, *_samples(freezer, learned_from))
    return Delivered(trials, final, evaluation, speed, wrong, findings)


def _samples(freezer: Freezer, learned_from: int) -> Iterator[Finding]:
    """What the result says where not every picture took part in everything."""
    compared, n = len(freezer.search.data.training), len(freezer.whole.training)
    if compared < n:
        message = f"candidates were compared on {compared} of {n} pictures, each class keeping its share"
        evidence = {"compared": compared, "pictures": n}
        yield Finding("compared-on-a-sample", "info", message, "more time compares on more (--time)", evidence)
    if learned_from < n:
        message = f"the model learned from {learned_from} of {n} pictures; time or memory did not allow more"
        yield Finding(
            "learned-from-a-sample", "warning", message, "give more time (--time)", {"pictures": learned_from}
        )


def _judged(search: Search, loaded: Model, winner: Trial, trials: list[Trial]) -> tuple[Evaluation, tuple[Wrong, ...]]:
    data = search.data
    if data.test is not None:
        evaluation, answers = judge(
            loaded, data.test, seed=search.seed, workers=search.workers, progress=search.progress
        )
        return evaluation, wrong_answers(data.test, answers, loaded.classes)
    record = cast(OutOfFold, winner.record)
    decisions = search.scorer.decide(record)
    evaluation = summarize(
        record.probabilities,
        record.truth,
        loaded.classes,
        source="out-of-fold",
        groups=search.scorer.groups(record),
        decisions=decisions,
        positive=data.task.positive,
        cost_matrix=search.scorer.cost_matrix,
        abstain=data.task.costs.abstain,
        corrected=search.scorer.correction(trials),
        seed=search.seed,
    )
    answers = as_predictions(data.training, record.index, record.probabilities, decisions, loaded.classes)
    return evaluation, wrong_answers(data.training.subset(record.index), answers, loaded.classes)


def _measured(search: Search, path: Path) -> tuple[Speed | None, tuple[Finding, ...]]:
    seconds = min(2.0, search.budget.seconds * SPEED_SHARE)
    try:
        # Speed decides which candidate ships, so it is not measured on the test part.
        return measure(path, search.data.training.items, seconds), ()
    except InputError as error:
        message = f"speed and memory were not measured: {error}"
        return None, (Finding("speed-not-measured", "warning", message, "run: sightline bench model.sight"),)


@contextmanager
def _model_path(out: Path | None) -> Iterator[Path]:
    if out is not None:
        path = out / ".model.sight.new"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)
        return
    with tempfile.TemporaryDirectory(prefix="sightline-") as folder:
        yield Path(folder) / "model.sight"
