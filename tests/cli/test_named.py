from __future__ import annotations

from pathlib import Path

import pytest
import typer

from sightline.cli.named import named_pictures, tell_unread
from sightline.errors import CatalogError
from tests.cli.called import Call
from tests.pictures import mat, write_picture


def test_an_input_without_pictures_is_told_and_the_others_go_on(sightline: Call, small: Path, tmp_path: Path) -> None:
    good, empty, table = write_picture(tmp_path / "1.png", mat(32, 1)), tmp_path / "empty", tmp_path / "t.csv"
    empty.mkdir()
    table.write_text("file\n1.png\n")
    done = sightline("predict", small, good, empty, table, good, "--json")
    assert done.code == 0
    assert [(row["path"], row["reason"] is None) for row in done.document] == [
        (str(good), True), (str(empty), False), (str(table), False), (str(good), True),
    ]  # fmt: skip
    warnings = [line for line in done.err.splitlines() if line.startswith("warning: ")]
    assert "empty holds no pictures" in warnings[0] and 'no column "path"' in warnings[1]


def test_where_no_input_has_pictures_the_first_says_what_is_wrong(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with pytest.raises(CatalogError, match="a holds no pictures"):
        named_pictures([str(tmp_path / "a"), str(tmp_path / "b")])


def test_nothing_that_can_be_read_exits_with_two_and_keeps_its_rows(
    sightline: Call, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "p.csv"
    done = sightline("predict", small, tmp_path / "nowhere.jpg", "--out", out)
    assert done.code == 2 and "none of the pictures could be read" in done.error
    assert f"1 picture, 1 could not be read; wrote {out}" in done.err
    assert "no such file" in out.read_text()
    done = sightline("predict", small, tmp_path / "nowhere.jpg", "--json")
    assert done.code == 2 and [row["reason"] for row in done.document] == ["no such file"]


def test_one_that_can_be_read_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    tell_unread(3, 2)
    tell_unread(0, 0)
    assert capsys.readouterr().err == "3 pictures, 2 could not be read\n"
    with pytest.raises(typer.Exit):
        tell_unread(3, 3)
