"""What is worth keeping between passes and runs: prepared pixels and descriptions, keyed by content and preparation.

Nothing kept here can change an answer: a key holds the digest of the file's bytes, the preparation, the component with
its parameters, and the versions of the libraries; a record that does not match its checksum counts as absent. The
folder can be deleted at any time, and what cannot be read or written costs time, never a run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sightline.arrays import Array, Picture
from sightline.files import lock
from sightline.version import made_with

STORE_VERSION = 1
PIXEL_LIMIT_BYTES = 4_000_000_000
FEATURE_LIMIT_BYTES = 4_000_000_000
RESULTS_BYTES = 100_000_000
"""What a disk keeps free for models, reports and tables: what is kept here only saves time."""
MOST_FILES = 20_000
"""Of one kind in a folder: small files take long to look through before they take much room."""
DEAD_S = 3600
"""A temporary file that nobody has written to for so long was left by a run that was killed."""
_ENTRY = np.dtype(
    [("digest", "S32"), ("offset", "<u8"), ("height", "<u4"), ("width", "<u4"), ("channels", "<u4"), ("crc", "<u4")]
)


def content_digest(data: bytes | memoryview) -> bytes:
    """32 hexadecimal characters that stand for the content of a file."""
    return hashlib.sha256(data).hexdigest()[:32].encode()


class PixelStore:
    """Prepared uint8 pictures in one file, found by the digest of their source. Safe to use from several threads.

    Read with pread, not a memory map, so that pages of the file do not count as memory of this process. Who may read
    the folder but not write to it reads. Other versions of the libraries begin the file anew.

    Raises:
        OSError: the folder cannot be made, or the file can be neither read nor made.
    """

    def __init__(self, folder: Path, preparation_key: str, limit_bytes: int = PIXEL_LIMIT_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder, "pixels")
        self.path = folder / f"pixels-{STORE_VERSION}-{preparation_key}.bin"
        self._index = self.path.with_suffix(".index")
        self._file, may_write = _opened(self.path)
        self._lock = threading.Lock()
        self._writable = may_write and lock(self._file) is True  # where locks do not exist, nothing is written
        self._end = os.fstat(self._file).st_size
        found, end = _load_index(self._index, self._end)
        self._entries = {bytes(entry["digest"]): entry for entry in found}
        if self._writable and end < self._end:
            self._shorten(end)
        self.limit_bytes = min(limit_bytes, self._end + _spare_bytes(folder))

    def get(self, digest: bytes) -> Picture | None:
        """The prepared picture of that source, or None."""
        entry = self._entries.get(digest)
        if entry is None:
            return None
        shape = int(entry["height"]), int(entry["width"]), int(entry["channels"])
        size, offset = shape[0] * shape[1] * shape[2], int(entry["offset"])
        if offset + size > self._end:  # an index that does not belong to this file
            return None
        data = self._read(size, offset)
        if len(data) != size or zlib.crc32(data) != entry["crc"]:
            self._entries.pop(digest, None)  # so that it may be kept again
            return None
        return np.frombuffer(data, np.uint8).reshape(shape).copy()

    def put(self, digest: bytes, picture: Picture) -> None:
        """Keep a prepared picture, unless the store is full, kept by another process, or has it already."""
        if not self._writable or picture.dtype != np.uint8 or digest in self._entries:
            return
        data = np.ascontiguousarray(picture).data
        with self._lock:
            offset = self._end
            if offset + data.nbytes > self.limit_bytes:
                return
            self._end += data.nbytes
        try:
            written = self._write(data, offset)
        except OSError:  # a full disk: the store stays as it is, the run goes on without it
            written = 0
        if written < data.nbytes:
            self._writable = False
            return
        entry = np.array([(digest, offset, *picture.shape, zlib.crc32(data))], _ENTRY)[0]
        with self._lock:
            self._entries[digest] = entry

    def close(self) -> None:
        """Write the index and let go of the file."""
        if self._writable and self._entries and self._still_there():
            temporary = self._index.with_suffix(".tmp")
            try:
                with temporary.open("wb") as file:
                    file.write(_index_head())
                    np.save(file, np.array(list(self._entries.values()), _ENTRY), allow_pickle=False)
                temporary.replace(self._index)
            except OSError:
                _remove(temporary)
        os.close(self._file)

    def _still_there(self) -> bool:
        """Whether the file has its name yet: it may have been deleted, and another run have begun a new one."""
        try:
            return os.path.samestat(os.fstat(self._file), self.path.stat())
        except OSError:
            return False

    def _shorten(self, end: int) -> None:
        """Take back the room of what no index names: a run was killed, or other versions wrote it."""
        with contextlib.suppress(OSError):
            os.truncate(self._file, end)
            self._end = end

    def _read(self, size: int, offset: int) -> bytes:
        try:
            if hasattr(os, "pread"):
                return os.pread(self._file, size, offset)
            with self._lock:  # Windows has no pread
                os.lseek(self._file, offset, os.SEEK_SET)
                return os.read(self._file, size)
        except OSError:  # a drive that went away; on Windows, the byte that another process has locked
            return b""

    def _write(self, data: memoryview, offset: int) -> int:
        if hasattr(os, "pwrite"):
            return os.pwrite(self._file, data, offset)
        with self._lock:
            os.lseek(self._file, offset, os.SEEK_SET)
            return os.write(self._file, data)


class FeatureStore:
    """Description matrices of whole collections, one file each; the oldest go when they take more than their limit.

    Args:
        folder: made if need be.
        limit_bytes: for all files of this kind together.
        kind: begins their names.

    Raises:
        OSError: the folder cannot be made.
    """

    def __init__(self, folder: Path, limit_bytes: int = FEATURE_LIMIT_BYTES, kind: str = "features") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.limit_bytes = limit_bytes
        self.kind = kind
        _sweep(folder, kind)

    def beside(self, kind: str, limit_bytes: int) -> FeatureStore:
        """Matrices of another kind in the same folder, with a limit of their own: neither kind drives out the other."""
        return FeatureStore(self.folder, limit_bytes, kind)

    @staticmethod
    def key(digests: Sequence[bytes], preparation_key: str, component: str, version: str) -> str:
        """The name of one matrix: these sources in this order, this preparation, this component."""
        text = "\n".join([str(STORE_VERSION), version, preparation_key, component]).encode()
        return hashlib.sha256(text + b"\n" + b"".join(digests)).hexdigest()[:32]

    def get(self, key: str) -> Array | None:
        """The matrix of that name, or None."""
        try:
            with self._path(key).open("rb") as file:
                matrix: Array = np.load(file, allow_pickle=False)
                whole = file.read() == _checksum(matrix)
        except (OSError, ValueError, EOFError, MemoryError):
            return None
        with contextlib.suppress(OSError):  # a folder that may only be read has no oldest to tell
            os.utime(self._path(key))
        return matrix if whole else None

    def put(self, key: str, matrix: Array) -> None:
        """Keep a matrix; a full disk is no error, it is then computed again."""
        if matrix.nbytes > _spare_bytes(self.folder):
            return
        temporary = self._path(f"{key}.{os.getpid()}").with_suffix(".tmp")
        try:
            with temporary.open("wb") as file:
                np.save(file, matrix, allow_pickle=False)
                file.write(_checksum(matrix))
            temporary.replace(self._path(key))
        except OSError:
            _remove(temporary)
        self._trim()

    def _path(self, key: str) -> Path:
        return self.folder / f"{self.kind}-{key}.npy"

    def _trim(self) -> None:
        files = sorted((at, size, path) for path, at, size in _files(self.folder, self.kind, ".npy"))
        total, count = sum(size for _, size, _ in files), len(files)
        for _, size, path in files[:-1]:
            if total <= self.limit_bytes and count <= MOST_FILES:
                return
            if _remove(path):
                total, count = total - size, count - 1


def _opened(path: Path) -> tuple[int, bool]:
    """The file, made if need be, and whether it can be written to: what belongs to somebody else is read all the same.

    It is made with the rights that the system gives to every new file: those of the results beside it.
    """
    binary = getattr(os, "O_BINARY", 0)  # or Windows would change line ends
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | binary, 0o666), True
    except OSError:
        return os.open(path, os.O_RDONLY | binary), False


def _spare_bytes(folder: Path) -> int:
    """What may be taken of the disk: half of what is free, and never the room that the results need."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:  # the folder was deleted meanwhile
        return 0
    return max(0, min(free // 2, free - RESULTS_BYTES))


def _files(folder: Path, kind: str, suffix: str) -> list[tuple[Path, float, int]]:
    """Path, time of the last change and size of each of our files; others may stand in the same folder."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(f"{kind}-") and entry.name.endswith(suffix):
                with contextlib.suppress(OSError):  # another run trims the same folder
                    about = entry.stat()
                    found.append((Path(entry.path), about.st_mtime, about.st_size))
    return found


def _sweep(folder: Path, kind: str) -> None:
    """Remove what killed runs left half written; a run that lives writes its files in less than `DEAD_S`."""
    for path, changed, _ in _files(folder, kind, ".tmp"):
        if time.time() - changed > DEAD_S:
            _remove(path)


def _remove(path: Path) -> bool:
    """Remove a file if that can be; Windows removes none that somebody reads, and some folders can only be read."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _checksum(matrix: Array) -> bytes:
    return zlib.crc32(np.ascontiguousarray(matrix).data).to_bytes(4, "little")


def _index_head() -> bytes:
    return made_with().encode() + b"\n"


def _load_index(path: Path, size: int) -> tuple[Any, int]:
    """What these versions of the libraries kept in a pixel file of that size, and where it ends."""
    try:
        with path.open("rb") as file:
            if file.readline(1000) != _index_head():
                return (), 0
            index = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError):
        return (), 0
    if index.dtype != _ENTRY or index.ndim != 1:
        return (), 0
    ends = index["offset"].astype(float) + index["height"].astype(float) * index["width"] * index["channels"]
    index, ends = index[ends <= size], ends[ends <= size]
    return index, int(ends.max(initial=0))
