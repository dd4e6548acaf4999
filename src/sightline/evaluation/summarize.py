"""Probabilities and decisions to an `Evaluation`, without any model or picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices
from sightline.decision.decide import decide
from sightline.errors import InputError, nearest
from sightline.evaluation.figures import many
from sightline.evaluation.result import SOURCES, ClassResult, Evaluation, ReliabilityBin, Source
from sightline.metrics import calibration, choosing, classification, means, selection, uncertainty
from sightline.metrics.classification import Floats, Tally
from sightline.metrics.rechoosing import Earlier
from sightline.metrics.uncertainty import Draws, Interval

HEADLINES: Mapping[str, Callable[[Tally], Floats]] = {
    "accuracy": classification.accuracy,
    "balanced_accuracy": classification.balanced_accuracy,
    "macro_f1": classification.macro_f1,
    "mcc": classification.mcc,
}
FLOORS = {"mcc": -1.0}


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of one evaluation, checked."""

    probabilities: Floats
    truth: Indices
    decisions: Indices
    classes: tuple[str, ...]
    groups: npt.ArrayLike | None
    cost_matrix: npt.ArrayLike | None
    abstain: float | None
    seed: int

    @property
    def k(self) -> int:
        return len(self.classes)

    @property
    def costs(self) -> npt.ArrayLike | None:
        """Costs of mistakes; 1 for each where only abstaining has a price."""
        if self.cost_matrix is None and self.abstain is not None:
            return 1.0 - np.eye(self.k)
        return self.cost_matrix

    def scored(self, decisions: npt.ArrayLike) -> selection.ScoreRows:
        return selection.score_rows(self.truth, decisions, self.k, self.costs, self.abstain)


def summarize(
    probabilities: npt.ArrayLike,
    truth: npt.ArrayLike,
    classes: Sequence[str],
    *,
    source: Source,
    groups: npt.ArrayLike | None = None,
    decisions: npt.ArrayLike | None = None,
    positive: str | None = None,
    cost_matrix: npt.ArrayLike | None = None,
    abstain: float | None = None,
    corrected: Sequence[npt.ArrayLike] | None = None,
    earlier: Sequence[Earlier] = (),
    seed: int = 0,
) -> Evaluation:
    """Every metric of one model on one labelled set, with 95 % intervals.

    Args:
        probabilities: (n, k), what the model says.
        truth: (n,) class numbers.
        classes: k names in the task's order.
        source: where the rows come from.
        groups: (n,) what the intervals resample; None: rows.
        decisions: (n,) class numbers, -1 for none; None: what `decide` makes of the probabilities.
        positive: the class whose recall and precision go into `intervals`.
        cost_matrix: (k, k), rows the truth, columns the decision.
        abstain: cost of not deciding.
        corrected: the decisions, (n,) each on the same rows, of all candidates among which this model was chosen on
            these very rows; headlines and score are then corrected for the choice. None or one: nothing was chosen.
        earlier: choices that were made before, on some of these rows.
        seed: any integer.

    Raises:
        InputError: shapes differ, a label is out of range, or a name is unknown.
    """
    if source not in SOURCES:
        raise InputError(f"source {source!r}; allowed: {' or '.join(SOURCES)}")
    rows = _checked(probabilities, truth, classes, groups, decisions, cost_matrix, abstain, seed)
    if positive is not None and positive not in rows.classes:
        raise InputError(f'positive class "{positive}" is not among the classes; {nearest(positive, rows.classes)}')
    found = _measured(rows, source, positive)
    if corrected is None or (len(corrected) < 2 and not earlier):
        return found
    return _corrected(found, rows, corrected, earlier)


def _checked(
    probabilities: npt.ArrayLike,
    truth: npt.ArrayLike,
    classes: Sequence[str],
    groups: npt.ArrayLike | None,
    decisions: npt.ArrayLike | None,
    cost_matrix: npt.ArrayLike | None,
    abstain: float | None,
    seed: int,
) -> _Rows:
    chances = classification.check_probabilities(probabilities, truth)
    k = chances.shape[1]
    if len(classes) != k or len(set(classes)) != k:
        raise InputError(f"{len(classes)} class names for {k} columns; give one name of its own for each column")
    chosen = decide(chances, cost_matrix, abstain) if decisions is None else decisions
    return _Rows(
        chances,
        classification.check_labels(truth, k),
        classification.check_labels(chosen, k, "decisions", -1),
        tuple(classes),
        groups,
        cost_matrix,
        abstain,
        seed,
    )


def _measured(rows: _Rows, source: Source, positive: str | None) -> Evaluation:
    draws = uncertainty.draw(rows.truth, rows.decisions, rows.k, rows.groups, rows.seed)
    headlines = uncertainty.intervals_of(HEADLINES, draws, rows.seed)
    per_class = _per_class(rows, draws)
    intervals = _intervals(rows)
    if positive is not None:
        one = per_class[positive]
        intervals["positive_recall"] = Interval(one.recall, one.recall_low, one.recall_high)
        intervals["positive_precision"] = Interval(one.precision, one.precision_low, one.precision_high)
    matrix = classification.confusion(rows.truth, rows.decisions, rows.k)
    abstained = int((rows.decisions < 0).sum())
    return Evaluation(
        n=len(rows.truth),
        source=source,
        classes=rows.classes,
        accuracy=headlines["accuracy"],
        balanced_accuracy=headlines["balanced_accuracy"],
        macro_f1=headlines["macro_f1"],
        mcc=headlines["mcc"],
        log_loss=intervals["log_loss"].value,
        brier=intervals["brier"].value,
        ece=intervals["ece"].value,
        intervals=intervals,
        per_class=per_class,
        confusion=tuple(tuple(map(int, row)) for row in matrix),
        abstained=abstained,
        reliability=_reliability(rows),
        notes=_notes(rows, abstained),
    )


def _intervals(rows: _Rows) -> dict[str, Interval]:
    losses = classification.log_loss_rows(rows.probabilities, rows.truth)
    squares = classification.brier_rows(rows.probabilities, rows.truth)
    score = selection.score_interval(rows.scored(rows.decisions), rows.groups, rows.seed)
    found = {
        "log_loss": _from_zero(means.mean_interval(losses, rows.groups, rows.seed)),
        "brier": _from_zero(means.mean_interval(squares, rows.groups, rows.seed)),
        "ece": means.ece_interval(rows.probabilities, rows.truth, rows.groups, rows.seed),
        "score": score,
    }
    if rows.costs is not None:
        found["expected_cost"] = _cost(score)
    return found


def _from_zero(interval: Interval) -> Interval:
    return dataclasses.replace(interval, low=interval.low if np.isnan(interval.low) else max(interval.low, 0.0))


def _cost(score: Interval) -> Interval:
    return Interval(0.0 - score.value, 0.0 - score.high, 0.0 - score.low)


def _per_class(rows: _Rows, draws: Draws) -> dict[str, ClassResult]:
    _, _, f1, support = classification.per_class(draws.seen)
    precision, recall = uncertainty.class_intervals(draws, rows.seed)
    return {
        name: ClassResult(
            precision=precision[c].value,
            recall=recall[c].value,
            f1=float(f1[c]),
            support=int(support[c]),
            precision_low=precision[c].low,
            precision_high=precision[c].high,
            recall_low=recall[c].low,
            recall_high=recall[c].high,
        )
        for c, name in enumerate(rows.classes)
    }


def _reliability(rows: _Rows) -> tuple[ReliabilityBin, ...]:
    bins = calibration.reliability(rows.probabilities, rows.truth)
    columns = (bins.edges[:-1], bins.edges[1:], bins.pictures, bins.confidence, bins.accuracy)
    return tuple(
        ReliabilityBin(float(low), float(high), int(count), float(sure), float(right))
        for low, high, count, sure, right in zip(*columns, strict=True)
    )


def _notes(rows: _Rows, abstained: int) -> tuple[str, ...]:
    if not abstained:
        return ()
    n, decided = len(rows.truth), len(rows.truth) - abstained
    right = int((rows.truth == rows.decisions).sum())
    of_decided = f", of the decided ones {100 * right / decided:.1f} % are right" if decided else ""
    were, as_wrong = ("was", "counts") if abstained == 1 else ("were", "count")
    return (f"{abstained} of {many(n, 'picture')} {were} not decided and {as_wrong} as not right{of_decided}",)


def _corrected(
    found: Evaluation, rows: _Rows, candidates: Sequence[npt.ArrayLike], earlier: Sequence[Earlier]
) -> Evaluation:
    """The evaluation with headlines and score lowered by what choosing among the candidates flatters them."""
    chosen = [classification.check_labels(one, rows.k, "decisions of a candidate", -1) for one in candidates]
    scored = [rows.scored(one) for one in chosen]
    if rows.groups is not None and len(np.unique(np.asarray(rows.groups))) < 2:
        return found.with_notes("the figures flatter: with one group they cannot be corrected for choosing the model")

    def headlines_on(some: Indices) -> dict[str, float]:
        matrix = classification.confusion(rows.truth[some], rows.decisions[some], rows.k, undecided=True)
        return {name: float(metric(classification.tally(matrix))) for name, metric in HEADLINES.items()}

    corrections = choosing.corrections(scored, headlines_on, rows.groups, rows.seed, None, earlier)
    headlines: dict[str, Any] = {
        name: corrections[name].of(getattr(found, name), FLOORS.get(name, 0.0), 1.0) for name in HEADLINES
    }
    fair = corrections["score"].of(found.intervals["score"], *scored[0].bounds)
    intervals = {**found.intervals, "score": fair}
    if "expected_cost" in intervals:
        intervals["expected_cost"] = _cost(intervals["score"])
    note = (
        f"the model was chosen among {_count(chosen, earlier)} candidates on these rows; accuracy, balanced accuracy, "
        "macro F1, MCC and the score are corrected for the choice (by choosing again on rows drawn anew), the others "
        "are as measured"
    )
    return dataclasses.replace(found, **headlines, intervals=intervals).with_notes(note)


def _count(last: Sequence[Indices], earlier: Sequence[Earlier]) -> int:
    return len(last) + sum(sum(became < 0 for became in choice.became) for choice in earlier)
