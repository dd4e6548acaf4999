from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sightline import files
from sightline.errors import ArtifactError
from sightline.files import LOCK_FILE, held_alone, lock, write_whole


class Windows:
    """Locks as `msvcrt` gives them: one opened file has the first byte of a file, until it is closed."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.holders: dict[int, int] = {}

    def locking(self, file: int, mode: int, count: int) -> None:
        if (mode, count) != (self.LK_NBLCK, 1):
            raise ValueError(f"mode {mode}, {count} bytes")
        if self.holders.setdefault(os.fstat(file).st_ino, file) != file:
            raise PermissionError(13, "Permission denied")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Windows]:
    """No fcntl, no folder that can be opened, and a lock that ends when its file is closed."""
    machine, opened, closed = Windows(), os.open, os.close

    def no_folders(path: Any, *rest: Any, **more: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **more)

    def and_unlock(file: int) -> None:
        machine.holders = {inode: holder for inode, holder in machine.holders.items() if holder != file}
        closed(file)

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", machine)
    monkeypatch.setattr(files, "os", SimpleNamespace(**{**vars(os), "open": no_folders, "close": and_unlock}))
    yield machine


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with held_alone(tmp_path) as first, held_alone(tmp_path) as second:
        assert first and not second
    with held_alone(tmp_path) as again:
        assert again and list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("windows")
def test_on_windows_too_by_a_file_in_it_that_does_not_stay(tmp_path: Path) -> None:
    with held_alone(tmp_path) as first:
        assert (tmp_path / LOCK_FILE).exists()
        with held_alone(tmp_path) as second:
            assert first and not second
        with held_alone(tmp_path) as third:  # who could not have it has not let go of it
            assert not third
    assert list(tmp_path.iterdir()) == []
    with held_alone(tmp_path) as again:
        assert again


def test_a_file_is_locked_on_windows(tmp_path: Path, windows: Windows) -> None:
    with (tmp_path / "f").open("wb") as one, (tmp_path / "f").open("rb") as other:
        assert lock(one.fileno()) is True and lock(other.fileno()) is False

        def unknown(*given: Any) -> None:
            raise OSError(22, "Invalid argument")

        windows.locking = unknown  # type: ignore[method-assign]  # a drive without locks
        assert lock(other.fileno()) is None


def test_where_nobody_knows_locks_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", None)
    with held_alone(tmp_path) as first, held_alone(tmp_path) as second:
        assert first and second


@pytest.mark.usefixtures("windows")
def test_a_folder_that_is_not_there_is_for_others_to_tell(tmp_path: Path) -> None:
    with held_alone(tmp_path / "gone") as alone:
        assert alone


def test_a_drive_that_only_reads_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: Any, **more: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "open", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(ArtifactError, match=r"cannot write .*: Read-only file system; what was there before"):
        write_whole(tmp_path / "f", b"")
