from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors.color_correlogram import ColorCorrelogram, auto_correlogram, color_codes
from sightline.components import build
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import noise


def counted(codes: Any, colors: int, distance: int) -> Any:
    """Pair by pair."""
    height, width = codes.shape
    same, possible = np.zeros(colors), np.zeros(colors)
    steps = range(-distance, distance + 1)
    ring = [(y, x) for y in steps for x in steps if max(abs(y), abs(x)) == distance]
    for (y, x), (down, right) in ((at, by) for at in np.ndindex(height, width) for by in ring):
        if 0 <= y + down < height and 0 <= x + right < width:
            possible[codes[y, x]] += 1
            same[codes[y, x]] += codes[y, x] == codes[y + down, x + right]
    return same / np.maximum(possible, 1)


@pytest.mark.parametrize("shape", [(9, 11), (12, 4), (1, 7), (6, 1), (3, 3), (1, 1)])
def test_is_what_counting_pairs_gives(shape: tuple[int, int]) -> None:
    codes = np.random.default_rng(0).integers(0, 5, shape, dtype=np.uint8)
    distances = (1, 2, 5)
    expected = [counted(codes, 8, distance) for distance in distances]
    np.testing.assert_allclose(auto_correlogram(codes, 8, distances), expected, rtol=1e-6)


def test_a_far_distance_does_not_overflow() -> None:
    codes = np.zeros((140, 140), np.uint8)
    np.testing.assert_array_equal(auto_correlogram(codes, 2, (60,)), [[1, 0]])


def test_codes_are_the_cells_of_the_joint_histogram() -> None:
    pixels = noise(20, 1)
    expected = (pixels.astype(int) * 3 // 256) @ [9, 3, 1]
    np.testing.assert_array_equal(color_codes(pixels, 3), expected)


def test_one_color_is_certain_at_every_distance() -> None:
    vector = ColorCorrelogram(bins=2, space="rgb").describe(np.full((9, 9, 3), 255, np.uint8)).reshape(4, 8)
    assert vector[:, 7].tolist() == [1, 1, 1, 1] and vector[:, :7].sum() == 0


def test_tells_patches_from_confetti_of_the_same_colors() -> None:
    random = np.random.default_rng(2)
    confetti = np.repeat(random.integers(0, 2, (32, 32, 1)) * 255, 3, axis=2).astype(np.uint8)
    halves = np.sort(confetti.reshape(-1, 3), axis=0).reshape(32, 32, 3)
    near, far = (ColorCorrelogram(bins=2, space="rgb").describe(p)[[0, 7]] for p in (halves, confetti))
    assert near.min() > 0.9 and abs(far - 0.5).max() < 0.1


@pytest.mark.parametrize("change", [np.rot90, np.fliplr, np.flipud], ids=["turned", "mirrored", "upside down"])
def test_turned_and_mirrored_exactly_the_same(change: Callable[[Any], Any]) -> None:
    picture = noise(17, 3)[:, :12] // 128 * 128
    here, there = (ColorCorrelogram(bins=2).describe(p) for p in (picture, change(picture)))
    np.testing.assert_array_equal(here, there)


def test_brings_the_picture_to_its_size() -> None:
    large = np.kron(noise(8, 4), np.ones((3, 3, 1), np.uint8))
    here, there = (ColorCorrelogram(size_px=8).describe(p) for p in (large, large[::3, ::3]))
    np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"bins": 7}, "bins=7"),
        ({"distances": ()}, "1 to 16 distances"),
        ({"distances": (0, 1)}, "of 1 to 60"),
        ({"distances": (61,)}, "of 1 to 60"),
        ({"space": "cmyk"}, "has no space"),
    ],
)
def test_refuses_parameters_out_of_range(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ComponentError, match=said):
        ColorCorrelogram(**parameters).describe(noise(8, 0))


def test_refuses_other_pictures_and_other_texts() -> None:
    for other in (noise(8, 0)[:, :, :1], noise(8, 0).astype(np.uint16), np.zeros((8, 8, 5), np.uint8)):
        with pytest.raises(InputError, match="Preparation"):
            ColorCorrelogram().describe(other)
    with pytest.raises(ComponentError, match="allowed: 1 to 60"):
        build("ColorCorrelogram(distances=(1, 100))")


test_keeps_the_contract = contract_of(
    ColorCorrelogram(), ColorCorrelogram(bins=3, distances=(1, 2, 9), space="rgb", size_px=48)
)
