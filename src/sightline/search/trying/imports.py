"""What classifiers train with, imported once in a process and beside the search: nobody has to wait for its end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import numpy as np

from sightline.contracts import Classifier
from sightline.parallel import idle

FEW_ROWS = 12
ASKED_S = 0.05
"""Seconds from one look at the clock to the next."""

_lock = threading.Lock()
_imported: dict[type[Classifier], threading.Event] = {}


def wait_until_imported(kind: type[Classifier], check: Callable[[], None]) -> None:
    """Until a kind of classifier has what it trains with; `check` is called meanwhile, and raises to stop.

    Importing scikit-learn takes 3 s of a core, and nothing can cut that short. Every process pays them again, so they
    belong neither to what a fit is expected to take nor to what is remembered of it.
    """
    imported = begin_import(kind)
    with idle():
        while not imported.wait(ASKED_S):
            check()


def begin_import(kind: type[Classifier]) -> threading.Event:
    """Import what a kind of classifier trains with while others work; what comes back is set when that is done."""
    with _lock:
        if kind not in _imported:
            _imported[kind] = threading.Event()
            # No daemon: a thread that is cut off inside C++ at the end of the process takes the process down with it.
            threading.Thread(target=_fit_a_few, args=(kind,), name="sightline-import", daemon=False).start()
        return _imported[kind]


def _fit_a_few(kind: type[Classifier]) -> None:
    """The first fit imports it."""
    with contextlib.suppress(Exception):  # one that takes no so few rows, or needs parameters, imports it when it fits
        kind().fit(np.eye(FEW_ROWS, 2, dtype=np.float32), np.arange(FEW_ROWS) % 2)
    _imported[kind].set()
