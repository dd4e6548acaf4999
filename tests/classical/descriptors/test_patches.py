from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors.patches import MAX_VALUES, Patches
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import noise


def cropped(picture: Any, patch_px: int, step_px: int) -> Any:
    """Every patch by slicing, as float64 (m, d)."""
    first = [(length - patch_px) % step_px // 2 for length in picture.shape[:2]]
    ends = [length - patch_px + 1 for length in picture.shape[:2]]
    return np.array(
        [
            picture[y : y + patch_px, x : x + patch_px].ravel()
            for y in range(first[0], ends[0], step_px)
            for x in range(first[1], ends[1], step_px)
        ],
        np.float64,
    )


def random_picture(height: int, width: int, channels: int, depth: str) -> Any:
    values = np.random.default_rng(channels).random((height, width, channels))
    return values.astype(np.float32) if depth == "float32" else (values * np.iinfo(depth).max).astype(depth)


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize(("channels", "patch_px", "step_px"), [(3, 6, 1), (1, 5, 3), (16, 1, 2), (4, 13, 40)])
def test_patches_are_those_of_the_definition(depth: str, channels: int, patch_px: int, step_px: int) -> None:
    picture = random_picture(20, 27, channels, depth)
    white = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
    patches = cropped(picture / white * 255, patch_px, step_px)
    spread = np.sqrt(patches.var(axis=1, keepdims=True) + 10)
    expected = (patches - patches.mean(axis=1, keepdims=True)) / spread
    found = Patches(patch_px, step_px).describe(picture)
    np.testing.assert_allclose(found.vectors, expected, atol=2e-5)
    plain = Patches(patch_px, step_px, normalize=False).describe(picture)
    np.testing.assert_allclose(plain.vectors, patches / 255, atol=1e-6)
    assert found.vectors.dtype == plain.vectors.dtype == found.positions.dtype == np.float32


def test_a_view_that_is_not_contiguous_gives_the_same() -> None:
    picture = noise(24, 0)
    turned = picture.transpose(1, 0, 2)
    here, there = (Patches().describe(p).vectors for p in (turned, np.ascontiguousarray(turned)))
    np.testing.assert_array_equal(here, there)


def test_positions_are_centers() -> None:
    found = Patches(patch_px=4, step_px=4).describe(noise(8, 0))
    np.testing.assert_allclose(found.positions, [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]])


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_flat_patch_is_zero(level: int) -> None:
    assert not Patches().describe(np.full((9, 9, 3), level, np.uint8)).vectors.any()


def test_light_and_contrast_hardly_matter() -> None:
    picture = noise(16, 1) // 2
    here, there = (Patches().describe(p).vectors for p in (picture, picture * 2 + 1))
    np.testing.assert_allclose(here, there, atol=0.01)


@pytest.mark.parametrize("shape", [(5, 40), (40, 5), (1, 1)])
def test_a_picture_smaller_than_a_patch_has_none(shape: tuple[int, int]) -> None:
    found = Patches().describe(noise(40, 2)[: shape[0], : shape[1]])
    assert found.vectors.shape == (0, 108) and found.positions.shape == (0, 2)
    assert len(Patches(size_px=12).describe(noise(40, 2)[: shape[0], : shape[1]])) == 49


def test_refuses_what_it_cannot_describe() -> None:
    with pytest.raises(ComponentError, match="patch_px=0"):
        Patches(patch_px=0).describe(noise(8, 0))
    with pytest.raises(InputError, match="Preparation"):
        Patches().describe(np.zeros((8, 8, 17), np.uint8))
    broken = np.zeros((8, 8, 1), np.float32)
    broken[3, 3] = np.nan
    with pytest.raises(InputError, match="NaN"):
        Patches().describe(broken)
    side = int((MAX_VALUES / 64**2) ** 0.5) + 70
    with pytest.raises(ComponentError, match="raise step_px"):
        Patches(patch_px=64).describe(np.zeros((side, side, 1), np.uint8))


test_keeps_the_contract = contract_of(Patches(), Patches(8, 4, False, size_px=40))
