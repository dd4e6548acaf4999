from __future__ import annotations

import cv2
import numpy as np

from sightline.classical.descriptors.keypoints import strongest


def points(*given: tuple[float, float, float, float]) -> list[cv2.KeyPoint]:
    return [cv2.KeyPoint(x, y, size, 0.0, response) for x, y, size, response in given]


def test_strongest_first_and_no_more_than_asked_for() -> None:
    order, positions = strongest(points((1, 2, 3, 0.1), (5, 6, 3, 0.9), (3, 4, 3, 0.5)), 2, (10, 20))
    assert order.tolist() == [1, 2]
    np.testing.assert_allclose(positions, [[5.5 / 20, 6.5 / 10], [3.5 / 20, 4.5 / 10]], rtol=1e-6)
    assert positions.dtype == np.float32


def test_the_order_they_were_found_in_does_not_matter() -> None:
    equal = [(4.0, 1.0, 2.0, 0.5), (4.0, 1.0, 1.0, 0.5), (2.0, 9.0, 1.0, 0.5), (1.0, 9.0, 1.0, 0.5)]
    order, _ = strongest(points(*equal), 4, (10, 10))
    back, _ = strongest(points(*equal[::-1]), 4, (10, 10))
    assert [equal[row] for row in order] == [equal[::-1][row] for row in back]


def test_positions_stay_inside() -> None:
    _, positions = strongest(points((-2, 9.9, 1, 1)), 5, (10, 10))
    assert positions.tolist() == [[0, 1]]
