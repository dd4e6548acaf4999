from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors.statistical import DEEP_LEVELS, NAMES, PERCENTILES, IntensityStatistics
from sightline.components import build
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import gradient, mat, noise

test_keeps_the_contract = contract_of(IntensityStatistics(), IntensityStatistics(grid=3, edge=0.02))


def named(vector: np.ndarray) -> dict[str, float]:
    return dict(zip(NAMES, vector.tolist(), strict=True))


def of_channels(picture: np.ndarray, **how: Any) -> np.ndarray:
    """(regions, c, 11)."""
    return IntensityStatistics(**how).describe(picture).reshape(-1, picture.shape[2], len(NAMES))


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_agrees_with_scipy_and_numpy(depth: str) -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is the reference")
    values = mat(40, 0, broken=True)[:33] / 255.0
    white = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
    picture = (values * white if depth == "float32" else np.round(values * white)).astype(depth)
    flat = values.reshape(-1, 3)
    moments = [flat.mean(axis=0), flat.std(axis=0), stats.skew(flat), stats.kurtosis(flat)]
    percentiles = np.percentile(flat, PERCENTILES, axis=0, method="inverted_cdf")
    entropy = [stats.entropy(np.unique(channel, return_counts=True)[1], base=2) / 8 for channel in flat.T]
    expected = np.column_stack([*moments, *percentiles, entropy])
    exact = 1e-5 if depth == "uint8" else 1.5 / DEEP_LEVELS
    np.testing.assert_allclose(of_channels(picture)[0, :, :-1], expected, atol=exact, rtol=2e-3)


def test_two_levels_in_closed_form() -> None:
    picture = np.zeros((10, 10, 1), np.uint8)
    picture[:2] = 255  # a fifth is white: p = 0.2
    found = named(IntensityStatistics().describe(picture))
    assert found["mean"] == pytest.approx(0.2) and found["deviation"] == pytest.approx(0.4)
    assert found["skewness"] == pytest.approx(0.6 / 0.4) and found["kurtosis"] == pytest.approx((1 - 6 * 0.16) / 0.16)
    assert [found[f"percentile {percent}"] for percent in PERCENTILES] == [0, 0, 0, 0, 1]
    assert found["entropy"] == pytest.approx(-(0.2 * np.log2(0.2) + 0.8 * np.log2(0.8)) / 8)
    assert found["edges"] == pytest.approx(0.2)  # the row on each side of the step, slope 1/2


def test_every_level_once_has_the_whole_entropy() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    assert named(IntensityStatistics().describe(every))["entropy"] == pytest.approx(1)
    deep = np.arange(65536).astype(np.uint16).reshape(256, 256, 1)
    assert named(IntensityStatistics().describe(deep))["entropy"] == pytest.approx(1)


@pytest.mark.parametrize(("step", "edges"), [(50, 0.0), (53, 0.2)])
def test_an_edge_is_a_step_of_a_fifth_of_white(step: int, edges: float) -> None:
    picture = np.full((6, 10, 1), 100, np.uint8)
    picture[:, 5:] += step
    assert named(IntensityStatistics().describe(picture))["edges"] == pytest.approx(edges)
    assert named(IntensityStatistics(edge=0.05).describe(picture))["edges"] == pytest.approx(0.2)


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 16])
def test_channels_do_not_see_each_other(channels: int, depth: str) -> None:
    random = np.random.default_rng(channels)
    white = 1 if depth == "float32" else np.iinfo(depth).max
    picture = (random.random((12, 14, channels)) * white).astype(depth)
    together = of_channels(picture, grid=2)
    alone = [of_channels(np.ascontiguousarray(picture[:, :, [c]]), grid=2) for c in range(channels)]
    np.testing.assert_allclose(together, np.concatenate(alone, axis=1), atol=1e-6)


def test_regions_come_row_by_row() -> None:
    means = of_channels(gradient(64), grid=2)[:, :, 0]
    assert means[0, 0] == means[2, 0] < means[1, 0] == means[3, 0]  # red grows to the right
    assert means[0, 1] == means[1, 1] < means[2, 1] == means[3, 1]  # green downwards
    np.testing.assert_allclose(means[:, 2], 128 / 255, rtol=1e-6)


def test_regions_without_pixels_give_zeros() -> None:
    found = of_channels(np.full((1, 1, 3), 200, np.uint8), grid=4)
    assert found.shape == (16, 3, 11) and (found[:, :, 0] > 0).sum() == 3
    assert np.count_nonzero(found.any(axis=(1, 2))) == 1


@pytest.mark.parametrize("level", [0, 3, 77, 255])
def test_a_constant_picture_has_no_spread(level: int) -> None:
    for picture in (np.full((9, 7, 2), level, np.uint8), np.full((9, 7, 2), level * 257, np.uint16)):
        found = of_channels(picture)[0]
        np.testing.assert_allclose(found[:, [0, 4, 8]], level / 255, atol=1 / DEEP_LEVELS)
        assert not found[:, [1, 2, 3, 9, 10]].any()


def test_floats_beyond_white_count_as_white() -> None:
    picture = np.array([[[-0.5], [0.0], [1.0], [1.7]]], np.float32)
    found = named(IntensityStatistics().describe(picture))
    assert found["mean"] == 0.5 and found["percentile 95"] == 1 and found["percentile 5"] == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_refuses_what_is_not_finite(value: float) -> None:
    picture = np.full((8, 8, 2), 0.5, np.float32)
    picture[3, 3, 1] = value
    with pytest.raises(InputError, match="NaN or infinity"):
        IntensityStatistics().describe(picture)


def test_refuses_what_it_cannot_describe() -> None:
    with pytest.raises(ComponentError, match="grid=0"):
        IntensityStatistics(grid=0).describe(noise(8, 0))
    with pytest.raises(ComponentError, match="edge=2"):
        IntensityStatistics(edge=2).describe(noise(8, 0))
    with pytest.raises(ComponentError, match="grid=99; allowed: 1 to 16"):
        build("IntensityStatistics(grid=99)")
    with pytest.raises(InputError, match="Preparation"):
        IntensityStatistics().describe(np.zeros((8, 8, 17), np.uint8))
