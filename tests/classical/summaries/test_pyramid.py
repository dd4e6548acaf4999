from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.summaries.additive import AdditiveSummary
from sightline.classical.summaries.bovw import BagOfVisualWords
from sightline.classical.summaries.codebook import Codebook
from sightline.classical.summaries.fisher import FisherVector
from sightline.classical.summaries.local_moments import LocalMoments
from sightline.classical.summaries.pyramid import SpatialPyramid
from sightline.classical.summaries.vlad import VLAD
from sightline.contracts import LocalFeatures, Summary
from sightline.errors import ComponentError
from tests.contract import contract_of

CORNERS = LocalFeatures(
    np.array([[0.0], [1.0], [1.0], [1.0]], np.float32),
    np.array([[0.1, 0.1], [0.9, 0.1], [1.0, 1.0], [0.5, 0.5]], np.float32),
)


def pyramid(levels: int) -> SpatialPyramid:
    return SpatialPyramid(BagOfVisualWords(words=2), levels).restore(
        {"summary/words_": np.array([[0], [1]], np.float32)}
    )


def test_cells_are_encoded_row_by_row_with_lazebniks_weights() -> None:
    vector = pyramid(2).encode(CORNERS).reshape(5, 2)
    half = np.sqrt(0.5)
    expected = half * np.array([[0.5, np.sqrt(0.75)], [1, 0], [0, 1], [0, 0], [0, 1]])
    np.testing.assert_allclose(vector, expected, atol=1e-6)


@pytest.mark.parametrize(("levels", "cells"), [(1, 1), (2, 5), (3, 21)])
def test_weights_of_a_full_pyramid_sum_to_one(levels: int, cells: int) -> None:
    grid = (np.mgrid[:8, :8].reshape(2, -1).T + 0.5) / 8
    everywhere = LocalFeatures(np.ones((64, 1), np.float32), grid.astype(np.float32))
    vector = pyramid(levels).encode(everywhere)
    assert vector.shape == (2 * cells,)
    per_level = [np.sum(vector[2 * start : 2 * end] ** 2) / n for start, end, n in _levels(levels)]
    assert np.isclose(sum(per_level), 1)


def _levels(levels: int) -> list[tuple[int, int, int]]:
    bounds = np.cumsum([0] + [4**level for level in range(levels)])
    return [(bounds[level], bounds[level + 1], 4**level) for level in range(levels)]


def test_no_features_are_zeros() -> None:
    none = LocalFeatures(np.zeros((0, 1), np.float32), np.zeros((0, 2), np.float32))
    assert pyramid(2).encode(none).tolist() == [0.0] * 10


def test_every_pyramid_has_a_bag_of_its_own() -> None:
    first, second = SpatialPyramid(), SpatialPyramid()
    assert first.summary is not second.summary
    first.set_params(summary__words=7)
    assert second.get_params()["summary__words"] == 200


def test_refuses_levels_out_of_range() -> None:
    with pytest.raises(ComponentError, match="allowed: 1 to 5"):
        SpatialPyramid(BagOfVisualWords(words=2), levels=0).fit([CORNERS])


INNER = [
    BagOfVisualWords(words=6),
    BagOfVisualWords(words=6, assignment="soft"),
    VLAD(words=5),
    FisherVector(components=3, power=1.0),
    LocalMoments("covariance"),
]


@pytest.mark.parametrize("inner", INNER, ids=repr)
@pytest.mark.parametrize("levels", [1, 2, 4])
def test_sums_of_cells_give_what_cell_by_cell_gives(inner: AdditiveSummary, levels: int) -> None:
    random = np.random.default_rng(levels)
    positions = np.concatenate([random.random((300, 2)), [[1, 1], [0, 1], [0.5, 0.25]]]).astype(np.float32)
    features = LocalFeatures(random.random((303, 4)).astype(np.float32), positions)
    found = SpatialPyramid(inner.clone(), levels).fit([features]).encode(features)
    slow = SpatialPyramid(OneByOne(inner.clone()), levels).fit([features]).encode(features)
    np.testing.assert_allclose(found, slow, atol=1e-4)


class OneByOne(Summary):
    """Another summary, whose being a sum is hidden."""

    def __init__(self, summary: Summary) -> None:
        self.summary = summary

    def fit(self, features: Any, y: Any = None) -> Any:
        self.summary.fit(features)
        return self

    def encode(self, features: LocalFeatures) -> Any:
        return self.summary.encode(features)


def test_vectors_are_assigned_once_whatever_the_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    nearest = Codebook.nearest
    monkeypatch.setattr(Codebook, "nearest", lambda self, vectors: asked.append(len(vectors)) or nearest(self, vectors))
    pyramid(4).encode(CORNERS)
    assert asked == [4]


test_a_pyramid_of_vlad_keeps_the_contract = contract_of(SpatialPyramid(VLAD(words=3), 3))
