from __future__ import annotations

import cv2
import numpy as np
import pytest

from sightline.errors import InputError
from sightline.networks.feed import USUAL_MEAN, USUAL_STD, Feed
from sightline.runtime.session import Port


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_a_picture_of_its_size_is_fed_as_it_is() -> None:
    one = picture(24, 32)
    fed = Feed(24, 32).of_picture(one)
    assert fed.dtype == np.uint8
    np.testing.assert_array_equal(fed, one[None])


def test_a_larger_picture_is_averaged_and_a_smaller_one_interpolated() -> None:
    large, small = picture(96, 64), picture(8, 8)
    np.testing.assert_array_equal(
        Feed(32, 32).of_picture(large)[0], cv2.resize(large, (32, 32), interpolation=cv2.INTER_AREA)
    )
    np.testing.assert_array_equal(
        Feed(32, 32).of_picture(small)[0], cv2.resize(small, (32, 32), interpolation=cv2.INTER_LINEAR)
    )


def test_floats_are_scaled_as_torchvision_does() -> None:
    one = picture(16, 16)
    fed = Feed(16, 16, True, "float32").of_picture(one)
    expected = ((one / 255 - np.array(USUAL_MEAN)) / np.array(USUAL_STD)).transpose(2, 0, 1)[None]
    np.testing.assert_allclose(fed, expected, atol=1e-6)
    assert Feed(16, 16, True, "float16").of_picture(one).dtype == np.float16


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((None, 3, 48, 64), Feed(48, 64, True, "float32")),
        ((1, 48, 64, 3), Feed(48, 64, False, "float32")),
        ((None, 3, None, None), Feed(224, 224, True, "float32", free=True)),
    ],
)
def test_the_input_says_how_it_is_fed(shape: tuple[int | None, ...], expected: Feed) -> None:
    assert Feed.of(Port("x", shape, "float32"), {}) == expected


def test_metadata_says_mean_and_deviation() -> None:
    texts = {"mean": "[0.5, 0.5, 0.5]", "std": "[0.25, 0.5, 1]"}
    found = Feed.of(Port("x", (1, 3, 8, 8), "float32"), texts)
    assert (found.mean, found.std) == ((0.5, 0.5, 0.5), (0.25, 0.5, 1.0))


STATISTICS_255 = {"mean": "[123.675, 116.28, 103.53]", "std": "[58.395, 57.12, 57.375]"}


@pytest.mark.parametrize(
    "texts",
    [
        STATISTICS_255,
        {"mean": "[103.939, 116.779, 123.68]", "std": "[1, 1, 1]"},
        {"mean": "[0, 0, 0]", "std": "[255, 255, 255]"},
    ],
)
def test_statistics_of_0_to_255_are_refused_where_a_network_is_first_given(texts: dict[str, str]) -> None:
    feed = Feed.of(Port("x", (1, 3, 8, 8), "float32"), texts)  # of a model file that loaded before, too
    with pytest.raises(
        InputError, match=r"metadata says mean \[.*; allowed: of values in \[0, 1\], .*; divide"
    ) as caught:
        feed.check_unit()
    assert "\n" not in str(caught.value)
    Feed.of(Port("x", (1, 8, 8, 3), "uint8"), texts).check_unit()  # fed as it is: what it says of itself is not used


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"mean": "[0.5, 0.5, 0.5]", "std": "[0.5, 0.5, 0.5]"},
        {"mean": "[0, 0, 0]", "std": "[1, 1, 1]"},
        {"mean": "[0, 0, 0]", "std": "[0.00392157, 0.00392157, 0.00392157]"},
        {"mean": "[-0.5, 0, 1]", "std": "[2, 2, 2]"},
    ],
)
def test_statistics_of_0_to_1_are_taken(texts: dict[str, str]) -> None:
    Feed.of(Port("x", (1, 3, 8, 8), "float32"), texts).check_unit()


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((None, 1, 28, 28), "float32"),
        ((None, 3, 28), "float32"),
        ((8, 3, 28, 28), "float32"),
        ((None, 3, 28, 3), "float32"),
        ((None, 3, 28, 28), "tensor(int64)"),
        ((None, 3, 9000, 9000), "float32"),
    ],
)
def test_odd_inputs_are_refused(shape: tuple[int | None, ...], dtype: str) -> None:
    with pytest.raises(InputError, match="allowed"):
        Feed.of(Port("x", shape, dtype), {})


@pytest.mark.parametrize("text", ["0.5", "[1, 2]", "[1, 2, NaN]", "[[]]", "hello", "[" * 5000, f"[1, 2, {10**400}]"])
def test_odd_metadata_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="three numbers"):
        Feed.of(Port("x", (1, 3, 8, 8), "float32"), {"mean": text})


@pytest.mark.parametrize("text", ["[0, 0, 0]", "[0.5, 0.5, 0]", "[-1, 1, 1]", "[1e-30, 1, 1]", "[1, 1, Infinity]"])
def test_a_deviation_is_above_zero(text: str) -> None:
    with pytest.raises(InputError, match="for std; allowed: three numbers, each 1e-06 to"):
        Feed.of(Port("x", (1, 3, 8, 8), "float32"), {"std": text})


def test_metadata_says_what_it_was_trained_with() -> None:
    port = Port("x", (1, 3, None, None), "float32")
    assert Feed.of(port, {"sightline.px": "176"}).height == 176
    assert Feed.of(port, {"sightline.px": "many"}).height == 224
    with pytest.raises(InputError, match="up to 1024"):
        Feed.of(port, {"sightline.px": "9999"})
