from __future__ import annotations

import numpy as np
import pytest

from sightline.pipeline import nearest as nearest_module
from sightline.pipeline.nearest import NavigableSmallWorld, nearest
from sightline.pipeline.sketch import unit


def drawn(m: int, p: int, seed: int, noise: float = 0.7) -> np.ndarray:
    """m unit vectors around 100 centers that the dimensions decide, so that two seeds draw from the same clusters."""
    centers = np.random.default_rng(p).standard_normal((100, p))
    random = np.random.default_rng(seed)
    return unit((centers[random.integers(0, 100, m)] + noise * random.standard_normal((m, p))).astype(np.float32))


def by_brute_force(points: np.ndarray, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    cosines = queries.astype(np.float64) @ points.astype(np.float64).T
    rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return rows, np.take_along_axis(cosines, rows, axis=1)


def test_the_nearest_are_those_of_brute_force_whatever_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    points, queries = drawn(700, 16, 0), drawn(50, 16, 1)
    expected, cosines = by_brute_force(points, queries, 9)
    for cells in (10**9, 7 * 700, 1):
        monkeypatch.setattr(nearest_module, "CELLS", cells)
        rows, similarities = nearest(points, queries, 9)
        assert rows.dtype == np.int64 and similarities.dtype == np.float32
        assert np.array_equal(rows, expected)
        assert np.allclose(similarities, cosines, atol=1e-6)
        assert (np.diff(similarities, axis=1) <= 0).all() and np.abs(similarities).max() <= 1


def test_one_by_one_equals_the_batch_bit_by_bit() -> None:
    points, queries = drawn(3000, 64, 2), drawn(33, 64, 3)
    rows, similarities = nearest(points, queries, 5)
    for number, query in enumerate(queries):
        alone, cosines = nearest(points, query[None], 5)
        assert np.array_equal(alone[0], rows[number]) and np.array_equal(cosines[0], similarities[number])


@pytest.mark.parametrize("block", [4096, 3])
def test_ties_come_in_the_order_of_the_points(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_module, "BLOCK", block)
    few = drawn(4, 32, 4)
    points = few[[0, 1, 0, 2, 0, 3, 0, 1]]
    rows, similarities = nearest(points, few[:2], 3)
    assert rows.tolist()[0] == [0, 2, 4] and rows.tolist()[1][:2] == [1, 7]
    assert similarities[0] == pytest.approx([1, 1, 1], abs=1e-6)
    assert nearest(points, few[:1], 4)[0].tolist() == [[0, 2, 4, 6]]


def test_more_than_there_are_gives_all_and_nothing_gives_nothing() -> None:
    points = drawn(6, 8, 5)
    assert sorted(nearest(points, points[:1], 99)[0][0].tolist()) == list(range(6))
    assert nearest(points, points[:0], 3)[0].shape == (0, 3)
    zeros = np.zeros((2, 8), np.float32)
    assert nearest(zeros, points[:1], 2)[0].tolist() == [[0, 1]]


def test_the_graph_finds_nearly_all_of_the_nearest() -> None:
    pytest.importorskip("voyager", reason="needs the extra neighbors")
    points, queries = drawn(20_000, 32, 6), drawn(200, 32, 7)
    exact, cosines = nearest(points, queries, 10)
    rows, similarities = NavigableSmallWorld(points).nearest(queries, 10)
    recall = np.mean([len(np.intersect1d(one, other)) / 10 for one, other in zip(rows, exact, strict=True)])
    assert recall >= 0.95
    same = rows == exact
    assert np.array_equal(similarities[same], cosines[same])
    assert (np.diff(similarities, axis=1) <= 0).all()


def test_a_graph_of_few_points_gives_as_many_as_there_are() -> None:
    pytest.importorskip("voyager", reason="needs the extra neighbors")
    points = drawn(7, 8, 8)
    rows, _ = NavigableSmallWorld(points).nearest(points, 99)
    assert rows.shape == (7, 7) and rows[:, 0].tolist() == list(range(7))
