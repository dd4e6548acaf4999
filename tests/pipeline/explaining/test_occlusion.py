from __future__ import annotations

import numpy as np
import pytest

from sightline.pipeline.explaining.occlusion import hidden, occlusion
from tests.pipeline.explaining.squares import fitted, hit, plain, squared


@pytest.mark.parametrize("text", ["LocalBinaryPattern() > LinearSVM()", "ColorMoments() > LogisticRegression()"])
def test_the_square_that_tells_the_class_is_found(text: str) -> None:
    graph, hits = fitted(text), 0
    for seed in range(100, 110):
        picture, box = squared(seed)
        hits += hit(occlusion(graph, picture, 1, 2), box)
    assert hits >= 9  # by chance fewer than 2


def test_against_the_other_class_it_speaks_as_much_as_for_its_own() -> None:
    graph = fitted("LocalBinaryPattern() > LinearSVM()")
    picture, _ = squared(100)
    np.testing.assert_allclose(occlusion(graph, picture, 0, 2), -occlusion(graph, picture, 1, 2), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (200, 2), (3, 3)])
def test_thin_pictures_have_heat_too(shape: tuple[int, int]) -> None:
    graph = fitted("ColorHistogram(bins=4) > LinearSVM()", 8)
    heat = occlusion(graph, plain(1, 200)[: shape[0], : shape[1]], 1, 2)
    assert heat.shape == shape and heat.dtype == np.float32 and np.isfinite(heat).all()


def test_a_box_is_filled_with_what_surrounds_it() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 200, 60).astype(np.uint8)
    before = picture.copy()
    spotted = picture.copy()
    spotted[10:20, 20:30] = 255
    filled = hidden(spotted, (10, 20, 20, 30))
    assert np.abs(filled.astype(int) - picture).max() < 35  # the ramp goes on, smoothed; 255 is gone
    np.testing.assert_array_equal(filled[:10], before[:10])
    assert spotted[15, 25, 0] == 255


def test_all_of_a_picture_hidden_is_its_mean_color() -> None:
    picture = plain(0, 9)
    np.testing.assert_allclose(hidden(picture, (0, 0, 9, 9))[4, 4], picture.mean((0, 1)), atol=0.51)
