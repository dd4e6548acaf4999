"""What classes are called, as vectors in the space of a network's embeddings, found by name in this process.

A `ZeroShot` names its texts and does not hold them, as an `Embedding` names its network: a text stands for them in
tables, plans and keys.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import threading
from collections import deque
from weakref import WeakValueDictionary

import numpy as np

from sightline.arrays import Matrix
from sightline.errors import ComponentError, InputError
from sightline.networks.library import digest_in
from sightline.networks.network import DIGEST

LATEST = 8
MOST_SCALE = 1e4
"""Trained ones end near 100: CLIP's at most there, SigLIP's a little above."""
NEARLY = 1e-3
"""How far a length may be from 1."""

_lock = threading.Lock()
_known: WeakValueDictionary[str, TextSet] = WeakValueDictionary()
_latest: deque[TextSet] = deque(maxlen=LATEST)


@dataclasses.dataclass(frozen=True, eq=False)
class TextSet:
    """The texts of k classes, seen by the text tower that belongs to a network of pictures.

    Attributes:
        title: of that network, for people.
        names: what the classes are called, in the task's order.
        vectors: (k, d) float32 of unit length, d as the network's embeddings have.
        scale: what cosines of pictures and texts were multiplied with in training, before the softmax.

    Raises:
        InputError: not one vector of unit length for each name, a name twice, or a scale that is none.
    """

    title: str
    names: tuple[str, ...]
    vectors: Matrix
    scale: float

    def __post_init__(self) -> None:
        shape, k = self.vectors.shape, len(self.names)
        if len(shape) != 2 or shape[0] != k or not k or len(set(self.names)) < k:
            raise InputError(f"{k} names and vectors of shape {shape} were given; allowed: (k, d), k names, each once")
        lengths = np.sqrt((self.vectors.astype(np.float64) ** 2).sum(axis=1))
        if not (np.abs(lengths - 1) <= NEARLY).all():
            raise InputError(f"vectors of length {lengths.min():g} to {lengths.max():g} were given; allowed: 1")
        if not 0 < self.scale <= MOST_SCALE:
            raise InputError(f"a scale of {self.scale:g} was given; allowed: above 0, to {MOST_SCALE:,.0f}")

    @functools.cached_property
    def digest(self) -> str:
        """16 hexadecimal characters that stand for names, vectors and scale."""
        about = json.dumps([self.names, float(self.scale), self.vectors.shape]).encode()
        return hashlib.sha256(about + np.ascontiguousarray(self.vectors, "<f4").tobytes()).hexdigest()[:DIGEST]

    @property
    def key(self) -> str:
        """The title and the digest: what a `ZeroShot` calls it."""
        return f"{self.title}@{self.digest}"


def remember_texts(texts: TextSet) -> TextSet:
    """Let `find_texts` know some texts; the same ones that are known already are given back instead."""
    with _lock:
        known = _known.setdefault(texts.digest, texts)
        if known not in _latest:
            _latest.append(known)
        return known


def find_texts(called: str) -> TextSet:
    """The texts that are called "title@digest"; the digest alone decides.

    Raises:
        ComponentError: no texts of this process are called so.
    """
    with _lock:
        found = _known.get(digest_in(called))
    if found is None:
        raise ComponentError(
            f'the texts "{called}" are not at hand; allowed: what `remember_texts` was given in this process, by its '
            'key ("title@digest"); on the command line give --backbone the folder or name of an image-text network'
        )
    return found
