"""How long known works take on a machine, as a file: what brings a latency from one machine to another."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from sightline.errors import InputError
from sightline.files import read_small, write_whole

FORMAT = 1
"""Raised when a work of the same name takes another time than before on the same machine."""

MAX_BYTES = 200_000
MAX_WORKS = 500
MAX_LETTERS = 300
MAX_MS = 1e7
"""Bounds of a file that comes from elsewhere; a profile of ours has 5 kB, 50 works, and none takes a second."""

AGAIN = "write it again on that machine with `sightline bench --profile FILE`"


@dataclasses.dataclass(frozen=True)
class Profile:
    """What the reference works of `evaluation.works` took on one machine.

    Attributes:
        machine: processor, cores, system, in words.
        cores: cores that a process may use.
        versions: of sightline, numpy and opencv, which do the works.
        created: ISO date and time.
        works: name of a work -> milliseconds on one core, warm: the best of a few medians.
    """

    machine: str
    cores: int
    versions: Mapping[str, str]
    created: str
    works: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form with the number of its format."""
        return {
            "format": FORMAT,
            "machine": self.machine,
            "cores": self.cores,
            "versions": dict(self.versions),
            "created": self.created,
            "works_ms": dict(self.works),
        }

    @classmethod
    def from_dict(cls, plain: Any) -> Self:
        """Read what `to_dict` gave; keys of later versions are left aside.

        Raises:
            InputError: another format, a key missing, a value of another kind or out of range.
        """
        if not isinstance(plain, Mapping):
            raise InputError(f"it holds no profile of a machine; {AGAIN}")
        found = plain.get("format")
        if found != FORMAT or isinstance(found, bool):
            raise InputError(f"its format is {_shown(found)}; allowed: {FORMAT}; {AGAIN}, with this version")
        return cls(
            machine=_text("machine", plain.get("machine")),
            cores=_cores(plain.get("cores")),
            versions={name: _text(f"versions.{name}", one) for name, one in _table("versions", plain).items()},
            created=_text("created", plain.get("created")),
            works={name: _milliseconds(name, one) for name, one in _table("works_ms", plain).items()},
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a profile file.

        Raises:
            InputError: it cannot be read, is no file, is too large, no JSON, or no profile; the message names the file.
        """
        try:
            raw = read_small(Path(path), MAX_BYTES)
        except OSError as error:
            raise InputError(f"cannot read the profile {path}: {error.strerror}; {AGAIN}") from None
        if len(raw) > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES:,} bytes; that is no profile of a machine; {AGAIN}")
        try:
            return cls.from_dict(json.loads(raw))
        except (ValueError, RecursionError):
            raise InputError(f"{path} is no JSON; {AGAIN}") from None
        except InputError as error:
            raise InputError(f"{path} cannot be used: {error}") from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the profile as JSON.

        Raises:
            ArtifactError: the file cannot be written.
        """
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        write_whole(Path(path), f"{text}\n".encode())


def _table(key: str, plain: Mapping[str, Any]) -> Mapping[str, Any]:
    value = plain.get(key)
    if not isinstance(value, Mapping) or not 0 < len(value) <= MAX_WORKS:
        raise InputError(f"{key} is {_shown(value)}; allowed: a table of 1 to {MAX_WORKS} entries; {AGAIN}")
    return {_text(f"a name in {key}", name): one for name, one in value.items()}


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_LETTERS or not value.isprintable():
        raise InputError(f"{key} is {_shown(value)}; allowed: a line of 1 to {MAX_LETTERS} letters; {AGAIN}")
    return value


def _cores(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1_000_000:
        raise InputError(f"cores is {_shown(value)}; allowed: a whole number from 1; {AGAIN}")
    return value


def _milliseconds(name: str, value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value <= MAX_MS:  # NaN is neither
        allowed = f"milliseconds, above 0 and at most {MAX_MS:g}"
        raise InputError(f'works_ms."{name}" is {_shown(value)}; allowed: {allowed}; {AGAIN}')
    return float(value)


def _shown(value: Any) -> str:
    """At most 40 letters of a value that may be anything, on one line."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
