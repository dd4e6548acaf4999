from __future__ import annotations

import itertools
import threading

import cv2
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from sightline.parallel import available_cores, chunks, one_thread_each, ordered_map


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


def test_an_error_arrives_at_its_place() -> None:
    def work(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    results = ordered_map(work, range(10), workers=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_libraries_get_their_threads_back() -> None:
    def blas() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    np.ones((2, 2)) @ np.ones((2, 2))
    before = cv2.getNumThreads(), blas()
    with one_thread_each(), one_thread_each():
        assert cv2.getNumThreads() == 1
        assert blas()[0] == 1
    assert (cv2.getNumThreads(), blas()) == before


def test_chunks_and_cores() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert available_cores() >= 1
