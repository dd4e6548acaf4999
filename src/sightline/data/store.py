"""What is worth keeping between passes and runs: prepared pixels and descriptions, keyed by content and preparation.

Nothing kept here can change an answer: a key holds the digest of the file's bytes, the preparation and the component
with its parameters; a record that does not match its checksum counts as absent. The folder can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sightline.arrays import Array, Picture
from sightline.files import lock

STORE_VERSION = 1
PIXEL_LIMIT_BYTES = 4_000_000_000
FEATURE_LIMIT_BYTES = 4_000_000_000
_ENTRY = np.dtype(
    [("digest", "S32"), ("offset", "<u8"), ("height", "<u4"), ("width", "<u4"), ("channels", "<u4"), ("crc", "<u4")]
)


def content_digest(data: bytes | memoryview) -> bytes:
    """32 hexadecimal characters that stand for the content of a file."""
    return hashlib.sha256(data).hexdigest()[:32].encode()


class PixelStore:
    """Prepared uint8 pictures in one file, found by the digest of their source. Safe to use from several threads.

    Read with pread, not a memory map, so that pages of the file do not count as memory of this process.
    """

    def __init__(self, folder: Path, preparation_key: str, limit_bytes: int = PIXEL_LIMIT_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"pixels-{STORE_VERSION}-{preparation_key}.bin"
        self._index = self.path.with_suffix(".npy")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        self._lock = threading.Lock()
        self._writable = lock(self._file) is True  # where locks do not exist, nothing is written
        self._end = os.fstat(self._file).st_size
        self.limit_bytes = min(limit_bytes, self._end + _spare_bytes(folder))
        self._entries = {bytes(entry["digest"]): entry for entry in _load_index(self._index)}

    def get(self, digest: bytes) -> Picture | None:
        """The prepared picture of that source, or None."""
        entry = self._entries.get(digest)
        if entry is None:
            return None
        shape = int(entry["height"]), int(entry["width"]), int(entry["channels"])
        size, offset = shape[0] * shape[1] * shape[2], int(entry["offset"])
        if offset + size > self._end:  # an index that does not belong to this file
            return None
        data = os.pread(self._file, size, offset)
        if len(data) != size or zlib.crc32(data) != entry["crc"]:
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
            written = os.pwrite(self._file, data, offset)
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
        if self._writable and self._entries:
            temporary = self._index.with_suffix(".tmp")
            try:
                with temporary.open("wb") as file:
                    np.save(file, np.array(list(self._entries.values()), _ENTRY), allow_pickle=False)
                temporary.replace(self._index)
            except OSError:
                temporary.unlink(missing_ok=True)
        os.close(self._file)


class FeatureStore:
    """Description matrices of whole collections, one file each; the oldest go when the folder grows over its limit."""

    def __init__(self, folder: Path, limit_bytes: int = FEATURE_LIMIT_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.limit_bytes = limit_bytes

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
            os.utime(self._path(key))
        except (OSError, ValueError, EOFError, MemoryError):
            return None
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
            temporary.unlink(missing_ok=True)
        self._trim()

    def _path(self, key: str) -> Path:
        return self.folder / f"features-{key}.npy"

    def _trim(self) -> None:
        files = []
        for path in self.folder.glob("features-*.npy"):
            with contextlib.suppress(FileNotFoundError):  # another run trims the same folder
                found = path.stat()
                files.append((found.st_mtime, found.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files)[:-1]:
            if total <= self.limit_bytes:
                return
            total -= size
            path.unlink(missing_ok=True)


def _spare_bytes(folder: Path) -> int:
    """What may be taken of the disk: half of what is free, for the results are written there too."""
    return shutil.disk_usage(folder).free // 2


def _checksum(matrix: Array) -> bytes:
    return zlib.crc32(np.ascontiguousarray(matrix).data).to_bytes(4, "little")


def _load_index(path: Path) -> Any:
    try:
        index = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return ()
    return index if index.dtype == _ENTRY else ()
