from __future__ import annotations

import numpy as np
import pytest

from sightline.transforms.occlusion import occluded
from tests.pictures import gradient


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_share_is_hidden_by_the_mean_color(share: float) -> None:
    one = gradient(50)
    before = one.copy()
    hidden = occluded(one, share, 0.0, 1.0)
    color = np.rint(one.mean(axis=(0, 1))).astype(np.uint8)
    assert (hidden == color).all(axis=2).mean() == pytest.approx(share, abs=0.02)
    np.testing.assert_array_equal(hidden[-1, 0], color)
    np.testing.assert_array_equal(one, before)


def test_nothing_and_all() -> None:
    one = gradient(10)
    assert occluded(one, 0.0, 0.5, 0.5) is one
    assert np.ptp(occluded(one, 1.0, 0.5, 0.5), axis=(0, 1)).max() == 0
