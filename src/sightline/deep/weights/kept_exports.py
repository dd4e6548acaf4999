"""Exports that outlive a run: torch makes each once, then it is found beside the runs without torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from sightline.data.store import FeatureStore
from sightline.errors import InputError
from sightline.networks.network import Network
from sightline.parallel import Progress
from sightline.version import __version__

Kept: TypeAlias = Callable[[], "FeatureStore | None"]
LIMIT_BYTES = 2_000_000_000
"""Of all exports that are kept beside the runs."""
EXPORTS = "exports"


def nowhere() -> FeatureStore | None:
    """Nothing is kept."""
    return None


def store_of(kept: Kept) -> FeatureStore | None:
    """Where exports are kept; None: nowhere."""
    beside = kept()
    return None if beside is None else beside.beside(EXPORTS, LIMIT_BYTES)


def kept_or_made(
    store: FeatureStore | None, key: str, what: str, name: str, make: Callable[[], Network], progress: Progress
) -> Network:
    """A network that was exported before, else made now and kept.

    Args:
        store: where it is looked for.
        key: of all that decides what it answers.
        what: "export 2", raised when the same weights would be exported otherwise.
        name: of the network, for people.
        make: exports it.
        progress: told before and after that.
    """
    place = FeatureStore.key([], key, f"{what} of {name}", __version__)
    if store is not None and (found := _kept(store, place, name)) is not None:
        return found
    progress(f"exporting {name}", 0, 1)
    network = make()
    progress(f"exporting {name}", 1, 1)
    if store is not None:
        store.put(place, np.frombuffer(network.onnx, np.uint8))
    return network


def _kept(store: FeatureStore, place: str, name: str) -> Network | None:
    found = store.get(place)
    if found is None:
        return None
    try:
        return Network.of(found.tobytes(), name)
    except InputError:  # of a version of onnxruntime that could do more
        return None
