"""Where a picture comes from, and its bytes."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy.typing as npt

from sightline.errors import UnreadableError

Item: TypeAlias = str | os.PathLike[str] | bytes | npt.NDArray[Any]
"""What a person hands to a model: a path, the bytes of a file, or an array."""

MAX_FILE_BYTES = 512 * 1024 * 1024
"""Largest file that is read; a longer one is a video, an archive or an attack."""

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".bmp", ".webp", ".gif"})
"""Suffixes by which folders are searched, in lower case. What a file is, its first bytes decide, not its name."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picture comes from: a file, or a part of one.

    Attributes:
        uri: path of the file.
        locator: the part (a frame, a slice, a window, a time span) in the words of its reader; None: the whole file.
    """

    uri: str
    locator: str | None = None


def shown(path: str | os.PathLike[str]) -> str:
    r"""A path as text that every table and file can hold: bytes that are no UTF-8 become \xNN.

    >>> shown("caf\udce9.png")
    'caf\\xe9.png'
    """
    return os.fspath(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_picture_name(name: str) -> bool:
    """Whether a file of this name is looked at as a picture; hidden files (".name") are not.

    >>> is_picture_name("Scan 1.TIF"), is_picture_name("._scan.tif"), is_picture_name("notes.txt")
    (True, False, False)
    """
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES


def read_bytes(path: str | os.PathLike[str], max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """The bytes of a file.

    Raises:
        UnreadableError: missing, a folder, empty, not permitted, larger than `max_bytes`.
    """
    try:
        state = os.stat(path)
        if stat.S_ISDIR(state.st_mode):
            raise UnreadableError("is a folder")
        if not stat.S_ISREG(state.st_mode):  # opening a named pipe would wait for ever
            raise UnreadableError("is no regular file")
        if state.st_size > max_bytes:
            raise UnreadableError(f"larger than {_size(max_bytes)}")
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise UnreadableError(_reason(error)) from error
    if len(data) > max_bytes:  # it grew while we looked
        raise UnreadableError(f"larger than {_size(max_bytes)}")
    if not data:
        raise UnreadableError("is empty")
    return data


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return "no such file"
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "is no path"


def _size(n: int) -> str:
    return f"{n // 1024**2} MB" if n >= 1024**2 else f"{n:,} bytes"
