from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors.color_moments import ColorMoments
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import noise


def expected_moments(values: Any) -> Any:
    """(p,) values in [0, 1] to mean, deviation and cube root of the third central moment."""
    away = values - values.mean()
    return [values.mean(), np.sqrt(np.mean(away**2)), np.cbrt(np.mean(away**3))]


def test_rgb_moments_are_those_of_the_definition() -> None:
    picture = noise(30, 0) // 3 * 2
    picture[:10] //= 4
    expected = np.concatenate([expected_moments(picture[:, :, channel].ravel() / 255) for channel in range(3)])
    np.testing.assert_allclose(ColorMoments(space="rgb").describe(picture), expected, atol=1e-6)


def test_the_sign_of_skewness_is_where_the_tail_is() -> None:
    picture = np.zeros((10, 10, 3), np.uint8)
    picture[0, 0] = (255, 0, 0)
    picture[:, :, 1] = 255 - picture[:, :, 0]
    vector = ColorMoments(space="rgb").describe(picture)
    assert vector[2] > 0 and vector[5] == -vector[2] and vector[8] == 0


def test_a_grid_goes_region_by_region() -> None:
    picture = noise(20, 1)
    parts = [picture[:10, :10], picture[:10, 10:], picture[10:, :10], picture[10:, 10:]]
    apart = np.concatenate([ColorMoments(space="lab").describe(part) for part in parts])
    np.testing.assert_array_equal(ColorMoments(space="lab", grid=2).describe(picture), apart)


@pytest.mark.parametrize("space", ["hsv", "lab", "rgb"])
def test_one_color_does_not_vary(space: str) -> None:
    vector = ColorMoments(space=space).describe(np.full((7, 5, 3), (200, 30, 90), np.uint8)).reshape(3, 3)
    assert vector[:, 0].all() and not vector[:, 1:].any()


def test_regions_without_pixels_are_zero() -> None:
    vector = ColorMoments(space="rgb", grid=2).describe(np.full((1, 1, 3), 255, np.uint8)).reshape(4, 9)
    assert vector.shape == (4, 9) and vector[:, 0].sum() == 1


def test_refuses_what_it_cannot_describe() -> None:
    with pytest.raises(ComponentError, match='ColorMoments has no space "hsb"; did you mean "hsv"'):
        ColorMoments(space="hsb").describe(noise(8, 0))
    with pytest.raises(ComponentError, match="grid=0"):
        ColorMoments(grid=0).describe(noise(8, 0))
    for other in (noise(8, 0)[:, :, :1], noise(8, 0).astype(np.uint16), np.zeros((8, 8, 5), np.uint8)):
        with pytest.raises(InputError, match="Preparation"):
            ColorMoments().describe(other)


test_keeps_the_contract = contract_of(ColorMoments(), ColorMoments(space="lab", grid=3))
