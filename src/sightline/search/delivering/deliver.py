"""From the winner of the search to a model file that was loaded back and measured."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np

from sightline.data.catalog import SPLITS, Catalog
from sightline.data.out_of_fold import OutOfFold
from sightline.decision.calibrate import fit_calibration
from sightline.evaluation.answers import Answers
from sightline.evaluation.evaluate import answered, fingerprints, judge
from sightline.evaluation.result import Evaluation
from sightline.evaluation.speed import Speed
from sightline.evaluation.summarize import summarize
from sightline.evaluation.verdict import ONE_THIRD, UNKNOWN_CHOICE, VALIDATION_PART
from sightline.findings import Finding
from sightline.pipeline.model import Model, load
from sightline.search.choosing.correction import chosen_among, earlier_choices
from sightline.search.collecting.collect import Collected
from sightline.search.collecting.cross_validate import sampled
from sightline.search.delivering.card import model_card
from sightline.search.delivering.freeze import Freezer
from sightline.search.delivering.measured import measured
from sightline.search.delivering.mistakes import Wrong, as_predictions, wrong_answers
from sightline.search.delivering.room import within_size
from sightline.search.trying.chosen import Chosen
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.limits import Limits
from sightline.search.trying.trial import Trial

NEW_MODEL = ".model.sight.new"
"""Name of the file until everything else that belongs to it can be written."""
LEAST_TESTED = 500
"""Test pictures that are answered whatever the time."""


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
        learned_from: pictures that the model learned from.
        answers: to the test part; None without one.
    """

    trials: list[Trial]
    model: Model
    evaluation: Evaluation
    speed: Speed | None
    wrong: tuple[Wrong, ...]
    findings: tuple[Finding, ...]
    learned_from: int
    answers: Answers | None = None


def deliver(
    freezer: Freezer, winner: Trial, trials: list[Trial], tried: list[Trial], limits: Limits, out: Path | None
) -> Delivered:
    """Fit on all that time and memory allow, freeze, save, measure, load back, evaluate, save with what was measured.

    The file is NEW_MODEL in `out`, until `write_run` has the rest; a model.sight that is there is unchanged.

    Raises:
        OverLimits: the file breaks a limit; the test part was not read.
    """
    among, data = freezer.among, freezer.among.data
    record = cast(OutOfFold, winner.record)
    learned = freezer.freeze(winner)
    whole = Model(
        task=data.task,
        preparation=winner.preparation,
        graph=learned.graph,
        calibration=fit_calibration(record.raw if winner.pooled is None else winner.pooled, record.truth),
        fingerprints=np.unique(fingerprints([digest for digest in data.seen.digests if digest])),
        reference=learned.reference,
    )
    frozen, left_out = within_size(whole, limits.size_mb)
    with _model_path(out) as path:
        frozen.save(path)
        among.progress("measuring the model file", 0, None)
        speed, findings = measured(among, path, whole.digest, limits)
        limits.check(speed, path.stat().st_size)
        loaded = load(path)
        chosen = chosen_among(winner, trials, tried, among.scorer)
        evaluation, wrong, more, answers = _judged(among, loaded, winner, chosen, speed)
        if speed is not None:
            evaluation = evaluation.with_speed(**speed.figures())
        findings = (*findings, *left_out, *more, *_samples(freezer, winner, learned.learned_from))
        told = model_card(data, winner, loaded, evaluation, (*data.findings, *findings))
        dataclasses.replace(loaded, evaluation=evaluation.to_dict(), card=told).save(path)
        evaluation = dataclasses.replace(evaluation, model_bytes=path.stat().st_size)
        speed = speed and dataclasses.replace(speed, model_bytes=path.stat().st_size)
        limits.check(speed, path.stat().st_size)  # what was measured adds to the size
        final = load(path)
    return Delivered(trials, final, evaluation, speed, wrong, findings, learned.learned_from, answers)


def _samples(freezer: Freezer, winner: Trial, learned_from: int) -> Iterator[Finding]:
    """What the result says where not every picture took part in everything."""
    compared, n = winner.pictures, len(freezer.among.data.training)
    if compared < n:
        message = f"candidates were compared on {compared} of {n} pictures, each class keeping its share"
        evidence = {"compared": compared, "pictures": n}
        yield Finding("compared-on-a-sample", "info", message, "more time compares on more (--time)", evidence)
    if learned_from < n:
        why, remedy = ("time or memory did not allow more", "give more time (--time)")
        if freezer.learn_from is not None:
            why, remedy = "its plan says so", "fit anew, without --replay"
        message = f"the model learned from {learned_from} of {n} pictures; {why}"
        yield Finding("learned-from-a-sample", "warning", message, remedy, {"pictures": learned_from})


def _judged(
    among: Comparison, loaded: Model, winner: Trial, chosen: Chosen, speed: Speed | None
) -> tuple[Evaluation, tuple[Wrong, ...], tuple[Finding, ...], Answers | None]:
    data = among.data
    if data.test is not None:
        test, findings = _test_in_time(among, data.test, speed)
        evaluation, answers = judge(loaded, test, workers=among.workers, progress=among.progress)
        told = answered(test.ordered_as(loaded.classes), answers)
        return evaluation, wrong_answers(test, answers, loaded.classes), findings, told
    record = cast(OutOfFold, winner.record)
    decisions = among.scorer.decide(record)
    evaluation = summarize(
        record.probabilities,
        record.truth,
        loaded.classes,
        source="out-of-fold",
        groups=among.scorer.groups(record),
        decisions=decisions,
        positive=data.task.positive,
        cost_matrix=among.scorer.cost_matrix,
        abstain=data.task.costs.abstain,
        corrected=chosen.decisions,
        earlier=earlier_choices(chosen, record.truth, among.scorer),
        seed=among.seed,
    ).with_notes(*_how_held(data), *([] if chosen.rungs else [UNKNOWN_CHOICE]))
    answers = as_predictions(data.training, record.index, record.probabilities, decisions, loaded.classes)
    return evaluation, wrong_answers(data.training.subset(record.index), answers, loaded.classes), (), None


def _how_held(data: Collected) -> Iterator[str]:
    """What a reader must know where the pictures were not held out in turn."""
    splits = data.training.splits
    if splits is not None and (splits == SPLITS.index("validation")).any():
        yield VALIDATION_PART
    elif len(data.folds) == 1:
        yield ONE_THIRD


def _test_in_time(among: Comparison, test: Catalog, speed: Speed | None) -> tuple[Catalog, tuple[Finding, ...]]:
    """As much of the test part as can be answered in the time left, each class keeping its share."""
    if speed is None:
        return test, ()
    possible = max(LEAST_TESTED, int(0.8 * max(among.budget.left(), 0.0) * speed.throughput_per_s))
    if possible >= len(test):
        return test, ()
    rows = sampled(np.arange(len(test), dtype=np.int64), test.labels, possible, among.seed)
    message = f"the model was tested on {len(rows)} of {len(test)} test pictures; time did not allow more"
    remedy = "for all of them: sightline evaluate model.sight TEST"
    return test.subset(rows), (Finding("tested-on-a-sample", "warning", message, remedy, {"tested": len(rows)}),)


@contextmanager
def _model_path(out: Path | None) -> Iterator[Path]:
    if out is not None:
        yield out / NEW_MODEL
        return
    with tempfile.TemporaryDirectory(prefix="sightline-") as folder:
        yield Path(folder) / "model.sight"
