from __future__ import annotations

import numpy as np
import pytest

from sightline.transforms.augmentation import USUAL_LIGHT, Augmentation
from tests.pictures import gradient

EVERYTHING = Augmentation(rotation_deg=30, light=0.3, scale=0.2, occlusion=0.2, blur_px=2)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_same_draw_same_picture_and_the_input_is_untouched(dtype: str) -> None:
    one = gradient(40).astype(dtype)
    before = one.copy()
    first, again, other = (EVERYTHING(one, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.dtype == dtype and first.shape[2] == 3
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)
    np.testing.assert_array_equal(one, before)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 50, 3), (20, 20, 1)])
def test_odd_pictures_stay_pictures(shape: tuple[int, ...]) -> None:
    for seed in range(10):
        changed = EVERYTHING(np.full(shape, 9, np.uint8), np.random.default_rng(seed))
        assert changed.size and changed.shape[2] == shape[2]


def test_what_the_task_does_not_declare_does_not_happen() -> None:
    """Red grows to the right and green downwards: neither may ever turn over, or lean."""
    usual = Augmentation(mirrored=False, light=0.0)
    for seed in range(30):
        shown = usual(gradient(40), np.random.default_rng(seed)).astype(int)
        assert (np.diff(shown[..., 0], axis=1) >= 0).all() and (np.diff(shown[..., 1], axis=0) >= 0).all()
        assert (np.diff(shown[..., 0], axis=0) == 0).all()


def test_where_nobody_asks_for_light_there_is_a_little() -> None:
    asked, usual = Augmentation(light=USUAL_LIGHT), Augmentation()
    seen = [[one(gradient(20), np.random.default_rng(seed)) for one in (asked, usual)] for seed in range(5)]
    assert all(np.array_equal(*pair) for pair in seen)


def test_nothing_declared_is_nothing_changed() -> None:
    still = Augmentation(area=1.0, mirrored=False, light=0.0)
    one = gradient(30)
    assert still(one, np.random.default_rng(0)) is one


def test_half_are_mirrored() -> None:
    only = Augmentation(area=1.0, light=0.0)
    turns = [only(gradient(8), np.random.default_rng(seed))[0, 0, 0] > 100 for seed in range(200)]
    assert 0.4 < np.mean(turns) < 0.6


@pytest.mark.parametrize("more", [{"randaugment": 0.5}, {"random_erasing": 1.0}])
def test_what_no_condition_names_comes_besides(more: dict[str, float]) -> None:
    one, still = gradient(40), {"area": 1.0, "mirrored": False, "light": 0.0}
    assert np.array_equal(Augmentation(**still)(one, np.random.default_rng(0)), one)
    seen = [Augmentation(**still, **more)(one, np.random.default_rng(seed)) for seed in range(5)]
    assert all(changed.shape == one.shape for changed in seen)
    assert sum(not np.array_equal(changed, one) for changed in seen) >= 4


def test_erasing_comes_to_some_pictures() -> None:
    one, rare = gradient(30), Augmentation(1.0, False, light=0.0, random_erasing=0.3)
    changed = sum(not np.array_equal(rare(one, np.random.default_rng(seed)), one) for seed in range(200))
    assert 40 < changed < 80
