"""Rows of three overlapping classes in twelve columns, one of them constant and one far from 0."""

from __future__ import annotations

import numpy as np
import pytest

Rows = tuple[np.ndarray, np.ndarray]


def draw(n: int, k: int = 3, seed: int = 0) -> Rows:
    random = np.random.default_rng(seed)
    y = np.arange(n) % k
    centers = np.random.default_rng(99).normal(0, 1.2, (k, 12))
    X = centers[y] + random.normal(0, 1, (n, 12))
    X[:, 3] = 5
    X[:, 7] = 1000 + 10 * X[:, 7]
    return X.astype(np.float32), y


@pytest.fixture
def three() -> Rows:
    return draw(150)


@pytest.fixture
def two() -> Rows:
    return draw(100, k=2)


@pytest.fixture
def unseen() -> np.ndarray:
    return draw(700, seed=1)[0]
