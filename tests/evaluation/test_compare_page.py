from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest

from sightline.errors import ArtifactError
from sightline.evaluation.compare import compare
from sightline.evaluation.compare_page import difference, most_different, render, value, write_comparison
from sightline.evaluation.comparison import Comparison, Difference
from sightline.metrics.uncertainty import Interval
from tests.evaluation import examples
from tests.evaluation.runs import answers_of, write_run
from tests.evaluation.test_report import Page


def found(tmp_path: Path, name: str = "digits", seed: int = 4) -> Comparison:
    data = examples.EXAMPLES[name]()
    k = len(data.evaluation.classes)
    other = examples.evaluation(examples.confusion(k, 36, 0.96, seed), data.evaluation.classes)
    b = dataclasses.replace(data, evaluation=other, findings=(), model_spec="<b>other</b>")
    return compare(
        write_run(tmp_path / "a", data, answers_of(data.evaluation)), write_run(tmp_path / "b", b, answers_of(other))
    )


@pytest.mark.parametrize("name", ["digits", "mats", "plants", "hostile", "bare"])
def test_page_is_self_contained_and_can_be_used_without_seeing_it(tmp_path: Path, name: str) -> None:
    if name == "hostile":  # a name that is no valid Unicode cannot be in a file
        kept = examples.hostile()
        classes = tuple(one.encode("utf-8", "replace").decode() for one in kept.evaluation.classes)
        e = examples.evaluation(examples.confusion(6, 30, 0.8), classes)
        folder = write_run(tmp_path / "h", dataclasses.replace(kept, evaluation=e))
        html = render(compare(folder, folder))
    else:
        html = render(found(tmp_path, name))
    parsed = Page(html)
    assert not {"script", "iframe", "object", "embed", "form", "base", "img"} & {tag for tag, _ in parsed.elements}
    assert not [
        key for _, attributes in parsed.elements for key in attributes if key.startswith("on") or key == "style"
    ]
    assert "http:" not in html.replace("http://www.w3.org/2000/svg", "") and "https:" not in html
    assert "Content-Security-Policy" in html and "<b>other" not in html
    assert len(parsed.named("table")) == len(parsed.named("caption"))
    assert len(parsed.named("svg")) == len(parsed.named("desc"))
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert "nan" not in parsed.text.lower().split() and "None" not in parsed.text.split()


def test_both_sides_are_there(tmp_path: Path) -> None:
    text = Page(render(found(tmp_path))).text
    for expected in (
        "Which digit was written by hand?",
        "B is right more often: A is right in 91.7 %, B in 95.8 %.",
        "91.7 % (88.8 to 94.5)",
        "+4.2 points (1.7 to 6.9)",
        "85 to 100 %",
        "No-go",
        "<b>other</b>",
        "A alone warning scan/7/0113.png is truncated",
        "B alone Nothing.",
        "compared picture by picture on the 360 test pictures",
    ):
        assert expected in text.replace("  ", " "), expected


def test_differences_read_well() -> None:
    a, b = Interval(0.917, 0.888, 0.945), Interval(0.9, 0.87, 0.93)
    one = Difference("Accuracy", a, b, paired=Interval(-0.017, -0.04, 0.006))
    assert difference(one) == "\N{MINUS SIGN}1.7 points (\N{MINUS SIGN}4.0 to 0.6)"
    assert difference(Difference("MCC", b, a, share=False)) == "+0.017"
    assert difference(Difference("x", a, a)) == "0.0 points"
    assert (
        value(one, a) == "91.7 % (88.8 to 94.5)" and value(Difference("x", a, b, False), a) == "0.917 (0.888 to 0.945)"
    )


def test_of_very_many_classes_those_that_differ_most_are_shown(tmp_path: Path) -> None:
    def row(i: int) -> Difference:
        return Difference(f"c{i}", Interval(0.5, 0.4, 0.6), Interval(0.5 + i / 10_000, 0.4, 0.6))

    shown = most_different([row(i) for i in range(500)])
    assert len(shown) == 200 and shown[0].what == "c499"
    table = np.eye(500, dtype=int) * 3
    classes = tuple(f"class {i}" for i in range(500))
    data = dataclasses.replace(examples.digits(), evaluation=examples.evaluation(table, classes))
    folder = write_run(tmp_path / "r", data)
    html = render(compare(folder, folder))
    assert "The 200 classes that differ most." in html and len(html.encode()) < 400_000


def test_write_is_all_or_nothing(tmp_path: Path) -> None:
    one = found(tmp_path)
    write_comparison(one, tmp_path / "compare.html")
    assert (tmp_path / "compare.html").read_bytes() == render(one).encode()
    with pytest.raises(ArtifactError, match="cannot write"):
        write_comparison(one, tmp_path / "no" / "such.html")
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "compare.html"]
