"""Who may use torch when: many learn at the same time, an export goes alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_change = threading.Condition()
_learning = 0
_exporting = 0


@contextmanager
def learning() -> Iterator[None]:
    """A step of a training or a look of a network: beside others, and not while a network is exported.

    While it exports, torch tells all threads that they are being compiled. Its optimizers then keep as float32 what
    they usually know as float64, so that the last bits of what is learned would depend on who exports meanwhile; with
    fused steps they fail. Not to be nested.
    """
    global _learning
    with _change:
        _change.wait_for(lambda: not _exporting)
        _learning += 1
    try:
        yield
    finally:
        with _change:
            _learning -= 1
            _change.notify_all()


@contextmanager
def exporting() -> Iterator[None]:
    """An export: whoever learns finishes the step first, and the next one waits. Not to be nested.

    The exporter patches torch, and takes the standard output, which is everybody's.
    """
    global _exporting
    with _change:
        _change.wait_for(lambda: not _exporting)
        _exporting = 1
    try:  # whoever is stopped while the others finish leaves the way free too
        with _change:
            _change.wait_for(lambda: not _learning)
        yield
    finally:
        with _change:
            _exporting = 0
            _change.notify_all()
