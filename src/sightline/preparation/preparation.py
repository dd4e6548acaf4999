"""What happens to a picture between its file and the first descriptor, as data: stored in the model, the same for ever.

Training and inference call the same `Preparation.apply`, so a path, the bytes of the file and a saved model all see the
same pixels, bit for bit.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Picture
from sightline.errors import InputError, nearest
from sightline.inputs.raster import REDUCED, RasterRead, decode, to_picture
from sightline.inputs.source import Item, read_bytes
from sightline.preparation.geometry import FITS, Fit, fit_into, limit_side

PREPARATION_VERSION = 1
"""Raised when the same preparation would give other pixels than before."""

MAX_SIDE_PX = 1 << 15
MAX_PIXELS = 100_000_000


@dataclass(frozen=True)
class Preparation:
    """From an item to the picture that descriptors see: (h, w, 3) uint8 RGB.

    The whole picture is kept by default; nothing is cut off unless `fit` is "crop".

    Attributes:
        read: how the file is read.
        decode: 1: whole; 2, 4, 8: at that fraction of each side, which JPEG decodes several times faster. An array
            cannot be brought through a JPEG's DCT, so such a model refuses arrays.
        max_side_px: the longest side is scaled down to this; None: as it is. Pictures are never scaled up to it.
        size_px: (height, width) that every picture is brought to. It decides alone: `max_side_px` is then set to None.
        fit: how, when `size_px` is given: "stretch", "pad" or "crop".
    """

    modality: ClassVar[str] = "raster"

    read: RasterRead = field(default_factory=RasterRead)
    decode: int = 1
    max_side_px: int | None = 256
    size_px: tuple[int, int] | None = None
    fit: Fit = "stretch"

    def __post_init__(self) -> None:
        if self.decode not in (1, *REDUCED) or isinstance(self.decode, bool):
            raise InputError(f"decode is {self.decode!r}; allowed: 1 (whole), 2, 4, 8")
        if self.fit not in FITS:
            raise InputError(f"fit is {self.fit!r}; allowed: {', '.join(FITS)}")
        if self.max_side_px is not None and not _is_side(self.max_side_px):
            raise InputError(f"max_side_px is {self.max_side_px!r}; allowed: 1 to {MAX_SIDE_PX}, or None")
        if self.size_px is None:
            return
        if not isinstance(self.size_px, tuple) or len(self.size_px) != 2 or not all(map(_is_side, self.size_px)):
            raise InputError(f"size_px is {self.size_px!r}; allowed: (height, width), each 1 to {MAX_SIDE_PX}")
        if self.size_px[0] * self.size_px[1] > MAX_PIXELS:
            raise InputError(f"size_px is {self.size_px}; allowed: {MAX_PIXELS:,} pixels")
        object.__setattr__(self, "max_side_px", None)  # the same pixels, so the same key

    def apply(self, item: Item) -> Picture:
        """A path, the bytes of a file, or an array, prepared.

        Raises:
            UnreadableError: the file cannot be read.
            InputError: none of these, an array of another kind, or an array although `decode` is not 1.
        """
        if isinstance(item, np.ndarray):
            return self._sized(self._from_array(item))
        if isinstance(item, (str, os.PathLike)):
            return self.apply_bytes(read_bytes(item))
        if isinstance(item, (bytes, bytearray, memoryview)):
            return self.apply_bytes(bytes(item))
        raise InputError(f"the item is a {type(item).__name__}; allowed: a path, the bytes of a file, or a numpy array")

    def apply_bytes(self, data: bytes) -> Picture:
        """The bytes of a file, prepared.

        Raises:
            UnreadableError: they are no picture that can be read.
        """
        return self._sized(decode(data, self.read, self.decode))

    def share(self, height: int, width: int) -> float:
        """Pixels of a side that descriptors see for each of the picture as stored, above 0.

        >>> Preparation().share(768, 1024)
        0.25
        """
        if self.size_px is None:
            most = math.inf if self.max_side_px is None else self.max_side_px / max(height, width)
            return min(1 / self.decode, most)
        down, across = self.size_px[0] / height, self.size_px[1] / width
        return {"stretch": math.sqrt(down * across), "pad": min(down, across), "crop": max(down, across)}[self.fit]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, with the version of the pixels' arithmetic."""
        return {
            "modality": self.modality,
            "version": PREPARATION_VERSION,
            "read": self.read.to_dict(),
            "decode": self.decode,
            "max_side_px": self.max_side_px,
            "size_px": None if self.size_px is None else list(self.size_px),
            "fit": self.fit,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave; a missing key takes its default.

        Raises:
            InputError: an unknown key, another modality, a later version, a value out of range.
        """
        given = dict(values)
        modality, version = given.pop("modality", cls.modality), given.pop("version", PREPARATION_VERSION)
        if modality != cls.modality:
            raise InputError(f'modality is "{modality}"; allowed: {cls.modality}')
        if version != PREPARATION_VERSION:
            raise InputError(f"preparation version is {version!r}; this Sightline has {PREPARATION_VERSION}; update it")
        names = [known.name for known in fields(cls)]
        for key in given:
            if key not in names:
                raise InputError(f'unknown key "{key}" in preparation; {nearest(key, names)}')
        if not isinstance(given.get("read", {}), Mapping):
            raise InputError(f"read is {given['read']!r}; allowed: a table of {', '.join(RasterRead().to_dict())}")
        if "read" in given:
            given["read"] = RasterRead.from_dict(given["read"])
        if isinstance(given.get("size_px"), list):
            given["size_px"] = tuple(given["size_px"])
        return cls(**given)

    def key(self) -> str:
        """Name of this preparation in caches: equal keys give equal pixels."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def describe(self) -> str:
        """One line for a person.

        >>> Preparation().describe()
        'whole picture, longest side at most 256 px, full decode'
        """
        if self.size_px is not None:
            height, width = self.size_px
            how = {
                "stretch": "whole picture, stretched to",
                "pad": "whole picture, padded to",
                "crop": "center, cut to",
            }
            size = f"{how[self.fit]} {height} x {width} px (h x w)"
        elif self.max_side_px is not None:
            size = f"whole picture, longest side at most {self.max_side_px} px"
        else:
            size = "whole picture, its own size"
        return f"{size}, " + ("full decode" if self.decode == 1 else f"decoded at 1/{self.decode} of each side")

    def _from_array(self, array: Any) -> Picture:
        if self.decode != 1:
            raise InputError(
                f"the item is an array, and this model reads JPEG at 1/{self.decode} scale, which an array cannot be "
                "brought through; give the path or the bytes of the file"
            )
        return to_picture(array, self.read)

    def _sized(self, picture: Picture) -> Picture:
        if self.size_px is not None:
            return fit_into(picture, self.size_px, self.fit)
        return picture if self.max_side_px is None else limit_side(picture, self.max_side_px)


def _is_side(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SIDE_PX
