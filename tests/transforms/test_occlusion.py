from __future__ import annotations

import numpy as np
import pytest

from sightline.transforms.occlusion import erased, occluded
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


@pytest.mark.parametrize("shape", [(40, 60, 3), (1, 1, 3), (1, 30, 1)])
def test_a_rectangle_is_noise_and_the_rest_is_as_it_was(shape: tuple[int, int, int]) -> None:
    one = np.full(shape, 9, np.uint8)
    shares = []
    for seed in range(60):
        hidden = erased(one, np.random.default_rng(seed))
        changed = (hidden != one).any(axis=2)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if len(rows):
            assert changed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.9
        shares.append(changed.mean())
    assert (one == 9).all()
    assert max(shares) <= 1 / 3 + 0.04 or shape[0] == 1
