"""A zip whose parts are bounded in number, size and compression, each and together, before anything is unpacked."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from sightline.errors import ArtifactError

MAX_PARTS = 1_000
MAX_PART_BYTES = 4_000_000_000
MAX_TABLE_BYTES = 64_000_000
"""A JSON or Markdown part."""
MAX_TABLES_BYTES = 128_000_000
"""All JSON and Markdown parts together: one as large as may be, and the others beside it."""
MAX_RATIO = 200
"""Unpacked over packed size; JSON of ours stays below 30."""
STORED = (".safetensors", ".onnx")
"""Ends of the names of parts that were never deflated: arrays hardly get smaller, and so cannot unpack to more than the
file that they are in."""


def json_bytes(plain: Any) -> bytes:
    """Canonical JSON: sorted keys, no NaN."""
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False).encode()


def table(parts: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """A part as a JSON table.

    Raises:
        ArtifactError: missing, or no JSON table.
    """
    if name not in parts:
        raise ArtifactError(f"{name} is missing")
    try:
        plain = json.loads(parts[name], parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ArtifactError(f"{name} is no JSON") from None
    if not isinstance(plain, dict):
        raise ArtifactError(f"{name} is no JSON table")
    return plain


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def write_parts(parts: Mapping[str, bytes]) -> bytes:
    """A zip with fixed dates; arrays stored as they are, texts deflated."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name.endswith(STORED) else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def bounded(archive: zipfile.ZipFile, size_bytes: int) -> dict[str, zipfile.ZipInfo]:
    """Every part by name, as the archive announces it; arrays unpack to `size_bytes` at most, texts to what is allowed.

    Args:
        archive: nothing of it is unpacked.
        size_bytes: of the archive itself.

    Raises:
        ArtifactError: too many parts, one twice, or some that would unpack to more than they may.
    """
    entries = archive.infolist()
    if len(entries) > MAX_PARTS:
        raise ArtifactError(f"holds {len(entries)} parts; allowed: {MAX_PARTS}")
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        if entry.filename in found:
            raise ArtifactError(f"holds {entry.filename} twice; the file was altered")
        _check_size(entry)
        found[entry.filename] = entry
    if sum(entry.compress_size for entry in entries) > size_bytes:
        raise ArtifactError("holds parts that lie over each other; the file was altered")
    tables = sum(entry.file_size for entry in entries if not entry.filename.endswith(STORED))
    if tables > MAX_TABLES_BYTES:
        raise ArtifactError(f"holds texts that unpack to {tables:,} bytes; allowed: {MAX_TABLES_BYTES:,}")
    return found


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A part that `bounded` has let pass.

    Raises:
        ArtifactError: it unpacks to another size than it announces.
        zipfile.BadZipFile: it is damaged.
    """
    with archive.open(entry) as file:
        # One byte more than announced shows an entry whose announced size is a lie.
        data = file.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise ArtifactError(f"{entry.filename} unpacks to another size than it announces; the file was altered")
    return data


def _check_size(entry: zipfile.ZipInfo) -> None:
    as_it_is = entry.filename.endswith(STORED)
    limit = MAX_PART_BYTES if as_it_is else MAX_TABLE_BYTES
    if entry.file_size > limit:
        raise ArtifactError(f"{entry.filename} unpacks to {entry.file_size:,} bytes; allowed: {limit:,}")
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1) + 100_000:
        times = entry.file_size / max(entry.compress_size, 1)
        raise ArtifactError(f"{entry.filename} unpacks to {times:.0f} times its packed size; allowed: {MAX_RATIO}")
    allowed = (zipfile.ZIP_STORED,) if as_it_is else (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if entry.compress_type not in allowed:
        how = "stored" if as_it_is else "stored or deflated"
        raise ArtifactError(f"{entry.filename} is packed otherwise than {how}; give the file as fit wrote it")
    if as_it_is and entry.file_size != entry.compress_size:
        raise ArtifactError(f"{entry.filename} announces another size than it has; the file was altered")
