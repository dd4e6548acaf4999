from __future__ import annotations

import threading

import pytest

from sightline.cores import Cores


def test_a_thread_has_one_core_however_many_maps_are_open_in_it() -> None:
    cores = Cores()
    with cores.working():
        assert cores.taken() == 1
        with cores.working(), cores.idle():
            assert cores.taken() == 0
        assert cores.taken() == 1
    assert cores.taken() == 0


def test_a_map_that_ends_before_one_that_began_later_hands_its_core_on() -> None:
    cores = Cores()
    first, second = cores.working(), cores.working()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert cores.taken() == 1
    second.__exit__(None, None, None)
    assert cores.taken() == 0


def test_who_has_a_core_takes_no_other() -> None:
    cores, helper = Cores(), object()
    assert cores.take_if_below(helper, 1) and not cores.take_if_below(object(), 1)
    with cores.working(helper), cores.working():
        assert cores.taken() == 1 and not cores.crowded(1)
    assert cores.taken() == 1  # whose it was gives it back
    cores.give_back(helper)
    cores.give_back(helper)
    assert cores.taken() == 0


def test_a_map_is_closed_by_another_thread_than_it_began_in() -> None:
    """As one that feeds a map: whoever pulls an item goes on with it, and its first thread may be gone."""
    cores, helper = Cores(), object()
    fed = cores.working()

    def begin() -> None:
        cores.take(helper)
        with cores.working(helper):
            fed.__enter__()
        cores.give_back(helper)

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    with cores.working():
        fed.__exit__(None, None, None)
        assert cores.taken() == 1
    assert cores.taken() == 0


def test_what_a_thread_had_its_core_by_may_end_while_it_waits() -> None:
    """A map that nobody goes on with has the core; the collector ends it in the middle of the next one's wait."""
    cores = Cores()
    forgotten = cores.working()
    forgotten.__enter__()
    with cores.working():
        with cores.idle():
            forgotten.__exit__(None, None, None)
        assert cores.taken() == 1
    assert cores.taken() == 0


def test_who_is_forgotten_takes_no_core_again() -> None:
    cores, helper = Cores(), object()
    cores.take(helper)
    with cores.working(helper):
        with cores.idle():
            cores.forget(helper, threading.get_ident())
        assert cores.taken() == 0
        cores.forget(helper, None)  # it has not begun
    assert cores.taken() == 0


def test_an_interruption_leaves_nothing_behind() -> None:
    cores = Cores()
    with pytest.raises(KeyboardInterrupt), cores.working(), cores.idle():
        raise KeyboardInterrupt
    assert cores.taken() == 0
