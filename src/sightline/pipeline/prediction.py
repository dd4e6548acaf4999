"""One answer."""

from __future__ import annotations

import dataclasses
from typing import Any

from sightline.arrays import Array


@dataclasses.dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one item.

    Attributes:
        source: the path, or "bytes 3" / "array 3" by position.
        label: the decided class; None where the picture could not be read or the model abstains.
        confidence: calibrated probability of `label`, or of the likeliest class when abstaining; None if unreadable.
        probabilities: (k,) float32 in the model's class order; None if unreadable.
        reason: why there is no label.
        prediction_set: classes that hold the true one with the promised coverage, where the model has them.
        unknown: how unlike the training pictures this one is, where the model can tell.
        parts: answers for the parts of the item (slices, windows), where it has parts.
    """

    source: str
    label: str | None
    confidence: float | None = None
    probabilities: Array | None = None
    reason: str | None = None
    prediction_set: tuple[str, ...] | None = None
    unknown: float | None = None
    parts: tuple[Prediction, ...] = ()

    def to_dict(self, classes: tuple[str, ...]) -> dict[str, Any]:
        """A JSON-serializable row: path, label, confidence, reason, and one probability for each class."""
        row: dict[str, Any] = {
            "path": self.source,
            "label": self.label,
            "confidence": None if self.confidence is None else round(self.confidence, 6),
            "reason": self.reason,
        }
        if self.probabilities is not None:
            row["probabilities"] = {
                name: round(float(p), 6) for name, p in zip(classes, self.probabilities, strict=True)
            }
        return row
