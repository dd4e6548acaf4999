"""A zip whose parts are bounded in number, size and compression before anything is unpacked."""

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
MAX_RATIO = 200
"""Unpacked over packed size; JSON of ours stays below 30."""


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
            info.compress_type = (
                zipfile.ZIP_STORED if name.endswith((".safetensors", ".onnx")) else zipfile.ZIP_DEFLATED
            )
            archive.writestr(info, data)
    return buffer.getvalue()


def read_parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Every part by name.

    Raises:
        ArtifactError: too many parts, one twice, or one that unpacks to more than it may.
        zipfile.BadZipFile: a part is damaged.
    """
    entries = archive.infolist()
    if len(entries) > MAX_PARTS:
        raise ArtifactError(f"holds {len(entries)} parts; allowed: {MAX_PARTS}")
    parts: dict[str, bytes] = {}
    for entry in entries:
        if entry.filename in parts:
            raise ArtifactError(f"holds {entry.filename} twice; the file was altered")
        _check_size(entry)
        with archive.open(entry) as file:
            # One byte more than announced shows an entry whose announced size is a lie.
            data = file.read(entry.file_size + 1)
        if len(data) != entry.file_size:
            raise ArtifactError(f"{entry.filename} unpacks to another size than it announces; the file was altered")
        parts[entry.filename] = data
    return parts


def _check_size(entry: zipfile.ZipInfo) -> None:
    limit = MAX_PART_BYTES if entry.filename.endswith((".safetensors", ".onnx")) else MAX_TABLE_BYTES
    if entry.file_size > limit:
        raise ArtifactError(f"{entry.filename} unpacks to {entry.file_size:,} bytes; allowed: {limit:,}")
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1) + 100_000:
        times = entry.file_size / max(entry.compress_size, 1)
        raise ArtifactError(f"{entry.filename} unpacks to {times:.0f} times its packed size; allowed: {MAX_RATIO}")
