from __future__ import annotations

import json
import math

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.evaluation.result import ClassResult, Evaluation, ReliabilityBin
from sightline.metrics.uncertainty import Interval

PUBLIC = {
    "n", "source", "accuracy", "balanced_accuracy", "macro_f1", "log_loss", "ece", "per_class", "confusion", "classes",
    "latency_ms", "throughput_per_s", "model_bytes",
}  # fmt: skip


@pytest.fixture
def evaluation() -> Evaluation:
    half = Interval(0.5, 0.25, 0.75)
    return Evaluation(
        n=4,
        source="test",
        classes=("b", "a"),
        accuracy=half,
        balanced_accuracy=half,
        macro_f1=half,
        mcc=Interval(0.0, -0.5, 0.5),
        log_loss=0.7,
        brier=0.5,
        ece=0.1,
        intervals={"log_loss": half},
        per_class={
            "b": ClassResult(0.5, 0.5, 0.5, 4, 0.1, 0.9, 0.1, 0.9),
            "a": ClassResult(math.nan, math.nan, math.nan, 0, math.nan, math.nan, math.nan, math.nan),
        },
        confusion=((2, 2), (0, 0)),
        reliability=(ReliabilityBin(0.0, 0.5, 4, 0.5, 0.5), ReliabilityBin(0.5, 1.0, 0, math.nan, math.nan)),
        notes=("one",),
    )


def test_the_file_has_the_public_keys_and_nothing_that_json_lacks(evaluation: Evaluation) -> None:
    written = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert set(written) >= PUBLIC
    assert written["accuracy"] == {"value": 0.5, "low": 0.25, "high": 0.75}
    assert written["classes"] == ["b", "a"]
    assert written["confusion"] == [[2, 2], [0, 0]]
    assert set(written["per_class"]["b"]) >= {"precision", "recall", "f1", "support"}
    assert written["per_class"]["a"]["recall"] is None
    assert written["latency_ms"] is None
    assert written["log_loss"] == 0.7


def test_it_is_read_back_as_it_was(evaluation: Evaluation) -> None:
    fast = evaluation.with_speed(
        latency_ms={"p50": 1.0, "p95": 2.0, "p99": 3.0},
        throughput_per_s=800.0,
        peak_memory_bytes=2,
        model_bytes=3,
        measured_on="two cores",
    )
    there = fast.with_speed(converted_to="one core", converted_latency_ms={"p50": 3.0, "p50_low": 2.5, "p50_high": 3.5})
    for one in (evaluation, fast, there):
        again = Evaluation.from_dict(json.loads(json.dumps(one.to_dict())))
        assert again.to_dict() == one.to_dict()
        assert again.accuracy == one.accuracy
        assert again.confusion == one.confusion
        assert math.isnan(again.per_class["a"].recall)
    assert Evaluation.from_dict({**fast.to_dict(), "of a later version": 1}).latency_ms == fast.latency_ms


def test_a_file_from_before_conversions_is_read(evaluation: Evaluation) -> None:
    written = evaluation.to_dict()
    del written["converted_to"], written["converted_latency_ms"]
    again = Evaluation.from_dict(written)
    assert again.converted_to is None and again.converted_latency_ms is None


def test_speed_left_out_stays_and_the_rest_is_set(evaluation: Evaluation) -> None:
    one = evaluation.with_speed(model_bytes=5).with_speed(throughput_per_s=2.0)
    assert (one.model_bytes, one.throughput_per_s, one.latency_ms) == (5, 2.0, None)
    assert evaluation.model_bytes is None
    assert one.with_notes("two", "three").notes == ("one", "two", "three")


def test_numpy_numbers_are_written_as_plain_ones(evaluation: Evaluation) -> None:
    one = evaluation.with_speed(throughput_per_s=np.float32(2.5), model_bytes=np.int64(7))
    assert json.loads(json.dumps(one.to_dict()))["throughput_per_s"] == 2.5
    assert type(one.to_dict()["model_bytes"]) is int


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"accuracy": None}, "cannot be read"),
        ({"source": "guessed"}, "source 'guessed'"),
        ({"per_class": {"b": {}}}, "lacks 'precision'"),
        ({"confusion": 3}, "cannot be read"),
    ],
)
def test_a_broken_file_is_refused_in_one_line(evaluation: Evaluation, change: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        Evaluation.from_dict({**evaluation.to_dict(), **change})
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named(evaluation: Evaluation) -> None:
    written = evaluation.to_dict()
    del written["mcc"]
    with pytest.raises(InputError, match="lacks 'mcc'"):
        Evaluation.from_dict(written)
