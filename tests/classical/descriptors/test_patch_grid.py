from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.descriptors.patch_grid import patch_positions, patch_starts


@pytest.mark.parametrize(("length", "patch", "step"), [(32, 6, 1), (33, 6, 4), (100, 16, 7), (6, 6, 3), (16, 4, 99)])
def test_patches_lie_inside_and_share_what_is_left_over(length: int, patch: int, step: int) -> None:
    starts = patch_starts(length, patch, step)
    before, after = starts[0], length - (starts[-1] + patch)
    assert before >= 0 and after - before in (0, 1) and before + after < step
    assert (np.diff(starts) == step).all()


def test_no_patch_on_a_side_that_is_too_short() -> None:
    assert len(patch_starts(5, 6, 1)) == 0


def test_positions_are_centers_row_by_row() -> None:
    found = patch_positions(np.array([0, 4]), np.array([1, 3, 5]), 2, (10, 8))
    expected = [[2, 1], [4, 1], [6, 1], [2, 5], [4, 5], [6, 5]]
    np.testing.assert_allclose(found, np.array(expected) / (8, 10), rtol=1e-6)
    assert found.dtype == np.float32
