"""Writing a file whole or not at all, and having a file or folder alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sightline.errors import ArtifactError

LOCK_FILE = ".lock"
"""Stands in a folder that is held alone, where folders themselves cannot be: on Windows, as long as it is held."""


def write_whole(path: Path, data: bytes) -> None:
    """Write beside, then rename, so that a reader sees the old file or the new one and nothing else.

    Raises:
        ArtifactError: no space, no permission, no such folder; what was there before is unchanged.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):  # where nothing can be written, nothing can be removed either
            temporary.unlink(missing_ok=True)
        raise ArtifactError(f"cannot write {path}: {error.strerror}; what was there before is unchanged") from None


def lock(file: int) -> bool | None:
    """Whether this process now holds an open file or folder alone, until it closes it or ends, however it ends.

    None where locks do not exist: on some network drives. On Windows the first byte of the file cannot be read by
    anybody else meanwhile.
    """
    try:
        import fcntl
    except ImportError:
        return _lock_on_windows(file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _lock_on_windows(file: int) -> bool | None:
    try:
        import msvcrt
    except ImportError:
        return None
    try:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # typed for Windows alone
    except PermissionError:
        return False
    except OSError:
        return None
    return True


@contextmanager
def held_alone(folder: Path) -> Iterator[bool]:
    """Inside, nobody else who asks has the folder; False where somebody has it. Where locks do not exist, True."""
    inside = None if _folders_open() else folder / LOCK_FILE
    try:
        file = os.open(folder, os.O_RDONLY) if inside is None else os.open(inside, os.O_RDWR | os.O_CREAT)
    except OSError:
        yield True
        return
    alone = lock(file) is not False
    try:
        yield alone
    finally:
        os.close(file)
        if inside is not None and alone:
            with suppress(OSError):  # Windows removes no file that somebody has open: who waits there keeps it
                inside.unlink()


def _folders_open() -> bool:
    """Whether a folder can be opened and locked as a file can: wherever there is fcntl."""
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return False
    return True
