from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from sightline.parallel import ordered_map
from sightline.threads import libraries, one_thread_each, threads_of_their_own


def threads_of_libraries() -> tuple[int, list[int]]:
    return cv2.getNumThreads(), [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


def test_libraries_get_their_threads_back() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    before = threads_of_libraries()
    with one_thread_each(), one_thread_each() as holder:
        assert threads_of_libraries()[0] == threads_of_libraries()[1][0] == 1
        with threads_of_their_own(holder):
            assert threads_of_libraries()[0] == threads_of_libraries()[1][0] == 1  # the other is inside
    with one_thread_each() as holder, threads_of_their_own(holder):
        assert threads_of_libraries() == before
    assert threads_of_libraries() == before


def test_who_lets_go_twice_is_no_other_holder() -> None:
    """Ctrl-C may come after a holder has let go and before that is known: the next one limits all the same."""
    np.ones((2, 2)) @ np.ones((2, 2))
    before = threads_of_libraries()
    with one_thread_each() as holder:
        libraries.let_go(holder)
    libraries.let_go(holder)
    with one_thread_each():
        assert set(threads_of_libraries()[1]) == {1}
    assert threads_of_libraries() == before


def test_a_map_that_the_collector_ends_while_libraries_are_set_does_not_wait_for_itself() -> None:
    """The thread that is at it has the lock already."""
    results = ordered_map(abs, range(9), workers=1, to_user=True)
    next(results)
    with libraries._lock:
        thread = threading.Thread(target=results.close, daemon=True)
        thread.start()
        thread.join(0.05)
        assert thread.is_alive()  # another thread waits
        again = ordered_map(abs, range(9), workers=1)
        next(again)
        again.close()
    thread.join(10)
    assert not thread.is_alive()


def test_who_leaves_last_gives_them_back_whoever_came_first() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with one_thread_each():
            inside.set()
            leave.wait(10)

    with threadpool_limits(2):
        before = threads_of_libraries()
        thread = threading.Thread(target=first)
        thread.start()
        inside.wait(10)
        assert set(threads_of_libraries()[1]) == {1}
        with one_thread_each():
            leave.set()
            thread.join()
            assert set(threads_of_libraries()[1]) == {1}
        assert threads_of_libraries() == before


@pytest.mark.parametrize(("workers", "made"), [(1, 1), (2, 5)])
def test_a_map_that_nobody_goes_on_with_leaves_libraries_their_threads(workers: int, made: int) -> None:
    """As of `next(model.predict(folder))` in a notebook, where the rest has a name."""
    with threadpool_limits(2):
        before = threads_of_libraries()
        seen: list[int] = []
        results = ordered_map(lambda n: seen.append(threads_of_libraries()[0]), range(99), workers, to_user=True)
        next(results)
        for _ in range(1000):  # the helper works ahead until there is no room
            if len(seen) == made and threads_of_libraries() == before:
                break
            time.sleep(0.01)
        assert threads_of_libraries() == before and set(seen) == {1}
        list(results)
        assert set(seen) == {1} and threads_of_libraries() == before


LATE_BLAS = """
import numpy
from threadpoolctl import threadpool_info, threadpool_limits
from sightline.threads import one_thread_each, threads_of_their_own

def threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

with one_thread_each():
    assert set(threads()) == {1}, threads()
    import scipy.linalg
    with one_thread_each():
        assert set(threads()) == {1}, threads()
before = threads()
assert max(before) == 2, before
with one_thread_each():
    assert set(threads()) == {1}, threads()
assert threads() == before, threads()
"""


def test_a_library_that_is_loaded_late_is_held_too() -> None:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", LATE_BLAS], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
