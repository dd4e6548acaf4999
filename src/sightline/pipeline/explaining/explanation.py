"""What is told of one answer: where in the picture the evidence lies, and which part of the model found it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Picture
from sightline.pipeline.explaining.grid import Heat
from sightline.pipeline.explaining.overlay import overlay, write_png
from sightline.pipeline.explaining.words import Word

MOST_CELLS = 32
"""Rows and columns of heat in a JSON document."""
LEVEL = 1e-3
"""Share of the most by which heat may differ and is still as hot."""


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """A description of the picture, and how much of the evidence hangs on it.

    Attributes:
        descriptor: the pipeline that describes, "Embedding(...)" or "DenseSIFT() > BagOfVisualWords()".
        share: in [0, 1]; of how far the evidence moves when one description after the other says nothing.
    """

    descriptor: str
    share: float

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable row."""
        return {"descriptor": self.descriptor, "share": round(self.share, 6)}


@dataclasses.dataclass(frozen=True, eq=False)
class Explanation:
    """Why a model gives a class the probability that it does.

    Attributes:
        source: the path, or "bytes 0" / "array 0".
        label: the class that the model decides for; None where it abstains.
        explained: the class that is explained.
        confidence: its calibrated probability.
        method: "activation", "occlusion", "words" or "gradient": how the heat was found.
        heat: (h, w) float32 of the prepared picture, its longer side at most 512 px: nats of log odds for each
            hundredth of the picture's area; positive speaks for the class, negative against it.
        picture: (h, w, 3) uint8 RGB, the prepared picture at the size of the heat.
        parts: how much hangs on each description of the picture, the most telling first.
        words: visual words that spoke, where the model has any.
    """

    source: str
    label: str | None
    explained: str
    confidence: float
    method: str
    heat: Heat
    picture: Picture
    parts: tuple[Part, ...]
    words: tuple[Word, ...] = ()

    @property
    def hottest(self) -> tuple[float, float] | None:
        """x and y, in [0, 1] of width and height, of the place that speaks most for the class; None where none does."""
        most = self.heat.max()
        if not most > 0:
            return None
        # Towards the frame heat is level from the middle of a cell on: the middle of what is level is the place.
        level = (self.heat >= most * (1 - LEVEL)).astype(np.uint8)
        spots = np.asarray(cv2.connectedComponents(level)[1])
        rows, columns = np.nonzero(spots == spots.flat[self.heat.argmax()])
        return (float(columns.mean()) + 0.5) / self.heat.shape[1], (float(rows.mean()) + 0.5) / self.heat.shape[0]

    def overlay(self) -> npt.NDArray[np.uint8]:
        """The picture with the heat laid over it: warm speaks for the class, cold against it.

        The strongest place has the strongest color, so colors of two explanations cannot be compared.

        Returns:
            (h, w, 3) uint8 RGB, of the heat's size or, where that is small, a whole number of times as large.
        """
        return overlay(self.picture, self.heat)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `overlay` as a PNG; the file that was there stays whole until the new one is.

        Raises:
            ArtifactError: it is not called .png, or cannot be written.
        """
        write_png(Path(path), self.overlay())

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable row; the heat as means over at most 32 x 32 cells, row by row."""
        place = self.hottest
        return {
            "path": self.source,
            "label": self.label,
            "explained": self.explained,
            "confidence": round(self.confidence, 6),
            "method": self.method,
            "hottest": None if place is None else {"x": round(place[0], 4), "y": round(place[1], 4)},
            "parts": [part.to_dict() for part in self.parts],
            "words": [word.to_dict() for word in self.words],
            "heat": _coarse(self.heat),
        }


def _coarse(heat: Heat) -> list[list[float]]:
    rows, columns = (min(side, MOST_CELLS) for side in heat.shape)
    means = cv2.resize(heat, (columns, rows), interpolation=cv2.INTER_AREA).reshape(rows, columns)
    return [[float(f"{value:.4g}") for value in row] for row in means]
