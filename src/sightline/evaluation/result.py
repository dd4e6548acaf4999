"""What was measured of a model, as one record that is written to `evaluation.json` and read back."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from sightline.errors import InputError
from sightline.metrics.uncertainty import Interval

Source: TypeAlias = Literal["test", "out-of-fold"]
"""Where the rows come from: an untouched test set, or each row predicted by a model that did not learn from it."""

SOURCES: tuple[Source, ...] = ("test", "out-of-fold")


@dataclass(frozen=True, slots=True)
class ClassResult:
    """One class: precision, recall and F1 in [0, 1], the number of its pictures, and 95 % limits.

    NaN (None in the file) where there is no number: recall and F1 of a class without pictures, precision of one that
    was never predicted.
    """

    precision: float
    recall: float
    f1: float
    support: int
    precision_low: float
    precision_high: float
    recall_low: float
    recall_high: float

    def to_dict(self) -> dict[str, float | int | None]:
        """Plain numbers by name, None for one that is not finite."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ClassResult:
        """Read back what `to_dict` gave."""
        numbers: dict[str, Any] = {field.name: _number(data[field.name]) for field in dataclasses.fields(cls)}
        return cls(**{**numbers, "support": int(data["support"])})


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Pictures whose top probability lies in (low, high]: how many, their mean confidence, how often right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float

    def to_dict(self) -> dict[str, float | int | None]:
        """Plain numbers by name, None for one that is not finite."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ReliabilityBin:
        """Read back what `to_dict` gave."""
        numbers: dict[str, Any] = {field.name: _number(data[field.name]) for field in dataclasses.fields(cls)}
        return cls(**{**numbers, "count": int(data["count"])})


@dataclass(frozen=True)
class Evaluation:
    """Quality, honesty of the probabilities, speed and size of a model on one labelled set.

    Attributes:
        n: number of pictures.
        source: "test", or "out-of-fold".
        classes: names in the task's order; the order of every row and column here.
        accuracy: share decided right; a picture not decided counts as not right.
        balanced_accuracy: recall averaged over the classes that have pictures.
        macro_f1: F1 averaged over the same classes.
        mcc: Matthews correlation coefficient over all classes (Gorodkin 2004), in [-1, 1].
        log_loss: mean of -ln p(true class), in nats.
        brier: mean over pictures of the squared distance to the true class, summed over classes, in [0, 2].
        ece: expected calibration error of the top class (Guo et al. 2017), in [0, 1].
        intervals: 95 % intervals of more numbers by name: "log_loss", "brier", "ece"; "positive_recall" and
            "positive_precision" with a positive class; "expected_cost" with costs; "score" (higher is better).
        per_class: by class name.
        confusion: (k, k) counts, rows the truth, columns the decision; a row sums to the class's support less those
            of it that were not decided.
        abstained: number of pictures not decided.
        reliability: the bins behind `ece`.
        latency_ms: one picture at a time: "p50", "p95", "p99" in ms; None while not measured.
        throughput_per_s: pictures for each second in batches.
        peak_memory_bytes: highest resident memory while predicting.
        model_bytes: size of the model file.
        measured_on: the machine of the speed figures, in words.
        converted_to: another machine in words, that `converted_latency_ms` is for; None where nothing was converted.
        converted_latency_ms: `latency_ms` converted to that machine, never measured there; "p50_low" and "p50_high"
            are the range that "p50" is expected in.
        notes: what a reader must know besides, a sentence each.
    """

    n: int
    source: Source
    classes: tuple[str, ...]
    accuracy: Interval
    balanced_accuracy: Interval
    macro_f1: Interval
    mcc: Interval
    log_loss: float
    brier: float
    ece: float
    intervals: Mapping[str, Interval]
    per_class: Mapping[str, ClassResult]
    confusion: tuple[tuple[int, ...], ...]
    abstained: int = 0
    reliability: tuple[ReliabilityBin, ...] = ()
    latency_ms: Mapping[str, float] | None = None
    throughput_per_s: float | None = None
    peak_memory_bytes: int | None = None
    model_bytes: int | None = None
    measured_on: str | None = None
    converted_to: str | None = None
    converted_latency_ms: Mapping[str, float] | None = None
    notes: tuple[str, ...] = ()

    def with_speed(
        self,
        *,
        latency_ms: Mapping[str, float] | None = None,
        throughput_per_s: float | None = None,
        peak_memory_bytes: int | None = None,
        model_bytes: int | None = None,
        measured_on: str | None = None,
        converted_to: str | None = None,
        converted_latency_ms: Mapping[str, float] | None = None,
    ) -> Evaluation:
        """The same evaluation with the figures of speed and size set; one left out stays as it is."""
        given = {
            "latency_ms": latency_ms,
            "throughput_per_s": throughput_per_s,
            "peak_memory_bytes": peak_memory_bytes,
            "model_bytes": model_bytes,
            "measured_on": measured_on,
            "converted_to": converted_to,
            "converted_latency_ms": converted_latency_ms,
        }
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        return dataclasses.replace(self, **changes)

    def with_notes(self, *notes: str) -> Evaluation:
        """The same evaluation with more notes."""
        return dataclasses.replace(self, notes=(*self.notes, *notes))

    def without_pictures(self) -> tuple[str, ...]:
        """Classes of which no picture was judged: nothing here speaks of them."""
        return tuple(name for name, one in self.per_class.items() if not one.support)

    def to_dict(self) -> dict[str, Any]:
        """The content of `evaluation.json`: plain ints, floats, strings, lists and dictionaries, None for NaN."""
        return {field.name: _document(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Evaluation:
        """Read back what `to_dict` gave; keys of later versions are left aside.

        Raises:
            InputError: a key is missing, or a value is of another kind.
        """
        try:
            return _read(data)
        except KeyError as error:
            raise InputError(f"the evaluation lacks {error}; write it again with `sightline evaluate`") from None
        except (TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"the evaluation cannot be read ({error}); write it again with `sightline evaluate`"
            ) from None


def _read(data: Mapping[str, Any]) -> Evaluation:
    source = data["source"]
    if source not in SOURCES:
        raise ValueError(f"source {source!r}; allowed: {' or '.join(SOURCES)}")
    return Evaluation(
        n=int(data["n"]),
        source=source,
        classes=tuple(data["classes"]),
        accuracy=Interval.from_dict(data["accuracy"]),
        balanced_accuracy=Interval.from_dict(data["balanced_accuracy"]),
        macro_f1=Interval.from_dict(data["macro_f1"]),
        mcc=Interval.from_dict(data["mcc"]),
        log_loss=_number(data["log_loss"]),
        brier=_number(data["brier"]),
        ece=_number(data["ece"]),
        intervals={name: Interval.from_dict(value) for name, value in data["intervals"].items()},
        per_class={name: ClassResult.from_dict(value) for name, value in data["per_class"].items()},
        confusion=tuple(tuple(int(count) for count in row) for row in data["confusion"]),
        abstained=int(data["abstained"]),
        reliability=tuple(ReliabilityBin.from_dict(value) for value in data["reliability"]),
        latency_ms=_numbers(data.get("latency_ms")),
        throughput_per_s=data.get("throughput_per_s"),
        peak_memory_bytes=data.get("peak_memory_bytes"),
        model_bytes=data.get("model_bytes"),
        measured_on=data.get("measured_on"),
        converted_to=data.get("converted_to"),
        converted_latency_ms=_numbers(data.get("converted_latency_ms")),
        notes=tuple(data["notes"]),
    )


def _document(value: Any) -> Any:
    """`value` with only what JSON holds."""
    if isinstance(value, (Interval, ClassResult, ReliabilityBin)):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(name): _document(inner) for name, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [_document(inner) for inner in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _numbers(values: Mapping[str, float | None] | None) -> Mapping[str, float] | None:
    return None if values is None else {name: _number(value) for name, value in values.items()}
