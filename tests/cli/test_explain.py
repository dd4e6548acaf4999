from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import pytest

from tests.cli.called import Call
from tests.pictures import mat, write_picture


@pytest.fixture
def mats(tmp_path: Path) -> Path:
    """Four pictures; two of one name in different folders."""
    for seed, name in enumerate(("a/1.png", "a/2.jpg", "b/1.png", "b/3.png")):
        write_picture(tmp_path / "mats" / name, mat(48, seed, broken=bool(seed % 2)))
    return tmp_path / "mats"


def test_the_table_says_where_and_what_spoke_and_what_could_not_be_read(
    sightline: Call, small: Path, mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # short paths are not folded
    Path("torn.png").write_bytes(b"no picture")
    done = sightline("explain", small, "mats/a/2.jpg", "torn.png")
    assert (done.code, done.out) == (0, "")
    (row,) = [line for line in done.err.splitlines() if line.startswith("mats/a/2.jpg")]
    assert " % " in row and " x " in row and ("DenseSIFT" in done.err and "HOG" in done.err)
    assert "2 pictures, 1 could not be read" in done.err and "hottest place" in done.err


def test_json_is_one_document(sightline: Call, small: Path, mats: Path, tmp_path: Path) -> None:
    rows = sightline("explain", small, mats, tmp_path / "gone.jpg", "--json", "--label", "ok").document
    assert [row["reason"] for row in rows[:4]] == [None] * 4 and len(rows) == 5
    for row in rows[:4]:
        assert row["explained"] == "ok" and row["label"] in ("ok", "bad") and row["overlay"] is None
        assert len(row["heat"]) == 32 and sum(part["share"] for part in row["parts"]) == pytest.approx(1, abs=1e-5)
    assert rows[4]["label"] is None and rows[4]["reason"] == "no such file"


def test_pictures_with_heat_are_written_and_none_is_overwritten(
    sightline: Call, small: Path, mats: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in mats.rglob("*.*")}
    rows = sightline("explain", small, mats, "--out", mats / "a", "--method", "occlusion", "--json").document
    assert sorted(Path(row["overlay"]).name for row in rows) == ["1-2.png", "1-3.png", "2.png", "3.png"]
    assert {path: path.read_bytes() for path in before} == before
    for row in rows:
        assert row["method"] == "occlusion"
        assert cv2.imread(row["overlay"]).shape == (240, 240, 3)  # 48 px, enlarged
    done = sightline("explain", small, mats / "b", "--out", tmp_path / "new" / "why")
    assert sorted(path.name for path in (tmp_path / "new" / "why").iterdir()) == ["1.png", "3.png"]
    assert "wrote" in done.err


def test_what_cannot_be_asked_is_one_line(sightline: Call, small: Path, mats: Path, tmp_path: Path) -> None:
    assert 'no class "okk"; did you mean "ok"' in sightline("explain", small, mats, "--label", "okk").error
    assert "allowed: auto, activation, occlusion, words" in sightline("explain", small, mats, "--method", "cam").error
    done = sightline("explain", small, mats, "--method", "activation")
    assert done.code == 2 and 'use "occlusion" or "auto"' in done.error
    shutil.copy(mats / "a" / "1.png", tmp_path / "file")
    assert "File exists" in sightline("explain", small, mats, "--out", tmp_path / "file").error


def test_none_that_can_be_read_is_exit_two(sightline: Call, small: Path, tmp_path: Path) -> None:
    (tmp_path / "torn.png").write_bytes(b"no picture")
    done = sightline("explain", small, tmp_path / "torn.png", "--json")
    assert done.code == 2
    (row,) = done.document
    assert row["path"] == str(tmp_path / "torn.png") and row["reason"]
