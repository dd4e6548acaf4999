from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sightline.errors import ArtifactError, InputError
from sightline.pipeline.explaining.overlay import overlay, write_overlay
from tests.pictures import gradient, noise

GREY = np.full((300, 400, 3), 120, np.uint8)


def heat_of(left: float, right: float) -> np.ndarray:
    heat = np.zeros((300, 400), np.float32)
    heat[:, :150], heat[:, 250:] = left, right
    return heat


def test_for_is_warm_and_against_is_cold() -> None:
    drawn = overlay(GREY, heat_of(5, -5)).astype(int)
    assert drawn.shape == GREY.shape
    warm, nothing, cold = drawn[150, 20], drawn[150, 200], drawn[150, 380]
    assert warm[0] > warm[2] + 50 and cold[2] > cold[0] + 50
    np.testing.assert_array_equal(nothing, GREY[0, 0])


def test_what_is_stronger_is_farther_from_the_picture() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 400, dtype=np.float32), (300, 400))
    for sign in (1, -1):
        away = np.abs(overlay(GREY, sign * ramp)[0].astype(int) - GREY[0]).sum(axis=1)
        assert away[0] == 0 and away[-1] > away[200] > away[50] > 0


def test_strength_is_relative_to_the_strongest_place() -> None:
    np.testing.assert_array_equal(overlay(GREY, heat_of(5, -2)), overlay(GREY, heat_of(0.005, -0.002)))


def test_the_picture_is_seen_below_without_most_of_its_color() -> None:
    picture = gradient(300)
    drawn = overlay(picture, np.zeros((300, 300), np.float32)).astype(int)
    spread = np.ptp(drawn, axis=2).max()
    assert 0 < spread < np.ptp(picture.astype(int), axis=2).max() / 2
    assert np.corrcoef(drawn.mean(axis=2).ravel(), picture.mean(axis=2).ravel())[0, 1] > 0.95


@pytest.mark.parametrize(("shape", "drawn"), [((1, 1), (256, 256)), ((32, 64), (128, 256)), ((500, 3), (500, 3))])
def test_small_ones_are_enlarged(shape: tuple[int, int], drawn: tuple[int, int]) -> None:
    assert overlay(noise(700, 1), np.ones(shape, np.float32)).shape == (*drawn, 3)


def test_inputs_stay_and_bad_ones_are_refused() -> None:
    picture, heat = noise(20, 1), np.ones((20, 20), np.float32)
    overlay(picture, heat)
    np.testing.assert_array_equal(picture, noise(20, 1))
    assert (heat == 1).all()
    for wrong in (np.ones((20, 20, 1), np.float32), np.full((20, 20), np.nan, np.float32), heat[:0]):
        with pytest.raises(InputError, match=r"allowed: \(h, w\) finite numbers"):
            overlay(picture, wrong)
    with pytest.raises(InputError, match=r"allowed: \(h, w, 3\) uint8"):
        overlay(picture.astype(np.float32), heat)


def test_no_file_that_is_there_is_touched(tmp_path: Path) -> None:
    picture, heat = noise(40, 1), np.ones((40, 40), np.float32)
    (tmp_path / "a.png").write_bytes(b"mine")
    (tmp_path / "a-2.png").symlink_to(tmp_path / "gone")
    assert write_overlay(tmp_path, "a", picture, heat) == tmp_path / "a-3.png"
    assert write_overlay(tmp_path, "b", picture, heat) == tmp_path / "b.png"
    assert (tmp_path / "a.png").read_bytes() == b"mine" and not (tmp_path / "gone").exists()
    read = cv2.cvtColor(cv2.imread(str(tmp_path / "b.png")), cv2.COLOR_BGR2RGB)
    np.testing.assert_array_equal(read, overlay(picture, heat))
    with pytest.raises(ArtifactError, match="cannot write"):
        write_overlay(tmp_path / "none", "a", picture, heat)


@pytest.mark.parametrize(("letter", "kept"), [("a", 200), ("\N{EURO SIGN}", 66), ("\udcff", 200)])
def test_a_long_name_is_cut_and_no_other_of_the_same_beginning_is_lost(tmp_path: Path, letter: str, kept: int) -> None:
    picture, heat, stem = noise(40, 1), np.ones((40, 40), np.float32), letter * kept
    written = [write_overlay(tmp_path, stem + end, picture, heat).name for end in ("", letter, letter * 51)]
    assert written == [f"{stem}.png", f"{stem}-2.png", f"{stem}-3.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)
