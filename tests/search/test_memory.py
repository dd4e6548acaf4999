from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sightline.data.store import FeatureStore
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.search import memory
from sightline.search.memory import LEAST_BYTES, Vectors, memory_limit, rows_in_memory
from sightline.search.represent import Represented

DIGESTS = [b"one", b"two", b"three"]
HOG, WORDS = parse("HOG()"), parse("DenseSIFT() > BagOfVisualWords()")


def made(rows: int = 3, width: int = 4) -> Represented:
    return Represented([np.random.default_rng(rows).random((rows, width)).astype(np.float32)], [HOG])


def test_what_was_put_is_found_under_the_same_preparation_and_views_only() -> None:
    vectors, found = Vectors(DIGESTS, folds=True), made()
    vectors.under(Preparation()).put(HOG, found)
    assert vectors.under(Preparation()).get(HOG) is found
    assert vectors.knows(HOG, Preparation(), "none") and not vectors.knows(HOG, Preparation(), "mirrored")
    assert vectors.under(Preparation(), "mirrored").get(HOG) is None
    assert vectors.under(Preparation(max_side_px=64)).get(HOG) is None
    assert vectors.under(Preparation()).get(WORDS) is None


def test_what_was_learned_in_folds_serves_those_folds_only(tmp_path: Path) -> None:
    whole = Vectors(DIGESTS, folds=False, features=FeatureStore(tmp_path))
    whole.under(Preparation()).put(WORDS, made())
    assert whole.under(Preparation()).get(WORDS) is None
    folds = Vectors(DIGESTS, folds=True, features=FeatureStore(tmp_path))
    folds.under(Preparation()).put(WORDS, made())
    assert folds.under(Preparation()).get(WORDS) is not None
    assert not list(tmp_path.glob("features-*"))


def test_what_learns_nothing_outlives_the_process(tmp_path: Path) -> None:
    Vectors(DIGESTS, True, FeatureStore(tmp_path)).under(Preparation(), "mirrored").put(HOG, made(6))
    again = Vectors(DIGESTS, True, FeatureStore(tmp_path)).under(Preparation(), "mirrored").get(HOG)
    assert again is not None and np.array_equal(again.of(0), made(6).of(0))
    assert Vectors(DIGESTS[::-1], True, FeatureStore(tmp_path)).under(Preparation(), "mirrored").get(HOG) is None


def test_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: 3 * 4 * 4)
    kept = Vectors(DIGESTS, folds=True)
    for text in ("HOG()", "HOG(bins=8)"):
        kept.under(Preparation()).put(parse(text), made())
    assert not kept.knows(HOG, Preparation(), "none") and kept.knows(parse("HOG(bins=8)"), Preparation(), "none")


def test_more_memory_holds_more_rows() -> None:
    assert memory_limit() >= LEAST_BYTES
    assert rows_in_memory(1000) == memory_limit() // 4000
    assert rows_in_memory(0) > rows_in_memory(1000)
