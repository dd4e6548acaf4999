from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sightline.cli.evaluate import show
from sightline.evaluation.evaluate import missing_classes
from sightline.evaluation.figures import NOTHING
from sightline.evaluation.summarize import summarize
from tests.cli.called import Call
from tests.pictures import mat, write_picture

CLASSES = tuple("abcdefg")


def test_classes_without_pictures_are_a_warning_and_have_no_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    truth, decided = np.arange(20) % 2, np.where(np.arange(20) < 8, 2, np.arange(20) % 2)
    found = summarize(np.eye(7)[decided], truth, CLASSES, source="test")
    findings = missing_classes(found)
    assert [(one.severity, one.evidence["classes"]) for one in findings] == [("warning", list("cdefg"))]
    show(found.with_notes(findings[0].message, "another note"), findings)
    said = capsys.readouterr().err
    assert "warning: no picture of c, d, e, f, g was judged: balanced accuracy and macro F1 are averages over" in said
    assert "nan" not in said and NOTHING in said and said.count("was judged") == 1 and "note: another note" in said
    assert found.balanced_accuracy.value == pytest.approx(0.6)
    assert found.macro_f1.value == pytest.approx(0.75)


def test_of_one_class_no_correlation_is_claimed(capsys: pytest.CaptureFixture[str]) -> None:
    show(summarize(np.eye(2)[[0]], [0], ("a", "b"), source="test"))
    said = capsys.readouterr().err
    assert f"MCC                {NOTHING}, it needs pictures of two classes\n" in said and "\n1 picture " in said


def test_the_document_names_them_too(sightline: Call, small: Path, tmp_path: Path) -> None:
    for number in range(2):
        write_picture(tmp_path / "d" / "ok" / f"{number}.png", mat(32, number))
    document = sightline("evaluate", small, tmp_path / "d", "--json").document
    assert [one["kind"] for one in document["findings"]] == ["missing-class"]
    assert document["findings"][0]["message"] in document["notes"]
    assert document["per_class"]["bad"]["f1"] is None


def test_a_class_that_the_model_does_not_know_has_a_remedy_that_evaluate_has(
    sightline: Call, small: Path, tmp_path: Path
) -> None:
    for name in ("ok", "okay"):
        write_picture(tmp_path / name / "1.png", mat(32, 1))
    error = sightline("evaluate", small, tmp_path).error
    assert (
        '"okay", which the model does not; rename or remove it, or fit a model that learns it; did you mean "ok"?'
        in error
    )
    assert "task" not in error
