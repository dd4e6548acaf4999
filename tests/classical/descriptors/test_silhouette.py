from __future__ import annotations

import cv2
import numpy as np
import pytest

from sightline.classical.descriptors.silhouette import brightness, silhouette, standout
from sightline.errors import InputError
from tests.pictures import disc, mat, noise


def scene() -> np.ndarray:
    """A dark field with a large and a small bright object: (20, 30) uint8."""
    image = np.full((20, 30), 40, np.uint8)
    image[5:15, 4:12] = 200
    image[8:10, 20:23] = 220
    return image


def large() -> np.ndarray:
    mask = np.zeros((20, 30), np.uint8)
    mask[5:15, 4:12] = 1
    return mask


@pytest.mark.parametrize("inverted", [False, True])
def test_the_largest_object_is_cut_out_whichever_is_brighter(inverted: bool) -> None:
    image = 255 - scene() if inverted else scene()
    assert np.array_equal(silhouette(image), large())


def test_every_depth_gives_the_same_object() -> None:
    image = scene()
    assert np.array_equal(silhouette(image.astype(np.uint16) * 257), large())
    assert np.array_equal(silhouette(image.astype(np.uint16)), large())  # dark: 8 bits kept in 16
    assert np.array_equal(silhouette((image / 255).astype(np.float32)), large())


def test_threshold_is_that_of_scikit_image() -> None:
    filters = pytest.importorskip("skimage.filters", reason="scikit-image is the reference")
    image = mat(64, 0, broken=True)[:, :, 1]
    bright = image > filters.threshold_otsu(image)
    found = silhouette(image).astype(bool)
    assert found.any() and (bright[found].all() or not bright[found].any())


@pytest.mark.parametrize("level", [0, 77, 255])
@pytest.mark.parametrize("shape", [(8, 9), (1, 1), (1, 7), (5, 1)])
def test_a_constant_picture_has_no_object(shape: tuple[int, int], level: int) -> None:
    for kind, white in ((np.uint8, 255), (np.uint16, 65535), (np.float32, 1.0)):
        found = silhouette(np.full(shape, level / 255 * white, kind))
        assert found.shape == shape and found.dtype == np.uint8 and not found.any()


def test_the_border_of_a_narrow_picture_is_all_of_it() -> None:
    assert silhouette(np.array([[9, 9, 200, 9]], np.uint8)).tolist() == [[0, 0, 1, 0]]
    assert silhouette(np.array([[200], [200], [9], [200]], np.uint8)).tolist() == [[0], [0], [1], [0]]


def test_diagonal_neighbors_belong_together() -> None:
    image = np.zeros((9, 9), np.uint8)
    image[[2, 3, 4], [2, 3, 4]] = 255
    image[6, 6:8] = 255
    assert np.argwhere(silhouette(image)).tolist() == [[2, 2], [3, 3], [4, 4]]


def test_brightness_is_the_channel_or_the_luma_in_its_own_depth() -> None:
    picture = noise(12, 0)
    luma = picture @ np.array([0.299, 0.587, 0.114])
    assert np.array_equal(brightness(picture[:, :, :1], "X"), picture[:, :, 0])
    assert np.abs(brightness(picture, "X") - luma).max() <= 0.51
    deep = brightness(picture.astype(np.uint16) * 257, "X")
    assert deep.dtype == np.uint16 and np.abs(deep / 257 - luma).max() < 0.01
    real = brightness((picture / 255).astype(np.float32)[::-1], "X")
    assert real.dtype == np.float32
    np.testing.assert_allclose(real[::-1] * 255, luma, atol=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1])
def test_what_is_no_brightness_is_refused(value: float) -> None:
    picture = disc(8, 3).astype(np.float32)
    picture[2, 3, 1] = value
    with pytest.raises(InputError, match="X was given a picture with NaN, infinity or values below 0"):
        brightness(picture, "X")


def nail(strip: int = 230) -> np.ndarray:
    """A thin bright bar on a dark table, and a brighter strip along the upper edge."""
    y, x = np.mgrid[:120, :160]
    picture = (40 + 30 * np.exp(-((x - 60) ** 2 + (y - 50) ** 2) / 3000)).astype(np.uint8)
    picture[:8] = strip
    cv2.line(picture, (90, 60), (120, 75), 200, 2)
    return picture


def test_a_small_object_stands_out_where_otsu_sees_the_light() -> None:
    found = standout(nail())
    y, x = np.nonzero(found)
    assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((90, 120, 60, 75), abs=2)
    assert np.nonzero(silhouette(nail()))[0].max() < 8  # the strip


def test_the_edge_of_a_table_along_the_frame_is_no_object() -> None:
    picture = nail(strip=40)
    for start in range(12, 148):  # a ragged, bright edge that does not touch the frame, longer than the nail
        picture[1 : 5 + start % 3, start] = 220
    y, x = np.nonzero(standout(picture))
    assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((90, 120, 60, 75), abs=2)


def test_what_stands_out_may_be_dark_and_of_any_depth() -> None:
    picture = nail()
    expected = standout(picture)
    assert np.array_equal(standout(255 - picture), expected)
    assert np.array_equal(standout(picture.astype(np.uint16) * 257), expected)
    assert np.array_equal(standout((picture / 255).astype(np.float32)), expected)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (40, 40)])
def test_where_nothing_stands_out_there_is_no_object(shape: tuple[int, int]) -> None:
    assert not standout(np.full(shape, 90, np.uint8)).any()
