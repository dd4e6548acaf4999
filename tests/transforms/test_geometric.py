from __future__ import annotations

import numpy as np
import pytest

from sightline.transforms.geometric import cropped, mirrored, sheared, shifted, turned, zoomed
from tests.pictures import disc, gradient


def test_a_mirrored_picture_mirrored_is_the_picture() -> None:
    one = gradient(20)
    np.testing.assert_array_equal(mirrored(mirrored(one)), one)
    np.testing.assert_array_equal(mirrored(one)[:, 0], one[:, -1])


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_move_pixels_alone(quarters: int) -> None:
    one = gradient(21)
    assert np.abs(turned(one, 90 * quarters).astype(int) - np.rot90(one, quarters)).max() <= 1


def test_a_disc_turned_is_the_disc_and_zoomed_has_the_area_of_the_larger_one() -> None:
    one = disc(64, 15)
    assert (np.abs(turned(one, 33).astype(int) - one) > 128).mean() < 0.02
    assert zoomed(one, 2.0).mean() == pytest.approx(4 * one.mean(), rel=0.02)
    assert zoomed(one, 0.5)[16:48, 16:48].mean() == pytest.approx(one.mean(), rel=0.1)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_shape_and_dtype_stay_and_a_constant_stays_one(dtype: str, channels: int) -> None:
    one = np.full((12, 9, channels), 50, dtype)
    for changed in (turned(one, 20), zoomed(one, 1.3), mirrored(one)):
        assert changed.shape == one.shape and changed.dtype == dtype
        assert np.abs(changed.astype(float) - 50).max() < 1e-3


@pytest.mark.parametrize("ratio", [0.25, 0.75, 1.0, 1.5, 4.0])
@pytest.mark.parametrize("shape", [(60, 80), (1, 1), (2, 300)])
def test_a_part_has_the_area_and_lies_inside(ratio: float, shape: tuple[int, int]) -> None:
    one = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(*shape, 1)
    for x, y in ((0.0, 0.0), (1.0, 1.0), (0.5, 0.3)):
        part = cropped(one, 0.5, ratio, x, y)
        assert 1 <= part.shape[0] <= shape[0] and 1 <= part.shape[1] <= shape[1]
        if shape == (60, 80) and 0.5 <= ratio <= 2:
            assert part[..., 0].size == pytest.approx(0.5 * one.size, rel=0.03)
    assert cropped(one, 1.0).shape == one.shape


def test_a_shear_moves_rows_about_the_middle() -> None:
    one = disc(41, 6)
    moved = sheared(one, 1.0, 0.0)
    np.testing.assert_array_equal(moved[20], one[20])
    np.testing.assert_array_equal(moved[23, 3:], one[23, :-3])
    np.testing.assert_array_equal(sheared(one, 0.0, 1.0), moved.transpose(1, 0, 2))


def test_a_shift_goes_right_and_down_and_mirrors_what_comes_in() -> None:
    one = gradient(40)
    np.testing.assert_array_equal(shifted(one, 0.25, 0.0)[:, 10:], one[:, :-10])
    np.testing.assert_array_equal(shifted(one, 0.0, 0.25)[10:], one[:-10])
    np.testing.assert_array_equal(shifted(one, 0.25, 0.0)[:, 9], one[:, 0])
