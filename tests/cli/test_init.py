from __future__ import annotations

from pathlib import Path

from tests.cli.called import Call
from tests.pictures import write_folders


def test_one_class_is_told_with_what_to_do(sightline: Call, tmp_path: Path) -> None:
    write_folders(tmp_path / "d", per_class=2, size=8, seed=1, classes=("normal",))
    done = sightline("init", tmp_path / "d", "--out", tmp_path / "task.toml")
    assert done.code == 2 and "holds 1 class ['normal']; allowed: at least two; add pictures of another" in done.error
    assert not (tmp_path / "task.toml").exists()


def test_a_folder_is_no_file_to_write_to(sightline: Call, tmp_path: Path) -> None:
    for out in (".", "", "/", tmp_path):
        done = sightline("init", tmp_path / "nowhere", "--out", out, "--force")
        assert done.code == 2 and "it is a folder; name a file in it" in done.error  # before DATA is looked at


def test_a_link_stays_a_link(sightline: Call, tmp_path: Path) -> None:
    write_folders(tmp_path / "d", per_class=2, size=8, seed=1)
    (tmp_path / "link.toml").symlink_to(tmp_path / "task.toml")
    done = sightline("init", tmp_path / "d", "--out", tmp_path / "link.toml", "--yes")
    assert done.code == 0 and (tmp_path / "link.toml").is_symlink()
    assert 'classes = ["broken", "normal"]' in (tmp_path / "task.toml").read_text()
