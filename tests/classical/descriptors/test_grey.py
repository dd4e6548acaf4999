from __future__ import annotations

import numpy as np

from sightline.classical.descriptors.grey import CENTER, gradient_angles, gradient_codes, grey
from tests.pictures import noise


def test_luma_of_a_color_picture() -> None:
    picture = noise(20, 0)
    expected = picture @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey(picture) - expected).max() <= 0.51
    assert np.array_equal(grey(picture[:, :, :1]), picture[:, :, 0])
    assert grey(picture[::-1, ::2], size_px=8).shape == (8, 8)


def test_codes_look_up_the_gradient() -> None:
    image = noise(12, 1)[:, :, 0].astype(np.uint8)
    angles, magnitudes = gradient_angles()
    codes = gradient_codes(image)
    wide = image.astype(float) / 255
    down, right = wide[6, 5] - wide[4, 5], wide[5, 6] - wide[5, 4]
    assert np.isclose(magnitudes[codes[5, 5]], np.hypot(down, right))
    assert np.isclose(angles[codes[5, 5]], np.rad2deg(np.arctan2(down, right)) % 360)


def test_no_gradient_across_the_border() -> None:
    codes = gradient_codes(np.array([[0, 255]], np.uint8))
    assert codes.tolist() == [[CENTER, CENTER]]
    assert gradient_codes(np.zeros((1, 1), np.uint8)).tolist() == [[CENTER]]
