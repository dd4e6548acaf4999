from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.summaries.patch_dictionary import PatchDictionary
from sightline.classical.summaries.pyramid import SpatialPyramid
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of


def features(m: int, seed: int = 0) -> LocalFeatures:
    random = np.random.default_rng(seed)
    return LocalFeatures(random.normal(0, 1, (m, 12)).astype(np.float32), random.random((m, 2)).astype(np.float32))


test_keeps_the_contract = contract_of(
    PatchDictionary(words=20),
    PatchDictionary(words=7, coding="rectified", grid=3),
    SpatialPyramid(summary=PatchDictionary(words=5, grid=1), levels=2),
)


def test_triangle_codes_are_those_of_the_paper() -> None:
    one = features(300)
    fitted = PatchDictionary(words=30, grid=1).fit([one])
    distances = np.linalg.norm(one.vectors[:, None].astype(float) - fitted.words_, axis=2)
    codes = np.maximum(distances.mean(axis=1, keepdims=True) - distances, 0)
    np.testing.assert_allclose(fitted.encode(one), np.sqrt(codes.mean(axis=0)), rtol=1e-4, atol=1e-5)


def test_rectified_codes_hold_both_sides() -> None:
    one = features(300)
    fitted = PatchDictionary(words=30, grid=1, coding="rectified", threshold=0.5).fit([one])
    np.testing.assert_allclose(np.linalg.norm(fitted.words_, axis=1), 1, rtol=1e-5)
    projections = one.vectors.astype(float) @ fitted.words_.T
    sides = np.hstack([np.maximum(side - fitted.threshold_, 0) for side in (projections, -projections)])
    np.testing.assert_allclose(fitted.encode(one), np.sqrt(sides.mean(axis=0)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("coding", ["triangle", "rectified"])
def test_each_cell_holds_the_codes_of_its_own_patches(coding: str) -> None:
    one = features(400)
    fitted = PatchDictionary(words=9, grid=2, coding=coding).fit([one])
    whole = fitted.encode(one).reshape(4, -1)
    right_top = (one.positions[:, 0] >= 0.5) & (one.positions[:, 1] < 0.5)
    part = LocalFeatures(one.vectors[right_top], one.positions[right_top])
    alone = fitted.encode(part).reshape(4, -1) * np.sqrt(right_top.mean())
    np.testing.assert_allclose(whole[1], alone[1], rtol=1e-4, atol=1e-6)
    assert not alone[[0, 2, 3]].any()


def test_the_order_of_the_patches_does_not_matter() -> None:
    one, order = features(500), np.random.default_rng(1).permutation(500)
    fitted = PatchDictionary(words=40).fit([one])
    other = LocalFeatures(one.vectors[order], one.positions[order])
    np.testing.assert_allclose(fitted.encode(one), fitted.encode(other), rtol=1e-4, atol=1e-6)


def test_equal_patches_leave_one_word() -> None:
    flat = LocalFeatures(np.zeros((50, 12), np.float32), np.full((50, 2), 0.5, np.float32))
    for coding in ("triangle", "rectified"):
        fitted = PatchDictionary(words=8, coding=coding).fit([flat])
        assert np.isfinite(fitted.encode(flat)).all() and np.isfinite(fitted.encode(features(30))).all()


def test_bad_input_is_refused() -> None:
    with pytest.raises(ComponentError, match='no coding "hexagon"'):
        PatchDictionary(coding="hexagon").fit([features(30)])
    with pytest.raises(ComponentError, match="words and grid 1 or more"):
        PatchDictionary(grid=0).fit([features(30)])
    with pytest.raises(InputError, match="NaN"):
        PatchDictionary(words=2).fit([LocalFeatures(np.full((9, 4), np.nan, np.float32), np.zeros((9, 2), np.float32))])
