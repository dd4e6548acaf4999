"""Writing a file whole or not at all."""

from __future__ import annotations

import os
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
