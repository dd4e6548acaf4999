from __future__ import annotations

import re
import shutil
from pathlib import Path

import cv2
import pytest

from sightline.cli.explain import _part, _short
from tests.cli.called import Call
from tests.pictures import mat, write_picture
from tests.pipeline.explaining.squares import fitted, model_of, squared


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


def test_a_name_as_long_as_names_can_be_has_its_picture_too(sightline: Call, small: Path, tmp_path: Path) -> None:
    for name in ("a" * 251, "b"):
        write_picture(tmp_path / "mats" / f"{name}.png", mat(48, 1))
    rows = sightline("explain", small, tmp_path / "mats", "--out", tmp_path / "why", "--json").document
    assert [Path(row["overlay"]).name for row in rows] == [f"{'a' * 200}.png", "b.png"]
    assert all(Path(row["overlay"]).is_file() for row in rows)


def test_what_cannot_be_asked_is_one_line(sightline: Call, small: Path, mats: Path, tmp_path: Path) -> None:
    assert 'no class "okk"; did you mean "ok"' in sightline("explain", small, mats, "--label", "okk").error
    assert "allowed: auto, activation, occlusion, words" in sightline("explain", small, mats, "--method", "cam").error
    done = sightline("explain", small, mats, "--method", "activation")
    assert done.code == 2 and 'use "occlusion" or "auto"' in done.error
    shutil.copy(mats / "a" / "1.png", tmp_path / "file")
    for folder in (tmp_path / "file", tmp_path / "file" / "why"):
        assert "file is a file; give a folder" in sightline("explain", small, mats, "--out", folder).error
    for folder in (tmp_path / ("a" * 300), tmp_path / "new" / ("a" * 300)):
        assert "File name too long; give another folder" in sightline("explain", small, mats, "--out", folder).error


def test_a_folder_is_made_when_there_is_something_to_write(
    sightline: Call, small: Path, mats: Path, tmp_path: Path
) -> None:
    (tmp_path / "torn.png").write_bytes(b"no picture")
    for asked in ((mats, "--method", "activation"), (mats, "--label", "okk"), (tmp_path / "torn.png",)):
        done = sightline("explain", small, *asked, "--out", tmp_path / "new" / "why")
        assert done.code == 2 and not (tmp_path / "new").exists()
        assert "wrote" not in done.err


def test_of_one_description_the_table_says_nothing_and_the_file_name_is_whole(sightline: Call, tmp_path: Path) -> None:
    model_of(fitted("LocalBinaryPattern() > LinearSVM()")).save(tmp_path / "model.sight")
    name = "a picture with quite a long name, which is whole.png"
    path = write_picture(tmp_path / "far" / "away" / "in a folder of a folder" / name, squared(3)[0])
    done = sightline("explain", tmp_path / "model.sight", path, "--method", "occlusion")
    header, row = done.err.splitlines()[1:3]
    assert "what spoke" not in header and "loudest words" not in header and "reason" not in header
    assert row.startswith(f"…/{name}") and " x " in row


def test_the_loudest_words_are_in_the_table(sightline: Call, tmp_path: Path) -> None:
    model_of(fitted("DenseSIFT(size_px=64) > BagOfVisualWords(words=12) > LinearSVM()")).save(tmp_path / "model.sight")
    path = write_picture(tmp_path / "square.png", squared(100)[0])
    done = sightline("explain", tmp_path / "model.sight", path)
    assert "loudest words" in done.err and "what spoke" not in done.err
    assert re.search(r"BagOfVisualWords\s+\d+\s+\([+-]\d+\s+%\)\s+at\s+x", done.err)


def test_a_network_is_called_by_its_name_in_the_table() -> None:
    digest = "0123456789abcdef"
    for text, told in (
        (f"Embedding(network='resnet18@{digest}')", "resnet18"),
        (f"Embedding(network='a.b_c-d@{digest}', zoom=1.5, px=288)", "a.b_c-d zoom=1.5, px=288"),
        ("DenseSIFT() > BagOfVisualWords(words=8)", "DenseSIFT() > BagOfVisualWords(words=8)"),
    ):
        assert _part({"share": 0.25, "descriptor": text}) == f"25.0 % {told}"


def test_as_much_of_a_path_is_shown_as_there_is_room_for() -> None:
    assert _short("pictures/17.png") == "pictures/17.png"
    assert _short(f"/{'far/' * 20}away/17.png") == f"…/{'far/' * 6}away/17.png"
    assert _short(f"/{'x' * 60}/17.png") == "…/17.png"
    assert _short(f"/a/{'x' * 60}.png") == f"…/{'x' * 60}.png"


def test_none_that_can_be_read_is_exit_two(sightline: Call, small: Path, tmp_path: Path) -> None:
    (tmp_path / "torn.png").write_bytes(b"no picture")
    done = sightline("explain", small, tmp_path / "torn.png", "--json")
    assert done.code == 2
    (row,) = done.document
    assert row["path"] == str(tmp_path / "torn.png") and row["reason"]
