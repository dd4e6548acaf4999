from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from sightline.evaluation.figures import NOTHING
from sightline.evaluation.readiness import Readiness, constant, readiness, weak_classes
from sightline.evaluation.result import Evaluation
from sightline.findings import Finding
from sightline.metrics.uncertainty import Interval
from tests.evaluation import examples

NAN = math.nan


def good(**changes: Any) -> Evaluation:
    """400 pictures of two classes, 97 % right."""
    found = examples.evaluation(np.array([[194, 6], [6, 194]]), ("torn", "whole"))
    return dataclasses.replace(found, **changes)


def judged(e: Evaluation, *findings: Finding, **task: Any) -> Readiness:
    return readiness(e, findings, task)


def finding(kind: str, severity: Any, message: str = "something is odd") -> Finding:
    return Finding(kind, severity, message)


def test_go_says_what_it_rests_on_and_no_more() -> None:
    said = judged(good(), finding("class-counts", "info"), target={"latency_ms": 20})
    assert said.level == "go"
    assert said.reasons[0] == "Right in 97.0 % (95.3 to 98.7); always answering “torn” would be in 50.0 %."
    assert "1 of 1 limits kept" in said.reasons[-1] and "the 400 judged, and for no others" in said.reasons[-1]


@pytest.mark.parametrize(
    ("changes", "findings", "task", "words"),
    [
        ({}, [finding("leak", "error", "3 pictures stand in two parts")], {}, "3 pictures stand in two parts."),
        ({"accuracy": Interval(0.55, 0.5, 0.6), "balanced_accuracy": Interval(0.55, 0.49, 0.6)}, [], {},
         "Not shown to be better than always answering “torn”: right in 55.0 % (50.0 to 60.0) against 50.0 %."),
        ({}, [], {"target": {"latency_ms": 4}}, "time for one picture is 4.21 ms, allowed are 4 ms"),
        ({}, [], {"target": {"size_mb": 1}}, "size of the model file is 1.31 MB, allowed are 1 MB"),
        ({"accuracy": Interval(NAN, NAN, NAN)}, [], {}, "Nothing was measured"),
        ({"n": 0}, [], {}, "Nothing was measured: 0 pictures were judged."),
        ({"intervals": {"expected_cost": Interval(0.3, 0.2, 0.4)}}, [], {"costs": {"abstain": 0.4}},
         "Not shown to be cheaper than never deciding: 0.300 (0.200 to 0.400) against 0.400."),
    ],
)  # fmt: skip
def test_no_go(changes: dict[str, Any], findings: list[Finding], task: dict[str, Any], words: str) -> None:
    said = readiness(good(**changes), findings, task)
    assert said.level == "no-go"
    assert len(said.reasons) == 1 and words in said.reasons[0]


@pytest.mark.parametrize(
    ("changes", "findings", "task", "words"),
    [
        ({}, [finding("duplicate", "warning", "12 are copies")], {}, "1 finding is a warning: 12 are copies."),
        ({}, [finding("a", "warning"), finding("b", "warning")], {}, "2 findings are warnings; the first: Something"),
        ({}, [finding("tested-on-a-sample", "warning", "tested on 500 of 900")], {}, "Tested on 500 of 900."),
        ({"accuracy": Interval(0.9, 0.84, 0.95)}, [], {}, "400 pictures leave the accuracy open by 11 points"),
        ({"accuracy": Interval(0.9, NAN, NAN)}, [], {}, "leave the accuracy open"),
        ({"ece": 0.081}, [], {}, "Its confidence is off by 8.1 % on average; 5 % are fine."),
        ({"source": "out-of-fold"}, [], {}, "There was no test set"),
        ({"latency_ms": None}, [], {"target": {"latency_ms": 9}}, "A limit was not checked: time for one picture"),
    ],
)  # fmt: skip
def test_go_with_limits(changes: dict[str, Any], findings: list[Finding], task: dict[str, Any], words: str) -> None:
    said = readiness(good(**changes), findings, task)
    assert said.level == "go with limits"
    assert words in " ".join(said.reasons)


def test_a_class_that_may_be_missed_more_often_than_found_limits() -> None:
    e = examples.evaluation(np.array([[390, 10], [5, 6]]), ("whole", "torn"))
    assert [name for name, _ in weak_classes(e)] == ["torn"]
    said = judged(e)
    assert said.level == "go with limits"
    assert said.reasons[-1].startswith("“torn” may be missed more often than found: 54.5 % (")
    assert said.reasons[-1].endswith("of 11.")


def test_a_class_that_is_missed_more_often_is_said_to_be() -> None:
    e = examples.evaluation(np.array([[190, 10, 0], [80, 20, 0], [60, 10, 30]]), ("whole", "torn", "bent"))
    assert "“torn” is missed more often than found: 20.0 %" in " ".join(judged(e).reasons)
    assert "So may 1 more class be." in " ".join(judged(e).reasons)


def test_a_class_without_pictures_is_not_called_weak() -> None:
    none = dataclasses.replace(good().per_class["torn"], support=0, recall=NAN, recall_low=NAN, recall_high=NAN)
    assert weak_classes(good(per_class={**good().per_class, "torn": none})) == []


def test_only_classes_with_pictures_are_spoken_for() -> None:
    nothing = {name: NAN for name in ("precision", "recall", "f1")} | {"recall_low": NAN, "recall_high": NAN}
    none = dataclasses.replace(good().per_class["torn"], support=0, **nothing)
    said = judged(good(per_class={"bent": none, **good().per_class}))
    assert said.level == "go" and "nan" not in " ".join(said.reasons).split()
    assert said.reasons[1].startswith(
        "Every class that has pictures is found more often than missed; the least sure, “"
    )
    assert NOTHING not in said.reasons[1]


def test_one_picture_and_one_group_are_said_as_they_are() -> None:
    one = judged(good(n=1, accuracy=Interval(1.0, NAN, NAN), source="out-of-fold"))
    assert "from the 1 picture it learned from" in " ".join(one.reasons)
    assert "1 picture leaves the accuracy open, nobody knows how far; 10 points are fine." in one.reasons


def test_better_only_where_every_class_counts_the_same_is_a_limit() -> None:
    e = good(accuracy=Interval(0.52, 0.48, 0.56), balanced_accuracy=Interval(0.7, 0.62, 0.78))
    said = judged(e)
    assert said.level == "go with limits"
    assert "only averaged over the classes: 70.0 % (62.0 to 78.0)" in said.reasons[0]


def test_an_error_outweighs_everything_and_many_are_counted() -> None:
    errors = [finding(f"e{i}", "error") for i in range(5)]
    said = judged(good(), *errors, finding("w", "warning"))
    assert said.level == "no-go" and len(said.reasons) == 4
    assert said.reasons[-1] == "2 more findings are errors."


def test_the_constant_answer_follows_the_costs() -> None:
    e = examples.evaluation(np.array([[90, 0], [0, 10]]), ("normal", "broken"))
    assert constant(e, {}).answer == "normal" and constant(e, {}).accuracy == 0.9
    costly = dataclasses.replace(e, intervals={"expected_cost": Interval(0, 0, 0)})
    mistakes = {"mistakes": {"broken": {"normal": 20.0}}}
    always = constant(costly, {"costs": mistakes})
    assert (always.answer, always.cost) == ("broken", 0.9)  # 90 false alarms at 1 against 10 misses at 20
    assert constant(costly, {"costs": {**mistakes, "abstain": 0.3}}).answer is None


def test_cheaper_than_any_constant_answer_is_said_in_costs() -> None:
    e = good(intervals={"expected_cost": Interval(0.05, 0.02, 0.09)})
    said = judged(e, costs={"abstain": 0.3})
    assert said.reasons[0] == "It costs 0.050 (0.020 to 0.090) for each picture; never deciding would cost 0.300."


def test_limits_to_the_letter() -> None:
    assert judged(good(accuracy=Interval(0.9, 0.85, 0.95), ece=0.05)).level == "go"
    assert judged(good(balanced_accuracy=Interval(0.9, NAN, NAN))).level == "go"


@pytest.mark.parametrize("example", examples.EXAMPLES.values())
def test_every_reason_is_a_sentence(example: Any) -> None:
    data = example()
    said = readiness(data.evaluation, data.findings, data.task)
    assert said.reasons and all(reason[-1] in ".?!" and "nan" not in reason.split() for reason in said.reasons)
    assert said.to_dict() == {"level": said.level, "reasons": list(said.reasons)}
