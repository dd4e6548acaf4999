"""The networks of this process, found by what an `Embedding` calls them.

An `Embedding` names its network and does not hold it until a model file gives it its own: a text stands for it in
tables, plans and keys. A network stays findable while anybody holds it, and the last few in any case.
"""

from __future__ import annotations

import threading
from collections import deque
from weakref import WeakValueDictionary

from sightline.errors import ComponentError
from sightline.networks.network import DIGEST, Network
from sightline.runtime.engine import REFERENCE, Engine

LATEST = 8

_lock = threading.Lock()
_known: WeakValueDictionary[tuple[str, Engine, str], Network] = WeakValueDictionary()
_latest: deque[Network] = deque(maxlen=LATEST)


def remember(network: Network) -> Network:
    """Let `find` know a network; the same one by the same name that is known already is given back instead."""
    with _lock:
        known = _known.setdefault((network.digest, network.engine, network.name), network)
        if known not in _latest:
            _latest.append(known)
        return known


def find(called: str) -> Network:
    """The network that is called "name@digest", as the reference engine computes it; its digest alone decides.

    Raises:
        ComponentError: no network of this process is called so.
    """
    with _lock:
        known = _known.get((digest_in(called), REFERENCE, called.rpartition("@")[0]))
        others = (one for key, one in list(_known.items()) if key[:2] == (digest_in(called), REFERENCE))
        found = known or next(others, None)
    if found is None:
        raise ComponentError(
            f'the network "{called}" is not at hand; allowed: what `sightline.networks` was given in this process, '
            'by its key ("name@digest"); on the command line give --backbone FILE or NAME'
        )
    return found


def digest_in(called: str) -> str:
    """The digest in "name@digest"; "" where there is none."""
    digest = called.rpartition("@")[2]
    return digest if len(digest) == DIGEST and "@" in called else ""
