"""How a model is printed: on one line, with what a person asks first."""

from __future__ import annotations

import dataclasses
import math

import pytest

from sightline.pipeline.model import Model


def test_a_model_is_printed_on_one_short_line(model: Model) -> None:
    line = repr(model)
    assert line == str(model) and "\n" not in line and len(line) < 250
    assert line.startswith("Model(2 classes: 'normal', 'broken'; mean of (") and line.endswith("…)")
    asked = dataclasses.replace(model, task=dataclasses.replace(model.task, question="Is it\nbroken? " * 30))
    assert repr(asked).startswith("Model('Is it\\nbroken? Is it") and len(repr(asked)) < 400


@pytest.mark.parametrize(
    ("accuracy", "said"),
    [
        ({"value": 0.9314}, "; accuracy 93.1 %)"),
        ({"value": 0.99999}, "; accuracy 99.9 %)"),
        ({"value": 1.0}, " 100.0 %)"),
    ],
)
def test_accuracy_is_told_where_it_was_measured(model: Model, accuracy: object, said: str) -> None:
    assert repr(dataclasses.replace(model, evaluation={"accuracy": accuracy})).endswith(said)


@pytest.mark.parametrize("accuracy", [None, 1, {}, {"value": None}, {"value": math.nan}, "x"])
def test_what_a_foreign_file_says_of_accuracy_is_left_out(model: Model, accuracy: object) -> None:
    assert repr(dataclasses.replace(model, evaluation={"accuracy": accuracy})) == repr(model)


def test_of_very_many_classes_the_first_are_named(model: Model) -> None:
    wide = dataclasses.replace(
        model, task=dataclasses.replace(model.task, classes=tuple(f"c{i}" * 40 for i in range(99)))
    )
    assert "Model(99 classes: 'c0c0" in repr(wide) and " and 95 more; " in repr(wide) and len(repr(wide)) < 320
