"""One record for everything that a check has to say: audit, noise, drift, shortcut, diagnosis."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

Severity = Literal["info", "warning", "error"]
MAX_SOURCES = 100
"""Sources listed in a finding; the evidence holds the full count."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """What was found, how bad it is, the numbers behind it, and what to do.

    Attributes:
        kind: stable name in kebab-case ("broken-file", "duplicate"), for scripts.
        severity: "info"; "warning" (the result can mislead); "error" (the result cannot be believed).
        message: one sentence for a person.
        evidence: numbers and names, JSON-serializable.
        remedy: what to do about it.
        sources: the pictures concerned, at most `MAX_SOURCES`.
    """

    kind: str
    severity: Severity
    message: str
    remedy: str = ""
    evidence: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    sources: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The record of findings.json."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "message": self.message,
            "evidence": dict(self.evidence),
            "remedy": self.remedy,
            "sources": list(self.sources[:MAX_SOURCES]),
        }
