from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from sightline.errors import InputError
from sightline.evaluation.drawn import drawn_jpegs
from sightline.evaluation.profile import Profile
from sightline.evaluation.steps import steps_of
from sightline.evaluation.works import INTERPRETER, PREPARE
from tests.evaluation.profiles import profile, small_model, ticking

WORKS = [
    "read 256x192", PREPARE, "DenseSIFT", "PCA", "BagOfVisualWords", "KNearestNeighbors", "HOG", "ColorHistogram",
    "KNearestNeighbors", INTERPRETER,
]  # fmt: skip


def test_every_part_of_the_graph_is_a_step_and_the_rest_is_one() -> None:
    durations = [0.001 * number for number in range(1, 10)]  # 45 ms in all
    steps = steps_of(small_model(), drawn_jpegs("64x48", 2), ticking(*durations, 0.050).__next__)
    assert [step.work for step in steps] == WORKS
    assert [step.ms for step in steps] == pytest.approx([1, 2, 3, 4, 5, 6, 7, 8, 9, 5])


def test_a_rest_is_never_less_than_nothing() -> None:
    steps = steps_of(small_model(), drawn_jpegs("64x48", 1), ticking(*[0.01] * 10).__next__)
    assert steps[-1].ms == 0


def test_paths_bytes_and_arrays_are_read_and_odd_ones_left_out(tmp_path: Path) -> None:
    model, data = small_model(), drawn_jpegs("64x48", 1)[0]
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    for items in ([path], [data], [array], [b"no picture", tmp_path / "gone.jpg", data]):
        assert [step.work for step in steps_of(model, items)] == WORKS
    with pytest.raises(InputError, match="none of the pictures"):
        steps_of(model, [b"no picture"])


def test_reduced_decoding_is_work_of_the_whole_picture() -> None:
    model = small_model()
    model = dataclasses.replace(model, preparation=dataclasses.replace(model.preparation, decode=4))
    assert steps_of(model, drawn_jpegs("1024x768", 1))[0].work == "read 1024x768"


def test_every_step_has_a_work_in_a_profile() -> None:
    found: Profile = profile()
    assert {step.work for step in steps_of(small_model(), drawn_jpegs("64x48", 1))} <= set(found.works)
