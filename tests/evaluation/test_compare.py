from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.evaluation.compare import compare
from sightline.evaluation.report_data import ReportData
from tests.evaluation import examples
from tests.evaluation.runs import answers_of, write_run


def better() -> ReportData:
    """The digits again: 96 % right, no warnings, another pipeline, twice as slow."""
    e = examples.evaluation(examples.confusion(10, 36, 0.96, seed=4), examples.DIGITS)
    e = e.with_speed(latency_ms={"p50": 8.426, "p95": 13.0, "p99": 15.0})
    data = dataclasses.replace(examples.digits(), evaluation=e, findings=examples.findings()[:1])
    return dataclasses.replace(data, model_spec="LocalBinaryPattern() > LinearSVM()")


def two(tmp_path: Path, a: ReportData, b: ReportData, answers: bool = True) -> tuple[Path, Path]:
    return (
        write_run(tmp_path / "a", a, answers_of(a.evaluation) if answers else None),
        write_run(tmp_path / "b", b, answers_of(b.evaluation) if answers else None, seed=1),
    )


def test_paired_differences_are_told_apart_from_chance(tmp_path: Path) -> None:
    found = compare(*two(tmp_path, examples.digits(), better()))
    assert found.paired is not None and found.paired.n == 360
    accuracy, balanced, f1, *_ = found.figures
    assert accuracy.word == balanced.word == "B is better"
    assert accuracy.by == pytest.approx(15 / 360)
    assert f1.word == "intervals overlap"  # not paired, so nothing is shown
    assert found.verdict == "B is right more often: A is right in 91.7 %, B in 95.8 %."
    assert "A alone has 3 of them right, B alone 18." in found.cautions[0]


def test_without_answers_overlap_is_called_that(tmp_path: Path) -> None:
    found = compare(*two(tmp_path, examples.digits(), better(), answers=False))
    assert found.paired is None
    assert found.figures[0].word == "intervals overlap"
    assert found.verdict == "No difference is shown: A is right in 91.7 %, B in 95.8 %."
    assert "so the differences are not paired" in found.cautions[0]


def test_settings_and_findings_that_differ_alone_are_listed(tmp_path: Path) -> None:
    found = compare(*two(tmp_path, examples.digits(), better()))
    assert {row.what: (row.a, row.b) for row in found.settings} == {
        "pipeline": (examples.digits().model_spec, "LocalBinaryPattern() > LinearSVM()"),
        "seed": ("0", "1"),
    }
    assert [one.kind for one in found.only_a] == ["broken-file", "duplicate", "declared-not-checked"]
    assert found.only_b == ()
    speed = {row.what: row.note for row in found.speed}
    assert speed["One picture, median"] == "2.00 times" and speed["Machine"] == ""
    assert (found.a.readiness.level, found.b.readiness.level) == ("no-go", "no-go")


def test_a_run_compared_with_itself_is_equal(tmp_path: Path) -> None:
    a, _ = two(tmp_path, examples.mats(), better())
    found = compare(a, a)
    assert {one.word for one in found.figures} == {one.word for one in found.classes} == {"equal"}
    assert found.settings == found.only_a == found.only_b == ()
    names = {one.what: one.lower for one in found.figures}
    assert names["Expected cost"] and not names["Recall of the positive class"]


def test_lower_is_better_where_it_is(tmp_path: Path) -> None:
    a, b = examples.mats(), examples.mats()
    cost = {
        "expected_cost": dataclasses.replace(a.evaluation.intervals["expected_cost"], value=0.05, low=0.01, high=0.07)
    }
    e = dataclasses.replace(b.evaluation, intervals={**b.evaluation.intervals, **cost})
    found = compare(*two(tmp_path, a, dataclasses.replace(b, evaluation=e), answers=False))
    assert {one.what: one.word for one in found.figures}["Expected cost"] == "B is better"
    assert found.verdict == "B is cheaper: a picture costs 0.210 with A, 0.050 with B."


def test_other_pictures_or_another_source_are_a_caution(tmp_path: Path) -> None:
    a, b = examples.digits(), better()
    e = dataclasses.replace(b.evaluation, source="out-of-fold", n=400, measured_on="a phone")
    found = compare(*two(tmp_path, a, dataclasses.replace(b, evaluation=e), answers=False))
    said = " ".join(found.cautions)
    assert "A was judged on test pictures and B out-of-fold" in said
    assert "A was judged on 360 pictures and B on 400." in said
    assert "different machines" in said


def test_part_of_the_pictures_in_common_is_said(tmp_path: Path) -> None:
    a, b = examples.digits(), better()
    folders = (
        write_run(tmp_path / "a", a, answers_of(a.evaluation)),
        write_run(tmp_path / "b", b, answers_of(b.evaluation, offset=36)),
    )
    found = compare(*folders)
    assert found.paired is None  # shifted by one class: no picture has the same label
    assert "not paired" in found.cautions[0]


def test_different_classes_are_an_error_that_names_them(tmp_path: Path) -> None:
    folders = two(tmp_path, examples.digits(), examples.mats())
    with pytest.raises(
        InputError, match=r"different classes: .*a alone has 0, 1, 2, 3, 4 and more; .*b alone has broken"
    ):
        compare(*folders)


def test_another_order_of_classes_is_none(tmp_path: Path) -> None:
    table = np.array([[30, 6], [2, 34]])
    a = dataclasses.replace(better(), evaluation=examples.evaluation(table, ("x", "y")))
    b = dataclasses.replace(better(), evaluation=examples.evaluation(table[::-1, ::-1], ("y", "x")))
    found = compare(*two(tmp_path, a, b, answers=False))
    assert [(one.what, one.by) for one in found.classes] == [("x", 0), ("y", 0)]


def test_missing_numbers_cannot_be_told(tmp_path: Path) -> None:
    found = compare(*two(tmp_path, examples.bare(), examples.bare(), answers=False))
    words = {one.what: one.word for one in found.figures}
    assert words["Macro F1"] == "cannot be told"
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["figures"][2]["difference"] is None


def test_json_holds_everything(tmp_path: Path) -> None:
    plain: dict[str, Any] = compare(*two(tmp_path, examples.digits(), better())).to_dict()
    assert plain["paired_on"] == 360 and plain["readiness"]["a"]["level"] == "no-go"
    assert [one["what"] for one in plain["recall"]] == list(examples.DIGITS)
    assert plain["figures"][0]["paired"]["low"] > 0 and not math.isnan(plain["figures"][0]["difference"])
