from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from sightline import version
from sightline.components import build
from sightline.data.store import FeatureStore
from sightline.search.trying import memory
from sightline.search.trying.memory import LEAST_BYTES, Vectors, memory_limit, rows_in_memory
from sightline.search.trying.represented import Represented

DIGESTS = [b"a", b"b", b"c", b"d"]
ROWS = np.random.default_rng(0).random((4, 3)).astype(np.float32)
LEARNED = Represented([ROWS], [build("HOG()")])


def test_blocks_end_at_the_rungs_below_and_at_the_last_picture() -> None:
    vectors = Vectors(DIGESTS, (2, 4))
    assert vectors.blocks(4) == [(0, 2), (2, 4)] and vectors.blocks(2) == [(0, 2)]
    assert vectors.blocks(3) == [(0, 2), (2, 3)] and vectors.blocks(1) == [(0, 1)]


def test_what_was_kept_is_found_and_counted() -> None:
    vectors = Vectors(DIGESTS, (2, 4))
    vectors.keep_block("HOG", (0, 2), ROWS[:2])
    found = vectors.block("HOG", (0, 2))
    assert found is not None and np.array_equal(found, ROWS[:2])
    assert vectors.block("HOG", (2, 4)) is None and vectors.block("other", (0, 2)) is None
    assert vectors.knows("HOG", 4) == 2
    vectors.keep_learned("words", LEARNED)
    assert vectors.learned("words") is LEARNED and vectors.learned("HOG") is None


def test_blocks_outlive_the_process_and_belong_to_their_pictures(tmp_path: Path) -> None:
    Vectors(DIGESTS, (2, 4), FeatureStore(tmp_path)).keep_block("HOG", (2, 4), ROWS[2:])
    found = Vectors(DIGESTS, (4,), FeatureStore(tmp_path)).block("HOG", (2, 4))
    assert found is not None and np.array_equal(found, ROWS[2:])
    assert Vectors(DIGESTS, (2, 4), FeatureStore(tmp_path)).knows("HOG", 4) == 2
    assert Vectors(DIGESTS[::-1], (2, 4), FeatureStore(tmp_path)).block("HOG", (2, 4)) is None
    assert Vectors(DIGESTS, (2, 4), FeatureStore(tmp_path)).block("HOG", (0, 2)) is None


def test_blocks_belong_to_the_versions_that_made_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Vectors(DIGESTS, (4,), FeatureStore(tmp_path)).keep_block("HOG", (0, 4), ROWS)
    assert Vectors(DIGESTS, (4,), FeatureStore(tmp_path)).block("HOG", (0, 4)) is not None
    monkeypatch.setattr(version, "libraries", lambda: {"opencv": "9"})
    assert Vectors(DIGESTS, (4,), FeatureStore(tmp_path)).block("HOG", (0, 4)) is None


def test_the_oldest_go_first_and_what_was_learned_before_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: 2 * ROWS.nbytes)
    vectors = Vectors(DIGESTS, (4,))
    for name in ("first", "second"):
        vectors.keep_learned(name, LEARNED)
    vectors.keep_block("HOG", (0, 4), ROWS)
    assert vectors.learned("first") is None and vectors.learned("second") is LEARNED
    assert vectors.block("HOG", (0, 4)) is not None


def test_the_same_is_made_by_one_thread_at_a_time() -> None:
    vectors, made, both = Vectors(DIGESTS, (4,)), [], threading.Barrier(2, timeout=10)

    def make() -> None:
        both.wait()
        with vectors.making("HOG"):
            if vectors.block("HOG", (0, 4)) is None:
                made.append(1)
                vectors.keep_block("HOG", (0, 4), ROWS)

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_more_memory_holds_more_rows() -> None:
    assert memory_limit() >= LEAST_BYTES
    assert rows_in_memory(1000) == memory_limit() // 4000
    assert rows_in_memory(0) > rows_in_memory(1000)
