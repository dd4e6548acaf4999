from __future__ import annotations

import numpy as np
import pytest

from sightline.data.pictures import Pictures
from sightline.data.views import VIEWS, Views, of_all_views
from sightline.preparation.preparation import Preparation

PICTURES = Pictures([np.random.default_rng(i).integers(0, 255, (9, 14, 3), np.uint8) for i in range(5)], Preparation())


@pytest.mark.parametrize(("augment", "count"), [("none", 1), ("mirrored", 2), ("turned", 8)])
def test_every_view_of_every_picture_once(augment: str, count: int) -> None:
    views = Views(PICTURES, augment)
    assert len(views) == views.shape[0] == 5 * count == len(VIEWS[augment]) * 5
    assert all(np.array_equal(views[i], PICTURES[i]) for i in range(5))
    of_the_third = {views[int(row)].tobytes() for row in views.rows(np.array([2]))}
    assert len(of_the_third) == count


def test_mirrored_is_the_mirror_image() -> None:
    assert np.array_equal(Views(PICTURES, "mirrored")[5 + 3], PICTURES[3][:, ::-1])


def test_turned_pictures_are_turned() -> None:
    views = Views(PICTURES, "turned")
    assert views[5].shape == (14, 9, 3)
    assert np.array_equal(np.rot90(views[5], -1), PICTURES[0])


def test_chosen_views_keep_their_order() -> None:
    views = Views(PICTURES, "mirrored")
    chosen = views[np.array([7, 0, 9])]
    assert len(chosen) == 3 and chosen.shape == (3,)
    assert np.array_equal(chosen[0], views[7]) and np.array_equal(chosen[-1], views[9])
    assert np.array_equal(chosen[1:][1], views[9])
    with pytest.raises(IndexError):
        views[10]


def test_rows_of_all_views() -> None:
    assert of_all_views(np.array([1, 4]), 5, "mirrored").tolist() == [1, 4, 6, 9]
