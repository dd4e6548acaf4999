from __future__ import annotations

import colorsys

import numpy as np
import pytest

from sightline.classical.descriptors.color import ColorHistogram
from sightline.errors import ComponentError, InputError
from tests.pictures import noise


def test_rgb_counts_equal_numpy() -> None:
    picture = noise(40, 0)
    counts, _ = np.histogramdd(picture.reshape(-1, 3), bins=4, range=[(0, 256)] * 3)
    expected = np.sqrt(counts.ravel() / 1600)
    np.testing.assert_allclose(ColorHistogram(space="rgb", bins=4).describe(picture), expected, atol=1e-6)


@pytest.mark.parametrize("color", [(255, 0, 0), (0, 255, 0), (10, 20, 200), (200, 180, 90)])
def test_hsv_bin_of_one_color(color: tuple[int, int, int]) -> None:
    hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in color))
    expected = [min(int(part * 8), 7) for part in (hue, saturation, value)]
    vector = ColorHistogram().describe(np.full((5, 6, 3), color, np.uint8))
    assert np.unravel_index(vector.argmax(), (8, 8, 8)) == tuple(expected)
    assert vector.max() == 1


def test_a_grid_says_where_a_color_is() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:4, 4:] = 255
    vector = ColorHistogram(space="rgb", bins=2, grid=2).describe(picture).reshape(4, 8)
    assert vector.argmax(axis=1).tolist() == [0, 7, 0, 0]


def test_each_region_has_length_one_unless_it_holds_no_pixel() -> None:
    lengths = np.linalg.norm(ColorHistogram(space="lab", grid=2).describe(noise(30, 1)).reshape(4, -1), axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-6)
    one_pixel = ColorHistogram(grid=2).describe(np.zeros((1, 1, 3), np.uint8))
    assert one_pixel.shape == (4 * 512,) and one_pixel.sum() == 1


def test_refuses_what_it_cannot_describe() -> None:
    with pytest.raises(ComponentError, match='did you mean "hsv"'):
        ColorHistogram(space="hsb").describe(noise(8, 0))
    with pytest.raises(ComponentError, match="bins=64"):
        ColorHistogram(bins=64).describe(noise(8, 0))
    with pytest.raises(InputError, match="Preparation"):
        ColorHistogram().describe(noise(8, 0)[:, :, :1])
