from __future__ import annotations

import numpy as np
import pytest

from sightline.transforms.photometric import blurred, contrasted, lit
from tests.pictures import gradient, noise


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_light_multiplies_and_clips(dtype: str) -> None:
    one = np.array([0, 40, 100, 250], dtype).reshape(2, 2, 1)
    brighter = lit(one, 0.5)
    most = 255 if dtype == "uint8" else np.inf
    np.testing.assert_allclose(brighter.ravel(), np.minimum([0, 60, 150, 375], most))
    assert brighter.dtype == dtype
    np.testing.assert_array_equal(lit(one, 0.0), one)


def test_contrast_leaves_the_mean() -> None:
    one = np.clip(gradient(32), 60, 180)
    more, less = contrasted(one, 0.3), contrasted(one, -0.3)
    assert more.mean() == pytest.approx(one.mean(), abs=0.6) == less.mean()
    assert more.std() == pytest.approx(1.3 * one.std(), rel=0.02)
    assert contrasted(one, -1.0).std() < 1


def test_blur_smooths_and_keeps_the_mean() -> None:
    one = noise(64, 0)
    soft, softer = blurred(one, 2.0), blurred(one, 5.0)
    assert softer.std() < soft.std() < one.std()
    assert soft.mean() == pytest.approx(one.mean(), abs=1)
    assert blurred(one, 0.0) is one
    assert blurred(one[..., :1], 2.0).shape == (64, 64, 1)
