"""One pass over a collection that opens every file once: what is broken, what is the same, what is kept prepared."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sightline.arrays import Array, Picture
from sightline.data.catalog import Catalog
from sightline.data.store import PixelStore, content_digest
from sightline.errors import InputError
from sightline.inputs.headers import read_header
from sightline.inputs.raster import decode, to_picture
from sightline.inputs.source import Item, read_bytes
from sightline.parallel import Progress, chunks, ordered_map, silent
from sightline.preparation.preparation import Preparation

CHUNK = 32


@dataclasses.dataclass(frozen=True)
class Survey:
    """What one pass over n pictures found.

    Attributes:
        digests: n content digests (empty for a file that could not be read).
        looks: n digests of the prepared pixels; equal for pictures that are the same pixel by pixel.
        sizes: (n, 2) int64, height and width as stored in the file, 0 where unknown.
        broken: row -> reason.
        formats: pictures of each format and depth ("jpeg", "png 16 bit").
    """

    digests: Sequence[bytes]
    looks: Sequence[bytes]
    sizes: Array
    broken: Mapping[int, str]
    formats: Mapping[str, int]

    def readable(self) -> Array:
        """(n,) bool: the pictures that can be used."""
        mask = np.ones(len(self.digests), bool)
        mask[list(self.broken)] = False
        return mask

    def subset(self, rows: Array) -> Survey:
        """The survey of the rows that a mask or integer array selects; formats stay those of the whole."""
        chosen = np.arange(len(self.digests))[rows]
        return dataclasses.replace(
            self,
            digests=[self.digests[i] for i in chosen],
            looks=[self.looks[i] for i in chosen],
            sizes=self.sizes[chosen],
            broken={new: self.broken[int(old)] for new, old in enumerate(chosen) if int(old) in self.broken},
        )


@dataclasses.dataclass(frozen=True)
class _Fact:
    digest: bytes = b""
    look: bytes = b""
    size: tuple[int, int] = (0, 0)
    format: str = "unreadable"
    reason: str | None = None


def survey(
    catalog: Catalog,
    preparation: Preparation | None = None,
    store: PixelStore | None = None,
    progress: Progress = silent,
    workers: int | None = None,
) -> Survey:
    """Read and decode every picture once; a file that cannot be read is recorded with its reason, never raised.

    Args:
        catalog: what to look at.
        preparation: fills `store` along the way; default `Preparation()`.
        store: keeps the prepared pixels.
        progress: told after every chunk.
        workers: threads; default the cores available.
    """
    preparation = preparation or Preparation()

    def look_at(chunk: list[Item]) -> list[_Fact]:
        return [_fact(item, preparation, store) for item in chunk]

    facts: list[_Fact] = []
    for found in ordered_map(look_at, chunks(catalog.items, CHUNK), workers):
        facts.extend(found)
        progress("reading pictures", len(facts), len(catalog))
    return Survey(
        digests=[fact.digest for fact in facts],
        looks=[fact.look for fact in facts],
        sizes=np.asarray([fact.size for fact in facts], np.int64).reshape(-1, 2),
        broken={row: fact.reason for row, fact in enumerate(facts) if fact.reason is not None},
        formats=dict(Counter(fact.format for fact in facts).most_common()),
    )


def _fact(item: Item, preparation: Preparation, store: PixelStore | None) -> _Fact:
    try:
        if isinstance(item, np.ndarray):
            return _array_fact(item, preparation)
        data = item if isinstance(item, bytes) else read_bytes(Path(item))
        header = read_header(data)
        digest = content_digest(data)
        kept = store.get(digest) if store else None
        picture = preparation.apply_bytes(data) if kept is None else kept
        if store is not None and kept is None:
            store.put(digest, picture)
    except InputError as error:
        return _Fact(reason=str(error))
    size = (header.height, header.width) if header.orientation < 5 else (header.width, header.height)
    name = header.format if header.bits == 8 else f"{header.format} {header.bits} bit"
    return _Fact(digest, _look(picture, size), size, name)


def _array_fact(item: Array, preparation: Preparation) -> _Fact:
    picture = preparation.apply(item)
    size = (item.shape[0], item.shape[1])
    raw = np.ascontiguousarray(item)
    digest = content_digest(f"{raw.shape}{raw.dtype}".encode() + raw.tobytes())
    return _Fact(digest, _look(picture, size), size, f"array {item.dtype}")


def _look(picture: Picture, size: tuple[int, int]) -> bytes:
    pixels = np.ascontiguousarray(picture).data
    # Pictures equal at full size are equal when prepared; the other direction is checked by `same_pixels`.
    return hashlib.blake2b(pixels, digest_size=16, key=repr((size, picture.shape)).encode()).digest()


def same_pixels(first: Item, second: Item) -> bool:
    """Whether two pictures are equal pixel by pixel at full size."""
    one, other = (to_picture(i) if isinstance(i, np.ndarray) else _full(i) for i in (first, second))
    return one.shape == other.shape and bool((one == other).all())


def _full(item: Item) -> Picture:
    return decode(item if isinstance(item, bytes) else read_bytes(Path(str(item))))
