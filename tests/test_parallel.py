from __future__ import annotations

import itertools
import threading

import cv2
import pytest

from sightline.parallel import available_cores, chunks, opencv_alone, ordered_map


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


def test_opencv_gets_its_threads_back() -> None:
    before = cv2.getNumThreads()
    with opencv_alone(), opencv_alone():
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == before


def test_chunks_and_cores() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert available_cores() >= 1
