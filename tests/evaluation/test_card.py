from __future__ import annotations

import dataclasses
import re

import pytest

from sightline.evaluation.card import TELLABLE, card, tellable
from sightline.evaluation.report_data import ReportData
from sightline.findings import Finding
from sightline.pipeline.contents import MAX_CARD_BYTES
from tests.evaluation import examples

HEADINGS = ["Model details", "Intended use", "Data", "Figures", "Limits and caveats", "How to use", "Versions"]


@pytest.mark.parametrize("data", [example() for example in examples.EXAMPLES.values()], ids=list(examples.EXAMPLES))
def test_headings_are_the_usual_ones_and_nothing_else(data: ReportData) -> None:
    text = card(data)
    assert re.findall(r"^## (.*)$", text, re.M) == HEADINGS
    assert len(re.findall(r"^# Model card: ", text, re.M)) == 1
    assert text.endswith("\n") and not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    text.encode()


def test_every_figure_says_where_it_comes_from() -> None:
    text = card(dataclasses.replace(examples.mats(), trained_with={"scikit-learn": "1.7"}))
    for expected in (
        "# Model card: Is the mat normal or broken?",
        "- `costs.mistakes.broken.normal`: 20.0",
        "| broken | 48 | 14 |",
        "Measured with this file on 84 test pictures that it had not seen.",
        "| Accuracy | 89.3 % (82.7 to 95.9) |",
        "| Recall of the positive class | 64.3 % (38.0 to 84.0) |",
        "| Expected cost of one picture | 0.210 (0.080 to 0.390) |",
        "| One picture, median | 4.21 ms on AMD EPYC 9R14",
        "- 3 pictures stand both in train and in test.",
        "- Warning: 12 pictures are copies of another one in the same part",
        'model = sl.load("model.sight")',
        "- sightline 0.1.0",
        "- trained with scikit-learn 1.7",
    ):
        assert expected in text, expected
    assert "On 2,400 pictures, estimated by cross-validation" in card(examples.plants())
    assert "No question was stated." in card(examples.plants())


def test_no_file_is_named() -> None:
    data = examples.digits()
    text = card(data)
    assert "scan/" not in text and ".png" not in text and data.title not in text.split()
    assert "- Warning: 1 finding of the kind “broken-file”" in text
    assert all(mistake.source not in text for mistake in data.mistakes)


def test_a_kind_is_told_once_and_only_by_its_name_where_its_message_may_name_somebody() -> None:
    several = [Finding("divided-group", "warning", "patient 7 is divided", "", {}, ("p7/a.png",))] * 2
    several += [Finding("label-conflict", "warning", "one picture stands under 2 labels: a, b")] * 3
    told = tellable(several)
    assert [one.message for one in told] == [
        "2 findings of the kind “divided-group”",
        "one picture stands under 2 labels: a, b (one of 3)",
    ]
    assert not any(one.sources or one.evidence for one in told)
    assert "divided-group" not in TELLABLE


def test_names_are_text_and_not_markup() -> None:
    text = card(examples.hostile())
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert not re.search(r"(?<!\\)<", outside)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} <= {3, 4, 5}
    tricky = dataclasses.replace(examples.digits(), model_spec="a `b` ``c``\n# d", question="# x\n\n## y")
    assert "``` a `b` ``c`` # d ```" in card(tricky)
    assert card(tricky).startswith("# Model card: \\# x \\#\\# y\n")


def test_a_thousand_long_names_fit_into_the_file() -> None:
    data = examples.plants(1000)
    long = {f"{'&' * 300}{i}": counts for i, counts in enumerate(data.data.classes.values())}
    text = card(dataclasses.replace(data, data=dataclasses.replace(data.data, classes=long)))
    assert "And 900 more; evaluation.json holds them all." in text
    assert len(text.encode()) < MAX_CARD_BYTES / 4
