from __future__ import annotations

import numpy as np
import pytest

from sightline.pipeline.explaining.grid import MOST_PX, Grid, heat_shape, painted


@pytest.mark.parametrize("shape", [(64, 64), (48, 100), (1, 1), (1, 300), (700, 2), (5, 6)])
def test_cells_cover_every_pixel_once(shape: tuple[int, int]) -> None:
    for along in (1, 6, 9):
        grid = Grid.of(*shape, along)
        covered = np.zeros(shape, int)
        for top, left, bottom, right in grid.boxes():
            covered[top:bottom, left:right] += 1
        assert (covered == 1).all() and len(list(grid.boxes())) == len(grid) <= along**2


def test_positions_fall_into_the_cells_that_hold_them() -> None:
    grid = Grid.of(40, 80, 8)
    positions = np.array([[0, 0], [1, 1], [0.99, 0.01], [0.5, 0.5]], np.float32)
    assert grid.cells(positions).tolist() == [0, 31, 7, 20]


def test_heat_has_one_unit_whatever_the_cells() -> None:
    for grid in (Grid.of(64, 64, 4), Grid.of(64, 64, 8)):
        heat = painted(np.full((grid.rows, grid.columns), 10 / len(grid)), (64, 64))
        np.testing.assert_allclose(heat, 0.1, rtol=1e-6)  # 10 nats over 100 hundredths


def test_heat_is_of_the_picture_up_to_a_bound() -> None:
    assert heat_shape(30, 20) == (30, 20)
    assert heat_shape(3 * MOST_PX, MOST_PX) == (MOST_PX, round(MOST_PX / 3))
    assert heat_shape(9000, 1) == (MOST_PX, 1)
