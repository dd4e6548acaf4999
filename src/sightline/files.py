"""Writing a file whole or not at all, reading a small one, and having a file or folder alone."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sightline.errors import ArtifactError

LOCK_FILE = ".lock"
"""Stands in a folder that is held alone, where folders themselves cannot be: on Windows, as long as it is held."""


def write_whole(path: Path, data: bytes) -> None:
    """Write beside, then rename, so that a reader sees the old file or the new one and nothing else.

    A link stays and what it points to is replaced. A device, named pipe or socket is opened and written: replaced by
    a file, it would be gone for everybody.

    Raises:
        ArtifactError: a folder, no space, no permission, no such folder; what was there before is unchanged.
    """
    target = _replaced(path)
    if target is None:
        _write_into(path, data)
        return
    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]  # the name itself may be as long as names can be
    temporary = target.with_name(f".{digest}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        with suppress(OSError):  # where nothing can be written, nothing can be removed either
            temporary.unlink(missing_ok=True)
        raise ArtifactError(f"cannot write {path}: {error.strerror}; what was there before is unchanged") from None


def check_writable(path: Path) -> None:
    """Tell before the work what `write_whole` would tell after it, as far as that can be known; nothing is opened.

    Raises:
        ArtifactError: a folder, no such folder, no permission.
    """
    target = _replaced(path)
    if target is not None and not os.path.isdir(target.parent):
        raise ArtifactError(f"cannot write {path}: there is no such folder; make it first, or give another")
    if not os.access(path if target is None else target.parent, os.W_OK):
        raise ArtifactError(f"cannot write {path}: {os.strerror(errno.EACCES)}; give another, or ask for the right")


def _replaced(path: Path) -> Path | None:
    """The file that is replaced, links followed, whether or not it is there; None: `path` is written into instead.

    Raises:
        ArtifactError: a folder, or a path that leads nowhere.
    """
    target = Path(os.path.realpath(path))
    if os.path.isdir(target):  # "" and "." are folders too; of a name that is too long `Path.is_dir` raises
        raise ArtifactError(f"cannot write {path}: it is a folder; name a file in it")
    try:
        state = os.stat(path)
    except FileNotFoundError:
        return target
    except OSError as error:  # links in a circle, a file in place of a folder, a name that is too long
        raise ArtifactError(f"cannot write {path}: {error.strerror}; give another path") from None
    return target if stat.S_ISREG(state.st_mode) else None


def _write_into(path: Path, data: bytes) -> None:
    try:
        with path.open("wb") as file:
            file.write(data)
    except OSError as error:
        raise ArtifactError(f"cannot write {path}: {error.strerror}") from None


def read_small(path: Path, max_bytes: int) -> bytes:
    """The bytes of a regular file, up to one more than `max_bytes`, by which the caller sees that it is larger.

    Raises:
        OSError: it cannot be read, or is a pipe or a device: opening a named pipe would wait for ever.
    """
    kind = os.stat(path).st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):  # of a folder, opening tells
        raise OSError(errno.EINVAL, "is no regular file", os.fspath(path))
    with path.open("rb") as file:
        return file.read(max_bytes + 1)


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
