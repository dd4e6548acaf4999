from __future__ import annotations

import os
from pathlib import Path

import pytest

from sightline.data.any_pictures import any_pictures
from sightline.errors import CatalogError
from tests.pictures import noise, write_picture


def names(found: list[str], root: Path) -> list[str]:
    return [os.path.relpath(name, root) for name in found]


def write(root: Path, *paths: str) -> Path:
    for path in paths:
        write_picture(root / path, noise(8, 0))
    return root


def test_class_folders_and_flat_folders_give_all_their_pictures(tmp_path: Path) -> None:
    root = write(tmp_path, "a/1.png", "b/deep/2.png", "3.png")
    (root / "notes.txt").write_text("none")
    assert sorted(names(any_pictures(root), root)) == ["3.png", "a/1.png", "b/deep/2.png"]


@pytest.mark.parametrize("test", ["test", "Testing"])
def test_a_test_part_is_left_out(tmp_path: Path, test: str) -> None:
    root = write(tmp_path, "train/a/1.png", "val/a/2.png", f"{test}/a/3.png")
    assert names(any_pictures(root), root) == ["train/a/1.png", "val/a/2.png"]


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        (["good/1.png", "test/2.png"], 2),
        (["good/1.png", "Testing/2.png", "val/3.png"], 3),
        (["train/a/1.png", "other/2.png", "test/a/3.png"], 2),
        (["val/a/1.png", "test/a/2.png"], 1),
        (["1.png", "test/2.png"], 1),
    ],
)
def test_a_class_may_be_called_test_where_no_folder_is_for_training(
    tmp_path: Path, paths: list[str], kept: int
) -> None:
    """As `read_folder` has it."""
    assert len(any_pictures(write(tmp_path, *paths))) == kept


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    said: list[str] = []
    any_pictures(write(tmp_path / "none", "good/1.png", "test/2.png"), said.append)
    assert said == []
    any_pictures(write(tmp_path / "one", "train/a/1.png", "test/a/2.png"), said.append)
    (tmp_path / "t.csv").write_text("path,split\na.png,train\nb.png,test\nc.png,Testing\n")
    any_pictures(tmp_path / "t.csv", said.append)
    assert [line.split(":")[0] for line in said] == [
        "1 picture of the test part is left out",
        "2 pictures of the test part are left out",
    ]


def test_a_table_needs_no_labels(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("path,split\na.png,train\nb.png,test\nc.png,\n")
    assert names(any_pictures(tmp_path / "t.csv"), tmp_path) == ["a.png", "c.png"]
    (tmp_path / "u.csv").write_text("path,label\na.png,\nb.png,x\n")
    assert names(any_pictures(tmp_path / "u.csv"), tmp_path) == ["a.png", "b.png"]


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="holds no pictures"):
        any_pictures(tmp_path)
    with pytest.raises(CatalogError, match="outside its test part"):
        any_pictures(write(tmp_path, "test/a/1.png"))
    with pytest.raises(CatalogError, match="does not exist; allowed: a folder with pictures"):
        any_pictures(tmp_path / "gone")
    with pytest.raises(CatalogError, match="does not exist; allowed: a folder with pictures"):
        any_pictures("x" * 300)
    with pytest.raises(CatalogError, match="is no folder and no table"):
        any_pictures(tmp_path / "test" / "a" / "1.png")
