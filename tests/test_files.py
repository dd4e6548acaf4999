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
from sightline.files import LOCK_FILE, check_writable, held_alone, lock, read_small, write_whole


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


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "f.csv", tmp_path / "link.csv"
    link.symlink_to("there/f.csv")
    for data in (b"new", b"newer"):  # at first the link leads to nothing
        check_writable(link)
        write_whole(link, data)
        assert link.is_symlink() and target.read_bytes() == data
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["f.csv", "link.csv", "there"]


def test_a_name_is_as_long_as_the_file_system_takes(tmp_path: Path) -> None:
    name = "\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 125 + ".json"  # 255 bytes
    check_writable(tmp_path / name)
    write_whole(tmp_path / name, b"all")
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name).read_bytes() == b"all"
    for path in (tmp_path / f"a{name}", tmp_path / f"a{name}" / "f"):
        for refuses in (check_writable, lambda path: write_whole(path, b"")):
            with pytest.raises(ArtifactError, match=r"cannot write .*: File name too long; give another path"):
                refuses(path)


def test_two_files_of_one_folder_are_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside: list[set[str]] = []

    def between(file: int) -> None:
        beside.append({path.name for path in tmp_path.iterdir()})
        if len(beside) == 1:
            write_whole(tmp_path / "b", b"b")

    monkeypatch.setattr(os, "fsync", between)
    write_whole(tmp_path / "a", b"a")
    assert [len(names) for names in beside] == [1, 2]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"a", "b": b"b"}


def test_links_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for refuses in (check_writable, lambda path: write_whole(path, b"")):
        with pytest.raises(ArtifactError, match="give another path"):
            refuses(tmp_path / "a")
    assert (tmp_path / "a").is_symlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs devices")
def test_a_device_is_written_to_and_stays_one(tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    write_whole(Path("/dev/null"), b"gone")
    for full in (Path("/dev/full"), tmp_path / "full"):
        check_writable(full)
        with pytest.raises(ArtifactError, match=r"full: No space left on device$"):
            write_whole(full, b"x")
    assert Path("/dev/null").is_char_device() and Path("/dev/full").is_char_device()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_who_reads_a_pipe_gets_what_is_written(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_writable(pipe)  # waits for nobody
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"all of it")
    assert os.read(reader, 100) == b"all of it" and pipe.is_fifo()
    os.close(reader)
    with pytest.raises(OSError, match="is no regular file"):
        read_small(pipe, 100)


@pytest.mark.parametrize("name", ["", ".", "/", "..", "folder", "gone/.."])
def test_a_folder_is_one_line_before_the_work_and_after(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for refuses in (check_writable, lambda path: write_whole(path, b"")):
        with pytest.raises(ArtifactError, match="it is a folder; name a file in it"):
            refuses(Path(name))


def test_what_cannot_be_written_is_told_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name, words in (("gone/f", "there is no such folder; make it first"), ("file/f", "give another path")):
        with pytest.raises(ArtifactError, match=words):
            check_writable(tmp_path / name)
    check_writable(tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # whoever tests may be allowed everything
    with pytest.raises(ArtifactError, match=r"cannot write .*new: Permission denied"):
        check_writable(tmp_path / "new")


def test_no_more_than_asked_for_is_read_and_one(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert read_small(tmp_path / "f", 9) == b"12345" and read_small(tmp_path / "f", 3) == b"1234"


def test_a_drive_that_only_reads_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: Any, **more: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "open", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(ArtifactError, match=r"cannot write .*: Read-only file system; what was there before"):
        write_whole(tmp_path / "f", b"")
