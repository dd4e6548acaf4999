"""A network that gives embeddings, as one ONNX file that says what it is fed and what it gives."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
import threading
from collections.abc import Sequence
from typing import Any, Literal, Self, cast

import numpy as np

from sightline.arrays import Array, Picture, Vector
from sightline.errors import InputError
from sightline.networks.feed import MOST_PX, Feed
from sightline.runtime.engine import REFERENCE, Engine, Running
from sightline.runtime.onnx_file import metadata
from sightline.runtime.session import Port

EMBEDDING, FEATURES, LOGITS = "embedding", "features", "logits"
"""What our own exports call their outputs."""
NAME, POOLED, PREFIX = "sightline.name", "sightline.pooled", "sightline.prefix_tokens"
"""What our own exports leave in the metadata: a name; whether the embedding is the mean of the features; tokens before
those that stand for places."""
LEAST_PX = 16
MAX_BYTES = 3_500_000_000
DIGEST = 16
VECTORS = ("float32", "float16", "float64")
"""What an embedding may be of."""
Kind = Literal["map", "tokens", "none"]


@dataclasses.dataclass(frozen=True, eq=False)
class Network:
    """An ONNX network, checked. Safe to use from several threads at once.

    Attributes:
        onnx: the bytes of its file.
        name: for people; letters, digits, "_", "-" and ".".
        feed: how a picture becomes its input.
        embedding: which output is the vector.
        features: which output is the last feature map (1, c, h, w) or its tokens (1, t, c); None where it has none
            that is one of both.
        pooled: whether the embedding is the mean of the features, so that a linear head has a class activation map.
        prefix: tokens before those that stand for places.
        engine: what computes it.
    """

    onnx: bytes
    name: str
    feed: Feed
    embedding: Port
    features: Port | None
    pooled: bool
    prefix: int
    engine: Engine = REFERENCE
    _made: list[Running] = dataclasses.field(default_factory=list, repr=False)
    _widths: dict[tuple[int, int], int] = dataclasses.field(default_factory=dict, repr=False)
    _lock: threading.Lock = dataclasses.field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(cls, onnx: bytes, name: str = "", engine: Engine = REFERENCE) -> Self:
        """The network in the bytes of an ONNX file, ours or somebody's.

        One of somebody's is fed as its input says, scaled by the mean and deviation of ImageNet where it takes floats
        and its metadata ("mean", "std", JSON lists) says nothing else; its embedding is the output of that name, or its
        first output of one vector for each picture.

        Raises:
            InputError: no ONNX file, values in other files, more than one input, none that takes color pictures, no
                output that is one vector for each picture.
            MissingExtraError: the library of the engine is not installed.
        """
        if len(onnx) > MAX_BYTES:
            raise InputError(f"an ONNX network has {len(onnx):,} bytes; allowed: {MAX_BYTES:,}")
        session, texts = engine.session(onnx), metadata(onnx)
        if len(session.inputs) != 1:
            names = ", ".join(port.name for port in session.inputs)
            raise InputError(f"the network has {len(session.inputs)} inputs ({names[:200]}); allowed: one, pictures")
        embedding = _vectors(session.outputs)
        features = next((port for port in session.outputs if port.name == FEATURES and port != embedding), None)
        if features is not None and len(features.shape) not in (3, 4):
            features = None
        called = re.sub(r"[^A-Za-z0-9_.-]+", "-", texts.get(NAME) or name or "network")[:80]
        prefix = texts.get(PREFIX, "0")
        return cls(
            onnx,
            called,
            Feed.of(session.inputs[0], texts),
            embedding,
            features,
            features is not None and texts.get(POOLED) == "mean",
            int(prefix) if re.fullmatch(r"\d{1,4}", prefix) else 0,
            engine,
            [session],
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process it goes as its bytes: a session cannot."""
        return Network.of, (self.onnx, self.name, self.engine)

    @functools.cached_property
    def digest(self) -> str:
        """16 hexadecimal characters that stand for the bytes."""
        return hashlib.sha256(self.onnx).hexdigest()[:DIGEST]

    @property
    def key(self) -> str:
        """The name and the digest: what an `Embedding` calls it."""
        return f"{self.name}@{self.digest}"

    @property
    def kind(self) -> Kind:
        """What the features are."""
        if self.features is None:
            return "none"
        return "map" if len(self.features.shape) == 4 else "tokens"

    def at(self, px: int) -> Network:
        """The same network, fed squares of px instead of what it is fed usually; the session is shared.

        Raises:
            InputError: it takes one size alone, which is another.
        """
        feed = self.feed
        if (feed.height, feed.width) == (px, px):
            return self
        if not feed.free or not LEAST_PX <= px <= MOST_PX:
            allowed = f"{LEAST_PX} to {MOST_PX} px" if feed.free else f"{feed.width} x {feed.height} px alone"
            raise InputError(f"the network {self.name} was asked to look at {px} px; allowed: {allowed}")
        return dataclasses.replace(self, feed=dataclasses.replace(feed, height=px, width=px))

    def embed(self, picture: Picture) -> Vector:
        """A picture (h, w, 3) uint8, of any size, to (d,) float32; always alone, so that no other changes it.

        Raises:
            InputError: the network fails on it, or gives something else than one vector of the length it declares, or
                gave before at this size.
        """
        (made,) = self._session().run(self.feed.of_picture(picture), [self.embedding.name])
        return self._vector(made)

    def look(self, picture: Picture) -> tuple[Vector, Array]:
        """The embedding of a picture, and the features at each place, (h, w, c) float32.

        Tokens are laid out as the square grid that they stand for.

        Raises:
            InputError: as `embed`; the network gives no features, or tokens that are no square grid.
        """
        if self.features is None:
            raise InputError(
                f"the network {self.name} has no output called {FEATURES} of 3 or 4 dimensions, so it cannot say where "
                "it looks"
            )
        wanted = [self.embedding.name, self.features.name]
        vector, features = self._session().run(self.feed.of_picture(picture), wanted)
        if self.kind == "map":
            return self._vector(vector), features[0].transpose(1, 2, 0).astype(np.float32)
        places = features[0, self.prefix :]
        side = round(len(places) ** 0.5)
        if side * side != len(places) or not side:
            raise InputError(f"the network {self.name} gives {len(places)} tokens; allowed: a square grid of them")
        return self._vector(vector), places.reshape(side, side, -1).astype(np.float32)

    def _vector(self, made: Array) -> Vector:
        """What the embedding's output gave as one vector."""
        size, rows = (self.feed.height, self.feed.width), made.shape[0] if made.ndim else 0
        width = self.embedding.shape[1] or self._widths.setdefault(size, made.size // max(rows, 1))
        if rows != 1 or made.size != width or not width:
            raise InputError(
                f'the output "{self.embedding.name}" of the network {self.name} is of shape {list(made.shape)} for one '
                f"picture; allowed: [1, {width or 'd'}], as it declares or gave before; export it again"
            )
        return cast(Vector, np.asarray(made, np.float32).reshape(-1))

    def _session(self) -> Running:
        with self._lock:
            if not self._made:
                self._made.append(self.engine.session(self.onnx))
            return self._made[0]


def _vectors(outputs: Sequence[Port]) -> Port:
    """The output that is one vector for each picture."""
    fits = [port for port in outputs if _is_vector(port)]
    found = next((port for port in fits if port.name == EMBEDDING), fits[0] if fits else None)
    if found is None:
        shapes = ", ".join(f'"{port.name}" {port.dtype} {list(port.shape)}' for port in outputs)
        raise InputError(
            f"the network's outputs are {shapes[:300]}; allowed: one of shape [n, d], or [n, d, 1, 1], d above 1, of "
            f"{', '.join(VECTORS)}; export it with such an output"
        )
    return found


def _is_vector(port: Port) -> bool:
    return (
        port.dtype in VECTORS
        and len(port.shape) >= 2
        and port.shape[1] != 1
        and all(size == 1 for size in port.shape[2:])
    )
