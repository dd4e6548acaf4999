from __future__ import annotations

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.transforms.randaugment import (
    CHANGES,
    equalized,
    posterized,
    randaugment,
    saturated,
    sharpened,
    solarized,
    stretched,
)
from tests.pictures import gradient, mat, noise


@pytest.mark.parametrize("number", range(len(CHANGES)))
@pytest.mark.parametrize("strength", [-1.0, -0.3, 0.0, 0.3, 1.0])
def test_every_change_keeps_shape_and_kind_and_the_picture_itself(number: int, strength: float) -> None:
    picture = mat(40, 0)[:, :31]
    before = picture.copy()
    changed = CHANGES[number](picture, strength)
    assert changed.shape == picture.shape and changed.dtype == np.uint8
    assert np.array_equal(picture, before)


@pytest.mark.parametrize("number", [n for n in range(len(CHANGES)) if CHANGES[n] not in (stretched, equalized)])
def test_of_no_strength_nothing_changes(number: int) -> None:
    picture = mat(24, 0)
    assert np.abs(CHANGES[number](picture, 0.0).astype(int) - picture).max() <= 1


def test_it_is_drawn_from_the_generator() -> None:
    picture = mat(32, 0)
    made = [randaugment(picture, np.random.default_rng(seed), strength=0.5) for seed in (1, 1, 2, 3, 4)]
    assert np.array_equal(made[0], made[1])
    assert len({one.tobytes() for one in made}) >= 3
    assert np.array_equal(randaugment(picture, np.random.default_rng(0), count=0), picture)


def test_colors_lose_and_gain() -> None:
    picture = noise(8, 0)
    grey = saturated(picture, -1.0)
    assert np.ptp(grey.astype(int), axis=2).max() <= 1
    assert np.ptp(saturated(picture, 0.5).astype(int), axis=2).mean() > np.ptp(picture.astype(int), axis=2).mean()


def test_edges_are_sharpened_and_blurred() -> None:
    picture = mat(32, 0)
    spread = [np.abs(np.diff(sharpened(picture, change).astype(int), axis=1)).mean() for change in (-0.9, 0.0, 0.9)]
    assert spread == sorted(spread) and spread[0] < 0.8 * spread[2]


def test_values_are_cut_inverted_stretched_and_evened() -> None:
    picture = gradient(64)
    assert len(np.unique(posterized(picture, 1.0))) <= 16
    assert np.array_equal(posterized(picture, 0.0), picture)
    assert np.array_equal(solarized(picture, 1.0), 255 - picture)
    dull = (picture // 4 + 90).astype(np.uint8)
    assert stretched(dull, 0.0).min() == 0 and stretched(dull, 0.0).max() == 255
    assert equalized(dull, 0.0).std() > 2 * dull.std()


def test_a_channel_of_one_value_is_not_stretched() -> None:
    picture = (gradient(16) // 4 + 90).astype(np.uint8)
    picture[..., 0] = 255
    wide = stretched(picture, 1.0)
    assert (wide[..., 0] == 255).all() and (wide[..., 1].min(), wide[..., 1].max()) == (0, 255)
    assert wide.dtype == np.uint8 and np.array_equal(stretched(picture[:1, :1], 1.0), picture[:1, :1])


@pytest.mark.parametrize(
    ("picture", "strength"),
    [(np.zeros((4, 4, 3), np.uint16), 0.5), (np.zeros((4, 4, 1), np.uint8), 0.5), (np.zeros((4, 4, 3), np.uint8), 1.5)],
)
def test_other_pictures_and_strengths_are_refused(picture: np.ndarray, strength: float) -> None:
    with pytest.raises(InputError, match="allowed"):
        randaugment(picture, np.random.default_rng(0), strength=strength)
