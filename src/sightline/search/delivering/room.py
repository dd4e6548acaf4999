"""What a model leaves out where the limit of size leaves no room for it."""

from __future__ import annotations

import dataclasses

import numpy as np

from sightline.findings import Finding
from sightline.pipeline.artifact import to_bytes
from sightline.pipeline.model import Model

MEASURED_BYTES, OF_A_CLASS, OF_A_PAIR = 30_000, 300, 2
"""What evaluation.json may add to a file when it has been measured, more for each class, and for each two of them."""


def within_size(model: Model, size_mb: float | None) -> tuple[Model, tuple[Finding, ...]]:
    """The model, without what no answer needs where that would break the limit of size; then findings say so.

    First the sketch of the training pictures goes, then their fingerprints.

    Args:
        model: as it was frozen.
        size_mb: the limit in 10^6 bytes; None where there is none.
    """
    findings: list[Finding] = []
    if size_mb is not None and model.reference is not None and not _fits(model, size_mb):
        model, finding = _without_reference(model, size_mb)
        findings.append(finding)
    if size_mb is not None and len(model.fingerprints) and not _fits(model, size_mb):
        model, finding = _without_fingerprints(model, size_mb)
        findings.append(finding)
    return model, tuple(findings)


def _fits(model: Model, size_mb: float) -> bool:
    return len(to_bytes(model)) + to_come(model) <= size_mb * 1e6


def _without_reference(model: Model, size_mb: float) -> tuple[Model, Finding]:
    alone = dataclasses.replace(model, reference=None)
    needed = (len(to_bytes(model)) - len(to_bytes(alone))) / 1e6
    message = (
        f"the model keeps no sketch of its training pictures, so it cannot tell which of them a picture is like: "
        f"{needed:.2g} MB more would be over the limit of {size_mb:g} MB"
    )
    remedy = "for that, raise the limit of size (--max-size)"
    return alone, Finding("no-neighbors", "info", message, remedy, {"bytes": round(needed * 1e6)})


def _without_fingerprints(model: Model, size_mb: float) -> tuple[Model, Finding]:
    needed = model.fingerprints.nbytes / 1e6
    message = (
        f"the model keeps no fingerprints of its training pictures, so it cannot tell whether a test picture is one of "
        f"them: {needed:.2g} MB more would be over the limit of {size_mb:g} MB"
    )
    remedy = "for that, raise the limit of size (--max-size)"
    alone = dataclasses.replace(model, fingerprints=np.zeros(0, np.uint64))
    return alone, Finding("no-fingerprints", "info", message, remedy, {"bytes": round(needed * 1e6)})


def to_come(model: Model) -> int:
    """Bytes that measuring a model adds to its file, at most."""
    k = len(model.classes)
    return MEASURED_BYTES + OF_A_CLASS * k + OF_A_PAIR * k * k
