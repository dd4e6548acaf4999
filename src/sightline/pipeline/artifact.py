"""`model.sight`: one zip that holds everything a prediction needs, and is checked before any of it is used.

    manifest.json            format number, version, libraries that trained it, sha256 and size of each part
    task.json                the task with its classes in order
    preparation.json         what every picture goes through; a file without it does not load
    graph.json               the tree of components
    arrays.safetensors       what the components learned
    network-DIGEST.onnx      optional: each trained network that describes pictures
    runtime.json             optional: what computes the networks, where that is not the reference
    calibration.json         optional
    fingerprints.safetensors optional: hashes of the training pictures
    reference.safetensors    optional: sketches, labels and paths of training pictures
    evaluation.json          optional: what was measured
    card.md                  optional: what a person should know of it

No timestamps are stored, so the same model gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sightline.errors import ArtifactError, SightlineError
from sightline.pipeline.archive import bounded, json_bytes, table, unpacked, write_parts
from sightline.pipeline.contents import Contents
from sightline.pipeline.formats import v1
from sightline.version import __version__

FORMAT = 1
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, OverflowError, RuntimeError, ValueError)
"""What zipfile raises on bytes that are no zip, or a broken one (NotImplementedError is a RuntimeError)."""
MANIFEST = "manifest.json"
MAX_FILE_BYTES = 8_000_000_000
REQUIRED = ("task.json", "preparation.json", "graph.json", "arrays.safetensors")
DECIDING = frozenset({*REQUIRED, "calibration.json", "runtime.json"})
READERS: dict[int, Callable[[Mapping[str, bytes]], Contents]] = {1: v1.read}
"""Format number -> what reads its parts; old ones stay for ever."""
STANDALONE = "sightline.digest"
"""Key in the metadata of a standalone ONNX file: the digest of the model that it was made of."""


def to_bytes(contents: Contents) -> bytes:
    """The bytes of `model.sight`."""
    parts = v1.write(contents)
    manifest = {
        "format": FORMAT,
        "sightline": __version__,
        "trained_with": dict(contents.trained_with),
        "parts": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in parts.items()
        },
    }
    return write_parts({MANIFEST: json_bytes(manifest), **parts})


def digest(contents: Contents) -> str:
    """What decides the answers of a model, as 64 hexadecimal characters: equal for models that answer the same.

    What was measured, and which pictures were trained on, does not count.
    """
    parts = v1.write(contents)
    deciding = sorted(name for name in parts if name in DECIDING or name.endswith(".onnx"))
    lines = [f"{name} {hashlib.sha256(parts[name]).hexdigest()}" for name in deciding]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_file(path: Path) -> Contents:
    """The contents of a model file, every hash checked before anything is used.

    Raises:
        ArtifactError: no such file, truncated, tampered with, of a future format, a part missing or oversized.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe or a device may have no end
            raise ArtifactError("is no regular file; give the model.sight that fit wrote")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ArtifactError(f"is larger than {MAX_FILE_BYTES:,} bytes; that is no model file")
        data = path.read_bytes()
        if _standalone(path, data):
            raise ArtifactError(
                "is an ONNX file, no model file; give the model.sight that it was exported from, or run it with "
                "onnxruntime as docs/guides/export.md shows"
            )
        return from_bytes(data)
    except OSError as error:
        raise ArtifactError(f"cannot read {path}: {error.strerror}; give the model.sight that fit wrote") from None
    except ValueError as error:  # a zero byte in the path, or what no file system can encode
        raise ArtifactError(
            f"cannot read {str(path)!a}: {error}; give the path of the model.sight that fit wrote"
        ) from None
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from None


def _standalone(path: Path, data: bytes) -> bool:
    """Whether a file is an ONNX file, by its name or by what `export` wrote into it; a zip never is."""
    return not data.startswith(b"PK") and (path.suffix.lower() == ".onnx" or STANDALONE.encode() in data)


def from_bytes(data: bytes) -> Contents:
    """The contents in the bytes of a `model.sight`; see `read_file`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            number, parts = _checked(archive, len(data))
    except DAMAGE as error:
        raise ArtifactError(f"is no model file, or is truncated ({error}); copy it again") from None
    try:
        return READERS[number](parts)
    except ArtifactError:
        raise
    except SightlineError as error:
        raise ArtifactError(f"cannot be used by this version ({__version__}): {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ArtifactError(f"holds values that no model has ({type(error).__name__}: {error})") from None


def _checked(archive: zipfile.ZipFile, size_bytes: int) -> tuple[int, dict[str, bytes]]:
    """The format and every part; what the manifest does not list, or another version wrote, is never unpacked."""
    entries = bounded(archive, size_bytes)
    parts = {MANIFEST: unpacked(archive, entries[MANIFEST])} if MANIFEST in entries else {}
    manifest = table(parts, MANIFEST)
    number, listed = _format(manifest), _listed(manifest, set(entries))
    for name, facts in listed.items():
        parts[name] = unpacked(archive, entries[name])
        if not isinstance(facts, dict) or hashlib.sha256(parts[name]).hexdigest() != facts.get("sha256"):
            raise ArtifactError(f"{name} does not match its sha256; the file was altered or damaged, copy it again")
    return number, parts


def _format(manifest: Mapping[str, Any]) -> int:
    number = manifest.get("format")
    if type(number) is not int or number not in READERS:
        raise ArtifactError(
            f"has format {number!r}, written by version {manifest.get('sightline')}; "
            f"this version ({__version__}) reads {sorted(READERS)}: update sightline"
        )
    return number


def _listed(manifest: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """What the manifest says of each part but itself."""
    listed = manifest.get("parts")
    if not isinstance(listed, dict) or set(listed) != names - {MANIFEST}:
        raise ArtifactError(f"{MANIFEST} does not list the parts that are there; the file was altered")
    for name in REQUIRED:
        if name not in listed:
            raise ArtifactError(f"{name} is missing; a model without it cannot answer")
    return listed
