"""Whether a model has room for a sketch of its training pictures."""

from __future__ import annotations

import dataclasses

from sightline.findings import Finding
from sightline.pipeline.artifact import to_bytes
from sightline.pipeline.model import Model

MEASURED_BYTES, OF_A_CLASS = 30_000, 300
"""What evaluation.json may add to a file when it has been measured, and more for each class."""


def within_size(model: Model, size_mb: float | None) -> tuple[Model, tuple[Finding, ...]]:
    """The model, without its reference where that would break the limit of size; then a finding says so.

    Args:
        model: as it was frozen.
        size_mb: the limit in 10^6 bytes; None where there is none.
    """
    if size_mb is None or model.reference is None or len(to_bytes(model)) + to_come(model) <= size_mb * 1e6:
        return model, ()
    alone = dataclasses.replace(model, reference=None)
    needed = (len(to_bytes(model)) - len(to_bytes(alone))) / 1e6
    message = (
        f"the model keeps no sketch of its training pictures, so it cannot tell which of them a picture is like: "
        f"{needed:.2g} MB more would be over the limit of {size_mb:g} MB"
    )
    remedy = "for that, raise the limit of size (--max-size)"
    return alone, (Finding("no-neighbors", "info", message, remedy, {"bytes": round(needed * 1e6)}),)


def to_come(model: Model) -> int:
    """Bytes that measuring a model adds to its file, at most."""
    return MEASURED_BYTES + OF_A_CLASS * len(model.classes)
