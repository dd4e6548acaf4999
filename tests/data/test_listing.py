from __future__ import annotations

from pathlib import Path

import pytest

from sightline.data.listing import list_pictures
from sightline.errors import CatalogError
from tests.data.test_read import touch


def test_files_folders_and_tables(tmp_path: Path) -> None:
    touch(tmp_path, "d/2.jpg", "d/sub/1.png", "d/.h/3.png", "d/x.txt")
    (tmp_path / "t.csv").write_text("path\nd/2.jpg\n")
    found = list_pictures([tmp_path / "gone.jpg", tmp_path / "d", tmp_path / "t.csv"])
    expected = ["gone.jpg", "d/2.jpg", "d/sub/1.png", "d/2.jpg"]
    assert found == [str(tmp_path / name) for name in expected]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="holds no pictures"):
        list_pictures([tmp_path])
    (tmp_path / "t.csv").write_text("file\nx\n")
    with pytest.raises(CatalogError, match='no column "path"'):
        list_pictures([tmp_path / "t.csv"])


def test_what_is_too_long_for_a_name_stays_for_whoever_reads_it(tmp_path: Path) -> None:
    assert list_pictures(["x" * 300]) == ["x" * 300]
    for suffix in (".csv", ".parquet"):
        with pytest.raises(CatalogError, match="cannot read x"):
            list_pictures(["x" * 300 + suffix])
