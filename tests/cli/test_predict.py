from __future__ import annotations

from pathlib import Path

from tests.cli.called import Call
from tests.pictures import mat, write_picture


def test_a_table_is_written_where_a_link_points_to(sightline: Call, small: Path, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "1.png", mat(32, 1))
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real.csv")
    assert sightline("predict", small, picture, "--out", link).code == 0
    assert link.is_symlink() and len((tmp_path / "real.csv").read_text().splitlines()) == 2
