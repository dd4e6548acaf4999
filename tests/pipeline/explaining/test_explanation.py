from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sightline.errors import ArtifactError
from sightline.pipeline.explaining.explanation import Explanation, Part
from sightline.pipeline.explaining.grid import painted
from sightline.pipeline.explaining.overlay import overlay
from sightline.pipeline.explaining.words import Word
from tests.pictures import noise


def explained(heat: np.ndarray) -> Explanation:
    word = Word("SIFT() > VLAD()", 3, 0.25, 2, ((0.123456, 0.5),))
    picture = noise(max(heat.shape), 0)[: heat.shape[0], : heat.shape[1]]
    return Explanation("a.png", None, "torn", 0.75, "words", heat, picture, (Part("SIFT() > VLAD()", 1.0),), (word,))


def test_the_hottest_place_is_the_middle_of_its_cell_at_the_frame_too() -> None:
    for row in range(4):
        for column in range(4):
            cells = np.zeros((4, 4))
            cells[row, column] = 2
            cells[3 - row, 3 - column] += 1
            found = explained(painted(cells, (80, 120))).hottest
            assert found == pytest.approx(((column + 0.5) / 4, (row + 0.5) / 4), abs=0.07)


def test_of_two_that_are_as_hot_it_is_the_first_and_not_between_them() -> None:
    heat = np.zeros((40, 40), np.float32)
    heat[5, 5] = heat[30, 30] = 1
    assert explained(heat).hottest == (5.5 / 40, 5.5 / 40)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_where_nothing_speaks_for_the_class_there_is_none(value: float) -> None:
    assert explained(np.full((4, 6), value, np.float32)).hottest is None
    assert explained(np.full((4, 6), value, np.float32)).to_dict()["hottest"] is None


@pytest.mark.parametrize(("shape", "cells"), [((1, 1), (1, 1)), ((20, 500), (20, 32)), ((512, 400), (32, 32))])
def test_in_json_the_heat_is_coarse_and_its_mean_stays(shape: tuple[int, int], cells: tuple[int, int]) -> None:
    heat = np.random.default_rng(0).normal(1, 1, shape).astype(np.float32)
    row = json.loads(json.dumps(explained(heat).to_dict(), allow_nan=False))
    assert np.shape(row["heat"]) == cells
    assert np.mean(row["heat"]) == pytest.approx(float(heat.mean()), rel=1e-2)


def test_the_row_says_everything() -> None:
    row = explained(np.ones((2, 2), np.float32)).to_dict()
    assert (row["path"], row["label"], row["explained"], row["confidence"]) == ("a.png", None, "torn", 0.75)
    assert row["parts"] == [{"descriptor": "SIFT() > VLAD()", "share": 1.0}]
    (word,) = row["words"]
    assert word == {
        "descriptor": "SIFT() > VLAD()", "number": 3, "share": 0.25, "count": 2, "places": [[0.1235, 0.5]]
    }  # fmt: skip
    assert row["hottest"] == {"x": 0.5, "y": 0.5}


def test_the_picture_with_its_heat_is_an_array_and_a_file(tmp_path: Path) -> None:
    found = explained(np.random.default_rng(0).normal(0, 1, (300, 260)).astype(np.float32))
    drawn = found.overlay()
    assert drawn.shape == (300, 260, 3) and drawn.dtype == np.uint8
    np.testing.assert_array_equal(drawn, overlay(found.picture, found.heat))
    (tmp_path / "why.png").write_bytes(b"before")
    found.save(tmp_path / "why.png")
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "why.png"))[..., ::-1], drawn)
    found.save(str(tmp_path / "second.PNG"))
    with pytest.raises(ArtifactError, match=r"why\.jpg: .* ends in \.png"):
        found.save(tmp_path / "why.jpg")
    with pytest.raises(ArtifactError, match="cannot write"):
        found.save(tmp_path / "no" / "why.png")
    assert {path.name for path in tmp_path.iterdir()} == {"why.png", "second.PNG"}
