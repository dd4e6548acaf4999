from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pytest

from sightline.evaluation.result import Evaluation, Source
from sightline.evaluation.summarize import summarize
from sightline.evaluation.verdict import ONE_THIRD, UNKNOWN_CHOICE, VALIDATION_PART, judged_on, verdict
from tests.evaluation import examples

TRUTH = np.arange(200) % 2


def test_figures_are_called_corrected_where_they_are_and_only_there() -> None:
    rng = np.random.default_rng(0)
    chances = rng.dirichlet([1, 1], 200)
    candidates = [chances.argmax(axis=1), rng.integers(0, 2, 200)]
    alone = summarize(chances, TRUTH, ("a", "b"), source="out-of-fold", corrected=candidates[:1])
    among = summarize(chances, TRUTH, ("a", "b"), source="out-of-fold", corrected=candidates)
    one_group = summarize(chances, TRUTH, ("a", "b"), source="out-of-fold", corrected=candidates, groups=[1] * 200)
    assert judged_on(alone) == judged_on(one_group) == "on 200 pictures, estimated by cross-validation"
    assert judged_on(among) == f"{judged_on(alone)}, corrected for having chosen the winner"
    assert verdict(among)[1] == f"{judged_on(among)}; no test set was given."


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (VALIDATION_PART, "estimated on the validation part that was given"),
        (ONE_THIRD, "estimated on one third, held out"),
        (UNKNOWN_CHOICE, "estimated by cross-validation, not corrected for having chosen the winner"),
    ],
)
def test_how_pictures_were_held_out_is_said(note: str, words: str) -> None:
    plain = summarize(np.eye(2)[TRUTH], TRUTH, ("a", "b"), source="out-of-fold")
    assert judged_on(plain.with_notes(note)) == f"on 200 pictures, {words}"


def few(n: int, source: Source, **more: Any) -> Evaluation:
    truth = np.arange(n) % 2
    return summarize(np.eye(2)[truth], truth, ("a", "b"), source=source, **more)


def test_few_pictures_never_sound_certain() -> None:
    core, rest = verdict(few(10, "out-of-fold"))
    assert re.fullmatch("Right in 7[2-6] to 100 of 100 cases", core)
    assert rest == (
        "on 10 pictures, estimated by cross-validation; with so few it cannot be told closer; no test set was given."
    )
    assert verdict(few(10, "out-of-fold", groups=[1] * 10))[0] == "Right in 0 to 100 of 100 cases"
    core, rest = verdict(few(10, "test"))
    assert core == "Right in 10 of 10" and "anywhere from 7" in rest
    assert verdict(few(100, "out-of-fold"))[0].startswith("Right in 100 of 100 cases (9")


def test_one_picture_is_one() -> None:
    assert judged_on(few(1, "test")) == "on 1 test picture"
    assert verdict(few(1, "test"))[1].startswith("test picture the model had never seen.")
    assert judged_on(few(1, "out-of-fold")).startswith("on 1 picture, ")


def test_a_test_part_is_one() -> None:
    found = dataclasses.replace(examples.digits().evaluation, n=1200)
    assert judged_on(found) == "on 1,200 test pictures"
