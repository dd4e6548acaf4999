from __future__ import annotations

import numpy as np
import pytest

from sightline.networks.views import MOST, boxes, parts


@pytest.mark.parametrize("zoom", [1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize(("height", "width"), [(60, 60), (60, 90), (31, 47), (1, 1), (2, 500), (300, 40)])
def test_squares_cover_the_picture_evenly(height: int, width: int, zoom: float) -> None:
    found = boxes(height, width, zoom)
    assert 1 <= len(found) <= MOST
    sizes = {(bottom - top, right - left) for top, left, bottom, right in found}
    side = max(1, round(min(height, width) / zoom))
    assert sizes == {(side, side)}
    seen = np.zeros((height, width), bool)
    for top, left, bottom, right in found:
        assert 0 <= top < bottom <= height and 0 <= left < right <= width
        seen[top:bottom, left:right] = True
    if height / side * width / side <= MOST / 2:
        assert seen.all()
    if len(found) > 1:
        assert seen[0, 0] and seen[-1, -1]


def test_without_a_zoom_the_whole_picture_is_one_part() -> None:
    picture = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    (whole,) = parts(picture, 0)
    np.testing.assert_array_equal(whole, picture)
