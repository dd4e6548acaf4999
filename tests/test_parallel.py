from __future__ import annotations

import gc
import itertools
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Any

import numpy as np
import pytest

from sightline.cores import cores
from sightline.errors import InputError
from sightline.parallel import chunks, idle, ordered_map
from sightline.resources import available_cores
from sightline.threads import libraries


def test_order_is_kept_and_work_is_shared() -> None:
    both = threading.Barrier(2, timeout=10)

    def work(number: int) -> int:
        if number < 2:
            both.wait()  # passes only when two workers are here at once
        return number * number

    assert list(ordered_map(work, range(50), workers=2)) == [n * n for n in range(50)]
    assert list(ordered_map(lambda n: n + 1, range(5), workers=1)) == [1, 2, 3, 4, 5]


def test_an_endless_source_is_read_no_further_than_needed() -> None:
    taken = []

    def source():
        for number in itertools.count():
            taken.append(number)
            yield number

    results = ordered_map(lambda n: n, source(), workers=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    results.close()
    assert len(taken) <= 3 + 4


def test_more_ahead_keeps_a_worker_busy_while_the_first_item_takes_long() -> None:
    most, rest = 9, threading.Event()
    done: list[int] = []

    def work(number: int) -> None:
        if number == 0:
            assert rest.wait(10)
        done.append(number)
        if len(done) == most - 1:
            rest.set()

    list(ordered_map(work, range(most), workers=2, ahead=most))
    assert done[-1] == 0


def test_an_error_arrives_at_its_place() -> None:
    def work(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    results = ordered_map(work, range(10), workers=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_an_interruption_in_a_helper_arrives_at_its_place() -> None:
    begun = threading.Event()

    def work(number: int) -> int:
        if threading.current_thread().name == "sightline":
            begun.set()
            raise KeyboardInterrupt
        begun.wait(10)
        return number

    with pytest.raises(KeyboardInterrupt):
        list(ordered_map(work, range(10), workers=2))
    assert begun.is_set()
    assert cores.taken() == 0


def test_a_source_that_ends_everything_in_a_helper_hangs_nobody() -> None:
    def source():
        for number in range(50):
            if threading.current_thread().name == "sightline":
                raise SystemExit
            yield number

    with pytest.raises(SystemExit):
        list(ordered_map(lambda _: time.sleep(0.001), source(), workers=2))
    assert cores.taken() == 0


def test_an_error_of_the_source_arrives_after_what_came_before() -> None:
    def source():
        yield from range(3)
        raise OSError("no more")

    results = ordered_map(lambda n: n, source(), workers=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="no more"):
        next(results)


def test_maps_inside_each_other_share_the_cores() -> None:
    lock, at_work, seen = threading.Lock(), [0], Counter[int]()

    def inner(number: int) -> int:
        with lock:
            at_work[0] += 1
            seen[at_work[0]] += 1
        time.sleep(0.001)
        with lock:
            at_work[0] -= 1
        return number

    def outer(number: int) -> int:
        return sum(ordered_map(inner, range(number, number + 10), workers=3))

    assert list(ordered_map(outer, range(8), workers=3)) == [sum(range(n, n + 10)) for n in range(8)]
    # Who comes back from waiting goes on at once, until a helper has made room: at most the two other outer jobs do.
    assert max(seen) <= 3 + 2
    assert sum(seen[number] for number in seen if number > 3) < 0.2 * seen.total()
    assert cores.taken() == 0


def test_a_helper_makes_room_for_who_comes_back_from_waiting() -> None:
    helpers: list[threading.Thread] = []
    begun, another = threading.Event(), object()

    def work(number: int) -> None:
        if (here := threading.current_thread()).name == "sightline":
            helpers.append(here)
            cores.take(another)  # as another thread does when its `idle` is over
            begun.set()
        assert begun.wait(10)

    results = ordered_map(work, range(4), workers=2)
    next(results)
    helpers[0].join(10)
    assert not helpers[0].is_alive()
    list(results)
    cores.give_back(another)
    assert len(helpers) == 1
    assert cores.taken() == 0


def test_the_last_long_job_takes_the_cores_that_the_others_left() -> None:
    both = threading.Barrier(2, timeout=10)
    first_is_over = threading.Event()

    def inner(number: int) -> None:
        if number < 2:
            time.sleep(0.1)  # the first job's worker has time to leave
        else:
            both.wait()  # passes only when two threads work inside the second job

    def outer(job: int) -> None:
        if job == 0:
            first_is_over.set()
            return
        first_is_over.wait(10)
        list(ordered_map(inner, range(40), workers=2))

    list(ordered_map(outer, range(2), workers=2))


def test_who_waits_leaves_the_core_to_others() -> None:
    made = threading.Event()

    def inner(number: int) -> None:
        made.set()

    def outer(job: int) -> None:
        if job == 0:
            with idle():
                assert made.wait(10)
        else:
            list(ordered_map(inner, range(2), workers=2))

    list(ordered_map(outer, range(2), workers=2))
    assert cores.taken() == 0


def test_an_abandoned_map_gives_its_cores_back() -> None:
    release = threading.Event()

    def source():
        yield 0
        yield 1
        release.wait(10)
        yield 2

    results = ordered_map(lambda n: n, source(), workers=2)
    assert next(results) == 0
    results.close()
    assert cores.taken() == 0
    release.set()
    with pytest.raises(ValueError, match="one"):
        for number in ordered_map(lambda n: n, range(9), workers=2):
            if number == 1:
                raise ValueError("one")
    assert cores.taken() == 0


def test_a_map_feeds_a_map() -> None:
    """The inner one is begun by whoever pulls first, often a helper that is gone when it ends."""

    def slow(number: int) -> int:
        time.sleep(0.0005)
        return number

    for _ in range(10):
        assert list(ordered_map(slow, ordered_map(slow, range(30), workers=2), workers=2)) == list(range(30))
        assert cores.taken() == 0


def test_a_map_that_the_collector_ends_in_its_own_helper_does_not_wait_for_it() -> None:
    left, collected = threading.Event(), threading.Event()

    def work(number: int) -> int:
        if number and threading.current_thread() is not threading.main_thread():
            left.wait(10)
            gc.collect()  # as any allocation may
            collected.set()
        return number

    def look_at_one() -> None:
        results = ordered_map(work, range(100), workers=2)
        next(results)
        cycle: list[object] = [results]
        cycle.append(cycle)

    look_at_one()
    left.set()
    assert collected.wait(10)
    for thread in threading.enumerate():
        if thread.name == "sightline":
            thread.join(10)
            assert not thread.is_alive()
    assert cores.taken() == 0


@pytest.mark.parametrize("lock", [cores._lock, libraries._lock])
def test_the_collector_waits_for_nobody_in_a_lock_that_they_may_need(lock: Any) -> None:
    begun, go = threading.Event(), threading.Event()

    def work(number: int) -> int:
        if number and threading.current_thread() is not threading.main_thread():
            begun.set()
            assert go.wait(30)
        elif number:
            begun.wait(10)
        return number

    def look_at_one() -> None:
        results = ordered_map(work, range(100), workers=2)
        next(results)
        assert begun.wait(10)
        cycle: list[object] = [results]
        cycle.append(cycle)

    go_after = threading.Timer(20, go.set)  # what is wrong fails, and does not hang
    go_after.start()
    try:
        look_at_one()
        with lock:
            gc.collect()
        assert not go.is_set() and cores.taken() == 0
    finally:
        go_after.cancel()
        go.set()


LOOKED_AT_ONE = """
import time
from sightline.parallel import ordered_map

def work(number):
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        pass

class Looking:
    def __init__(self):
        self.itself, self.results = self, ordered_map(work, range(100), 2)
        next(self.results)

Looking()
"""


KEPT_TO_THE_END = """
import cv2, numpy
from sightline.parallel import ordered_map

def work(number):
    for _ in range(50):
        cv2.GaussianBlur(numpy.zeros((300, 300, 3), numpy.uint8), (0, 0), 9)

results = ordered_map(work, range(100), 2)
next(results)
"""


@pytest.mark.parametrize("code", [LOOKED_AT_ONE, KEPT_TO_THE_END], ids=["forgotten", "kept"])
def test_a_process_ends_whoever_has_half_looked_at_something(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", True])
def test_workers_are_a_whole_number(workers: Any) -> None:
    with pytest.raises(InputError, match=r"^workers=.* was given; allowed: a whole number from 1, or None"):
        ordered_map(abs, [1], workers)
    assert list(ordered_map(abs, [-1], np.int64(2))) == [1]  # type: ignore[arg-type]


def test_interrupted_work_ends_the_map() -> None:
    def work(number: int) -> int:
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        time.sleep(0.01)
        return number

    with pytest.raises(KeyboardInterrupt):
        list(ordered_map(work, range(100), workers=2))
    assert cores.taken() == 0


def test_what_runs_is_told_of_ctrl_c_before_it_is_waited_for() -> None:
    begun, stop = threading.Event(), threading.Event()
    told = []

    def work(number: int) -> int:
        if threading.current_thread() is threading.main_thread():
            begun.wait(10)
            raise KeyboardInterrupt
        begun.set()
        told.append(stop.wait(10))
        return number

    with pytest.raises(KeyboardInterrupt):
        list(ordered_map(work, range(100), workers=2, interrupted=stop.set))
    assert told == [True]


def test_chunks_and_cores() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert available_cores() >= 1
