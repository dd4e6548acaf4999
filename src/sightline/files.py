"""Writing a file whole or not at all, and having a file or folder alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sightline.errors import ArtifactError


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
        temporary.unlink(missing_ok=True)
        raise ArtifactError(f"cannot write {path}: {error.strerror}; what was there before is unchanged") from None


def lock(file: int) -> bool | None:
    """Whether this process now holds an open file or folder alone, until it closes it or ends, however it ends.

    None where locks do not exist: on Windows, on some network drives.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextmanager
def held_alone(folder: Path) -> Iterator[bool]:
    """Inside, nobody else who asks has the folder; False where somebody has it. Where locks do not exist, True."""
    try:
        file = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        yield True
        return
    try:
        yield lock(file) is not False
    finally:
        os.close(file)
