from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from sightline.deep import turns
from sightline.deep.turns import exporting, learning

WAIT_S = 20


def test_many_learn_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=WAIT_S)

    def learn() -> None:
        with learning():
            both.wait()

    _at_once(learn, learn)
    assert not both.broken


def test_an_export_waits_for_who_learns_and_is_alone() -> None:
    begun, seen = threading.Event(), []

    def learn() -> None:
        with learning():
            begun.set()
            seen.append("learned")

    def export() -> None:
        assert begun.wait(WAIT_S)
        with exporting():
            seen.append("exported")
            late.start()
            late.join(0.05)  # it may not begin meanwhile
            seen.append("exported whole")

    late = threading.Thread(target=learn, daemon=True)
    _at_once(learn, export)
    late.join(WAIT_S)
    assert seen == ["learned", "exported", "exported whole", "learned"]


def test_who_fails_leaves_the_way_free() -> None:
    for turn in (learning, exporting, learning):
        try:
            with turn():
                raise KeyError
        except KeyError:
            pass


def test_an_export_that_is_stopped_while_it_waits_leaves_the_way_free(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(threading.Condition):
        """Ctrl-C comes as soon as anybody has to wait."""

        def wait_for(self, predicate: Callable[[], object], timeout: float | None = None) -> bool:
            if not predicate():
                raise KeyboardInterrupt
            return True

    monkeypatch.setattr(turns, "_change", Interrupted())
    with learning(), pytest.raises(KeyboardInterrupt), exporting():
        pass
    with learning():  # would wait for the export for ever
        pass
    with exporting():
        pass


def _at_once(*works) -> None:  # type: ignore[no-untyped-def]
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
        assert not thread.is_alive()
