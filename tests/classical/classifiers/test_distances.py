from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from sightline.classical.classifiers import distances
from sightline.classical.classifiers.distances import METRICS, nearest_rows
from sightline.classical.classifiers.points import points


def by_definition(metric: str, rows: np.ndarray, training: np.ndarray) -> np.ndarray:
    a, b = rows[:, None].astype(float), training[None].astype(float)
    shared = np.minimum(a, b).sum(axis=2)
    values: np.ndarray = {
        "euclidean": np.sqrt(((a - b) ** 2).sum(axis=2)),
        "manhattan": np.abs(a - b).sum(axis=2),
        "cosine": 1 - (a * b).sum(axis=2) / np.linalg.norm(a, axis=2) / np.linalg.norm(b, axis=2),
        "chi2": ((a - b) ** 2 / np.maximum(a + b, 1e-30)).sum(axis=2),
        "hellinger": np.sqrt(((np.sqrt(a) - np.sqrt(b)) ** 2).sum(axis=2) / 2),
        "intersection": 1 - shared / np.maximum(a.sum(axis=2), b.sum(axis=2)),
    }[metric]
    return values


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("block", [distances.BLOCK, 40])
@pytest.mark.parametrize("kept", [True, False])
def test_neighbors_are_the_nearest_by_definition(
    metric: str, block: int, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distances, "BLOCK", block)
    monkeypatch.setattr(distances, "STRIP_VALUES", 5 * block // 3)
    random = np.random.default_rng(0)
    training, rows = random.random((330, 5)).astype(np.float32), random.random((40, 5)).astype(np.float32)
    training[7], rows[:, 2] = 0.01, 0
    expected = by_definition(metric, rows, training)
    near, found = nearest_rows(rows, training, 9, metric, points(training) if kept else None)
    np.testing.assert_allclose(found, np.sort(expected, axis=1)[:, :9], rtol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(expected, near, axis=1), found, rtol=1e-5)


@pytest.mark.parametrize("metric", METRICS)
def test_equal_rows_are_at_distance_zero_and_zeros_are_no_nan(metric: str) -> None:
    rows = np.random.default_rng(0).random((6, 300)).astype(np.float32)
    rows[0] = 0
    near, found = nearest_rows(rows, rows, 1, metric)
    assert near[1:, 0].tolist() == [1, 2, 3, 4, 5] and not found[1:].any() and np.isfinite(found).all()


def test_ties_go_to_the_first_also_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "BLOCK", 2)
    X = np.array([[0, 1], [1, 0], [1, 0], [1, 0], [1, 0]], np.float32)
    near, found = nearest_rows(X[1:2], X, 3, "euclidean")
    assert near.tolist() == [[1, 2, 3]] and not found.any()
    assert nearest_rows(X[:1], X, 9, "cosine")[0].shape == (1, 5)


def test_zero_rows_are_at_right_angles_to_all() -> None:
    assert nearest_rows(np.zeros((1, 2), np.float32), np.eye(2, dtype=np.float32), 2, "cosine")[1].tolist() == [[1, 1]]


@pytest.mark.parametrize("metric", ["euclidean", "chi2"])
def test_memory_does_not_grow_with_the_training_rows(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "BLOCK", 500)
    training, rows = np.ones((20_000, 4), np.float32), np.ones((50, 4), np.float32)
    tracemalloc.start()
    nearest_rows(rows, training, 5, metric)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * 20_000 * 8 / 4


@pytest.mark.parametrize("offset", [[1e6], [1e6, -1e6]])
@pytest.mark.parametrize("width", [3, 100_000])
def test_rows_far_from_zero_are_told_apart(offset: list[float], width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "STRIP_VALUES", width)
    random = np.random.default_rng(0)
    training = (random.normal(0, 1, (60, 5)) + np.resize(offset, (60, 1))).astype(np.float32)
    rows = (random.normal(0, 1, (9, 5)) + np.resize(offset, (9, 1))).astype(np.float32)
    expected = np.sqrt(((rows[:, None].astype(float) - training[None]) ** 2).sum(axis=2))
    near, found = nearest_rows(rows, training, 4, "euclidean")
    np.testing.assert_allclose(found, np.sort(expected, axis=1)[:, :4], rtol=1e-5)
    assert near[:, 0].tolist() == expected.argmin(axis=1).tolist()
