"""A network of pictures and texts that somebody asks for: both sides made once, then found beside the runs without
torch."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sightline.arrays import Array
from sightline.data.store import FeatureStore
from sightline.deep.weights.kept_exports import Kept, kept_or_made, nowhere, store_of
from sightline.deep.weights.recipe import content_key
from sightline.deep.zeroshot.class_texts import ClassTexts
from sightline.deep.zeroshot.config import TowerConfig
from sightline.deep.zeroshot.repository import TOKENIZER, folder_of, weights_in
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.networks.texts import TextSet, remember_texts
from sightline.parallel import Progress, silent
from sightline.version import __version__

AS_NOW = "1"
"""Raised when an export of the same towers would be another file, or texts other vectors."""

_lock = threading.Lock()
_known: dict[str, tuple[Path, TowerConfig, FeatureStore | None, str]] = {}
"""Digest of a network of pictures -> what stands behind it; the network itself is not held by it."""


@dataclasses.dataclass(frozen=True, eq=False)
class ImageText:
    """The exported tower of pictures, and the way to the one of texts.

    Attributes:
        network: gives the embeddings of pictures.
        folder: holds configuration, weights and tokenizer.
        config: what they are.
        store: keeps what was made.
        key: stands for all that decides what the towers answer but the files of a tokenizer, which pictures know not.
    """

    network: Network
    folder: Path
    config: TowerConfig
    store: FeatureStore | None
    key: str

    @property
    def zoom(self) -> float:
        """How an `Embedding` should look at pictures: whole where training squeezed them to a square, else at squares
        of the shorter side, as the middle of them that training showed."""
        return 0.0 if self.config.squashed else 1.0

    def texts(self, classes: ClassTexts, templates: Sequence[str], progress: Progress = silent) -> TextSet:
        """The vectors of some texts, known to this process by their key.

        Raises:
            InputError: a prompt that is too long, no tokenizer, or weights that do not fit.
            MissingExtraError: they have to be made, and the extra [deep] is not installed.
        """
        about = json.dumps([classes.texts, list(templates)])
        key = FeatureStore.key(self._tokenizer_digests(), self.key, f"texts {AS_NOW} of {about}", __version__)
        found = None if self.store is None else self.store.get(key)
        if found is None or not _are_vectors(found, len(classes.texts)):
            found = self._made(classes, templates, progress)
            if self.store is not None:
                self.store.put(key, found)
        vectors = np.asarray(found[:, :-1], np.float32)
        return remember_texts(TextSet(self.network.name, classes.names, vectors, float(found[0, -1])))

    def _tokenizer_digests(self) -> list[bytes]:
        """What stands for each file that texts are read by; nothing where open_clip brings the tokenizer."""
        return [] if self.config.tokenizer is None else [_digest(self.folder / name) for name in TOKENIZER]

    def _made(self, classes: ClassTexts, templates: Sequence[str], progress: Progress) -> Array:
        """(k, d + 1) float32: the vectors, and beside each of them the scale."""
        from sightline.deep.zeroshot.text_tower import class_vectors, tokenizer_of
        from sightline.deep.zeroshot.towers import logit_scale

        tokenizer = tokenizer_of(self.config, self.folder)
        progress("loading the text tower", 0, None)
        model = self._towers
        vectors = class_vectors(model, tokenizer, classes.texts, templates, progress)
        return np.hstack([vectors, np.full((len(vectors), 1), logit_scale(model), np.float32)])

    @functools.cached_property
    def _towers(self) -> Any:
        from sightline.deep.zeroshot.towers import towers

        return towers(self.config, weights_in(self.folder))


def image_text(asked: str, kept: Kept = nowhere, progress: Progress = silent) -> ImageText:
    """The network of pictures and texts that `asked` means, known to this process by that of its pictures.

    Args:
        asked: a folder as open_clip saves one, hf-hub:ORGANIZATION/NAME, or ARCHITECTURE/WEIGHTS as open_clip lists
            them; what is not in the hub's cache is fetched where that is allowed.
        kept: gives where exports and texts outlive the run.
        progress: told before what takes long.

    Raises:
        InputError: no such folder or name, pickled weights, or ones that do not fit.
        ExportError: the export answers otherwise than the tower.
        MissingExtraError: it would have to be exported, and the extra [deep] is not installed.
    """
    folder, name = folder_of(asked)
    config, weights = TowerConfig.of_folder(folder), weights_in(folder)
    key, store = content_key(weights, dataclasses.asdict(config)), store_of(kept)

    def made() -> Network:
        from sightline.deep.zeroshot.image_tower import exported_tower
        from sightline.deep.zeroshot.towers import towers

        return exported_tower(towers(config, weights), config, weights, name)

    network = kept_or_made(store, key, f"tower {AS_NOW}", name, made, progress)
    network = remember(network)
    with _lock:
        _known[network.digest] = folder, config, store, key
    return ImageText(network, folder, config, store, key)


def behind(network: Network) -> ImageText | None:
    """The towers that a network of pictures was exported from in this process; None for any other network."""
    with _lock:
        found = _known.get(network.digest)
    return None if found is None else ImageText(network, *found)


def _digest(path: Path) -> bytes:
    try:
        if not path.is_file():  # not every tokenizer has each of the files; opening a named pipe would wait for ever
            return b"none"
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest().encode()
    except OSError:  # who needs it tells
        return b"none"


def _are_vectors(found: Array, k: int) -> bool:
    return found.ndim == 2 and found.shape[0] == k and found.shape[1] > 1 and bool(np.isfinite(found).all())
