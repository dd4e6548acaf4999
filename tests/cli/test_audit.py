from __future__ import annotations

from pathlib import Path

from tests.cli.called import Call
from tests.pictures import noise, write_folders, write_picture


def test_what_fit_refuses_does_not_pass(sightline: Call, tmp_path: Path) -> None:
    write_picture(tmp_path / "d" / "a" / "1.png", noise(8, 0))
    done = sightline("audit", tmp_path / "d")
    assert done.code == 1 and "one-class" in done.err and "1 picture in 1 class looked at" in done.err
    (tmp_path / "d" / "b").mkdir()
    (tmp_path / "d" / "b" / "1.png").write_bytes(b"broken")
    assert "nothing-to-learn-from" in [one["kind"] for one in sightline("audit", tmp_path / "d", "--json").document]


def test_a_class_name_with_a_line_end_stays_in_its_row(sightline: Call, tmp_path: Path) -> None:
    write_folders(tmp_path, per_class=2, size=8, seed=1, classes=("to\nrn", "whole"))
    done = sightline("audit", tmp_path)
    assert done.code == 0 and "to\\nrn (2)" in done.err
