"""What was answered before, by whom and in which time: a search that was cut off goes on where it stood.

One line of JSON for each fold that a candidate was tried on, appended when it is done; the answers lie beside it, found
by the same key. They have room of their own: vectors of one large search take more than theirs, and what goes first
would be the answers, which are small, old and dear. A line that is cut short or says what cannot be, or answers that do
not match their checksum, count as absent. Nothing kept here can change an answer: a key holds everything that decides
it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from sightline.arrays import Probabilities
from sightline.data.store import FeatureStore

NAME = "journal-1.jsonl"
MOST_BYTES = 64_000_000
"""A journal that has grown over this starts anew."""
ANSWER_LIMIT_BYTES = 2_000_000_000
"""The oldest answers go when all take more; a large search leaves some hundred files of a few MB."""
LONGEST_S = 1e8
"""Three years: nothing that was measured took longer."""

Ranges: TypeAlias = Mapping[str, tuple[float, float]]
"""Fact -> least and most that it can be."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """Held-out answers of one candidate on one fold, and what they took.

    Attributes:
        raw: (m, k) float32 probabilities, not calibrated, rows in the order of the fold's held-out rows.
        seconds: wall time of the whole trial that the entry is a part of, this fold's share.
        facts: what else was measured, plain numbers.
    """

    raw: Probabilities
    seconds: float
    facts: Mapping[str, float]


class Journal:
    """The entries of one folder; without a folder it remembers nothing. Safe to use from several threads.

    Args:
        folder: where the lines are.
        store: of vectors; the answers are kept beside them, out of their way.
    """

    def __init__(self, folder: Path | None, store: FeatureStore | None) -> None:
        self._path = None if folder is None or store is None else folder / NAME
        self._store = None if store is None else store.beside("answers", ANSWER_LIMIT_BYTES)
        self._lock = threading.Lock()
        self._lines = {} if self._path is None else _read(self._path)

    @staticmethod
    def key(*parts: str) -> str:
        """The name of one entry: the pictures and labels, the task, the candidate, the fold, the version."""
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def get(self, key: str, facts: Ranges) -> Entry | None:
        """What was answered under that key, or None.

        Args:
            key: its name.
            facts: what must have been measured, each within its range; else the entry counts as absent.
        """
        line = self._lines.get(key)
        if line is None or self._store is None or not _holds(line["facts"], facts):
            return None
        raw = self._store.get(key)
        return None if raw is None else Entry(raw, float(line["seconds"]), line["facts"])

    def put(self, key: str, entry: Entry, about: Mapping[str, Any]) -> None:
        """Append an entry; `about` says for people what it is. A full disk is no error: it is then not remembered."""
        if self._path is None or self._store is None:
            return
        line = {"key": key, "seconds": entry.seconds, "facts": dict(entry.facts), **about}
        with self._lock:
            self._store.put(key, entry.raw)
            self._lines[key] = line
            _append(self._path, line)


def _append(path: Path, line: Mapping[str, Any]) -> None:
    try:
        with path.open("ab") as file:  # one write: lines of two runs do not mix
            file.write(json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")
    except (OSError, ValueError):
        return


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        if path.stat().st_size > MOST_BYTES:
            path.unlink()
        data = path.read_bytes()
    except OSError:
        return {}
    if data and not data.endswith(b"\n"):  # cut short: what is appended next begins a line of its own
        _append_newline(path)
    lines = {}
    for text in data.splitlines():
        with suppress(ValueError, RecursionError):  # no JSON, no UTF-8, or nested to no end
            line = json.loads(text)
            if _can_be(line):
                lines[str(line["key"])] = line
    return lines


def _can_be(line: Any) -> bool:
    """Whether a line says what may have been measured."""
    if not isinstance(line, dict) or "key" not in line or not isinstance(line.get("facts"), dict):
        return False
    took: Any = line.get("seconds")
    return _is_number(took) and 0 <= took <= LONGEST_S and all(map(_is_number, line["facts"].values()))


def _is_number(value: Any) -> bool:
    with suppress(OverflowError):  # a whole number that no float holds
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return False


def _holds(facts: Mapping[str, float], wanted: Ranges) -> bool:
    return all(name in facts and least <= facts[name] <= most for name, (least, most) in wanted.items())


def _append_newline(path: Path) -> None:
    try:
        with path.open("ab") as file:
            file.write(b"\n")
    except OSError:
        return
