"""A training on disk, by step: killed at any moment, it goes on where it was."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sightline.errors import ArtifactError, InputError
from sightline.extras import need
from sightline.files import write_whole

EVERY_S = 60.0
KEPT = 2
"""The last but one is there while the last is written."""
FORMAT = 1
"""Raised when a state has other names than before, or when the same one would be gone on from otherwise."""
MAX_PLAIN_BYTES = 10_000_000
_NAME = re.compile(r"step-(\d{1,12})\.json")
_OURS = re.compile(r"step-(\d{1,12})\.(?:json|safetensors)|\.[\w.-]+\.\d+\.tmp")
"""All that may be there: files of a step, and what `write_whole` leaves where it is killed."""


class Checkpoints:
    """A folder of checkpoints of one training: step-N.safetensors with all numbers, step-N.json with the rest.

    The JSON comes last and holds the digest of the other, so that what was cut off counts as absent.

    Args:
        folder: made when it is first written to.
        identity: what decides the training: network, pictures, regime, seed; a name that no other training has.
        every_s: seconds between two of them, at least.
    """

    def __init__(self, folder: Path, identity: str, every_s: float = EVERY_S) -> None:
        self.folder, self.identity, self.every_s = folder, identity, every_s
        self._last = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for the next."""
        return time.monotonic() - self._last >= self.every_s

    def write(self, step: int, tensors: Mapping[str, Any], plain: Mapping[str, Any]) -> None:
        """Keep the state after a step, and the one before it.

        Raises:
            ArtifactError: no space, or no permission; the last two that were there before are unchanged.
        """
        torch_file: Any = need("safetensors.torch")
        self._last = time.monotonic()
        data: bytes = torch_file.save({name: one.detach().cpu().contiguous() for name, one in tensors.items()})
        about = {"format": FORMAT, "identity": self.identity, "sha256": hashlib.sha256(data).hexdigest()}
        make_folder(self.folder)
        try:
            write_whole(self._numbers(step), data)
            write_whole(self._plain(step), json.dumps({**about, "state": plain}).encode())
        finally:  # numbers alone would take the space that the next one needs; of later steps none could be read
            self._remove_all_but([one for one in self._steps() if one <= step][-KEPT:])

    def found(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The numbers and the rest of the last whole one; None where there is none.

        Raises:
            InputError: they are of another training, or of another version of it.
        """
        torch_file: Any = need("safetensors.torch")
        for step in reversed(self._steps()):
            record, data = self._read(step)
            if record is None or hashlib.sha256(data).hexdigest() != record.get("sha256"):
                continue
            if record.get("format") != FORMAT:
                raise self.of_another_version()
            if record.get("identity") != self.identity:
                raise InputError(
                    f"{self.folder} holds checkpoints of another training (other pictures, classes, network, numbers "
                    "or seed); give another folder, or remove that one"
                )
            return torch_file.load(data), record["state"]
        return None

    def of_another_version(self) -> InputError:
        """What is raised where the state that was found is none to go on from."""
        return InputError(
            f"{self.folder} holds checkpoints of another version of Sightline; remove it, or give another folder: "
            "nothing goes on from there"
        )

    def clear(self) -> None:
        """Remove them, and what was cut off: the training is over."""
        self._remove_all_but([])
        with suppress(OSError):
            self.folder.rmdir()

    def _read(self, step: int) -> tuple[dict[str, Any] | None, bytes]:
        with suppress(OSError, ValueError, RecursionError):
            with self._plain(step).open("rb") as file:
                record = json.loads(file.read(MAX_PLAIN_BYTES))
            if isinstance(record, dict) and isinstance(record.get("state"), dict):
                return record, self._numbers(step).read_bytes()
        return None, b""

    def _steps(self) -> list[int]:
        found = (_NAME.fullmatch(name) for name in self._names())
        return sorted(int(match[1]) for match in found if match)

    def _remove_all_but(self, steps: Sequence[int]) -> None:
        for name in self._names():  # of a step the JSON first: numbers alone count as absent
            match = _OURS.fullmatch(name)
            if match and not (match[1] and int(match[1]) in steps):
                with suppress(OSError):
                    (self.folder / name).unlink(missing_ok=True)

    def _names(self) -> list[str]:
        with suppress(OSError):  # it is made when it is first written to
            return sorted(path.name for path in self.folder.iterdir())
        return []

    def _plain(self, step: int) -> Path:
        return self.folder / f"step-{step:08}.json"

    def _numbers(self, step: int) -> Path:
        return self.folder / f"step-{step:08}.safetensors"


def make_folder(folder: Path) -> None:
    """A folder for checkpoints, where there is none yet.

    Raises:
        ArtifactError: a file is called so, no space, or no permission.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(f"cannot make {folder}: {error.strerror}; give another, or make room for it") from None
