from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors.dense_sift import DenseSIFT, direction_maps, gather
from sightline.classical.descriptors.grey import gradient_angles, gradient_codes
from sightline.components import build
from sightline.errors import ComponentError
from tests.contract import contract_of
from tests.pictures import grating, mat, noise


def test_sums_are_those_of_the_definition() -> None:
    image = noise(30, 0)[:22, :, 0].astype(np.uint8)
    bin_px, (row, column) = 3, (9, 14)
    angles, magnitudes = (table[gradient_codes(image)] for table in gradient_angles())
    expected = np.zeros((4, 4, 8))
    for i, j, k in np.ndindex(4, 4, 8):
        y, x = row + (i - 1.5) * bin_px, column + (j - 1.5) * bin_px
        near_y = np.maximum(1 - np.abs(np.arange(22) + 0.5 - y) / bin_px, 0)
        near_x = np.maximum(1 - np.abs(np.arange(30) + 0.5 - x) / bin_px, 0)
        turn = np.abs((angles / 45 - k + 4) % 8 - 4)
        votes = magnitudes * np.maximum(1 - turn, 0)
        window = np.exp(-((i - 1.5) ** 2 + (j - 1.5) ** 2) / 8)
        expected[i, j, k] = window * (near_y @ votes @ near_x)
    ours = gather(direction_maps(image), np.array([row - 6]), np.array([column - 6]), bin_px)
    np.testing.assert_allclose(ours.reshape(4, 4, 8), expected, atol=1e-4)


def test_directions_share_the_whole_magnitude() -> None:
    image = noise(20, 1)[:, :, 0].astype(np.uint8)
    magnitudes = gradient_angles()[1][gradient_codes(image)]
    np.testing.assert_allclose(direction_maps(image).sum(axis=2), magnitudes, atol=1e-5)


def test_grid_of_patches() -> None:
    features = DenseSIFT(step_px=8, bin_px=4).describe(noise(128, 2))
    assert features.vectors.shape == (225, 128) and features.vectors.dtype == np.float32
    np.testing.assert_allclose(features.positions[[0, 1, 15]], np.array([[8, 8], [16, 8], [8, 16]]) / 128)
    np.testing.assert_allclose(features.positions + features.positions[::-1], 1)


@pytest.mark.parametrize("root", [True, False])
def test_vectors_have_length_one_and_flat_patches_less(root: bool) -> None:
    sift = DenseSIFT(root=root)
    np.testing.assert_allclose(np.linalg.norm(sift.describe(mat(64, 3)).vectors, axis=1), 1, rtol=0.02)
    assert not sift.describe(np.full((40, 40, 3), 90, np.uint8)).vectors.any()


def test_a_grating_votes_for_its_direction() -> None:
    vectors = DenseSIFT().describe(grating(64, 8.0, 90.0)).vectors.reshape(-1, 16, 8)
    strongest = np.sort(vectors.sum(axis=(0, 1)).argsort()[-2:])
    assert strongest.tolist() == [2, 6]


def test_half_a_turn_turns_the_patches() -> None:
    picture = noise(48, 4)
    here, there = (DenseSIFT(root=False).describe(p).vectors for p in (picture, np.rot90(picture, 2)))
    turned = there[::-1].reshape(-1, 4, 4, 8)[:, ::-1, ::-1]
    np.testing.assert_allclose(np.roll(turned, 4, axis=3).reshape(here.shape), here, atol=1e-5)


@pytest.mark.parametrize("shape", [(15, 64), (64, 15), (1, 1)])
def test_a_picture_smaller_than_a_patch_has_none(shape: tuple[int, int]) -> None:
    features = DenseSIFT().describe(noise(64, 5)[: shape[0], : shape[1]])
    assert features.vectors.shape == (0, 128) and features.positions.shape == (0, 2)
    assert len(DenseSIFT(size_px=32).describe(noise(64, 5)[: shape[0], : shape[1]])) == 9


def test_a_patch_does_not_depend_on_the_grid() -> None:
    picture = noise(60, 6)
    sparse = DenseSIFT(step_px=22, bin_px=4).describe(picture)
    dense = DenseSIFT(step_px=1, bin_px=4).describe(picture)
    at = [int(np.flatnonzero((dense.positions == position).all(axis=1))[0]) for position in sparse.positions]
    np.testing.assert_allclose(dense.vectors[at], sparse.vectors, atol=1e-6)


def test_several_sizes_follow_each_other() -> None:
    picture = noise(40, 7)
    together = DenseSIFT(step_px=5, bin_px=(3, 6, 30)).describe(picture)
    apart = [DenseSIFT(step_px=5, bin_px=bin_px).describe(picture) for bin_px in (3, 6)]
    np.testing.assert_array_equal(together.vectors, np.concatenate([one.vectors for one in apart]))
    np.testing.assert_array_equal(together.positions, np.concatenate([one.positions for one in apart]))
    assert len(DenseSIFT(bin_px=(30, 40)).describe(picture)) == 0


def test_grey_and_equal_channels_are_one() -> None:
    picture = np.repeat(noise(40, 8)[:, :, :1], 3, axis=2)
    one, three = (DenseSIFT().describe(p).vectors for p in (picture[:, :, :1], picture))
    np.testing.assert_array_equal(one, three)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"step_px": 0}, "step_px=0"),
        ({"bin_px": 0}, "bin_px=0"),
        ({"bin_px": (4, 0)}, "0"),
        ({"bin_px": ()}, "1 to 8"),
        ({"bin_px": (4,) * 9}, "1 to 8"),
    ],
)
def test_refuses_parameters_out_of_range(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ComponentError, match=said):
        DenseSIFT(**parameters).describe(noise(32, 0))


def test_a_command_line_may_ask_for_several_sizes_within_limits() -> None:
    assert repr(build("DenseSIFT(bin_px=(4, 6))")) == "DenseSIFT(bin_px=(4, 6))"
    with pytest.raises(ComponentError, match="allowed: 1 to 1,024"):
        build("DenseSIFT(bin_px=(4, 6000))")
    with pytest.raises(ComponentError, match="allowed: 1 to 1,024"):
        build("DenseSIFT(bin_px=('4',))")


test_keeps_the_contract = contract_of(DenseSIFT(bin_px=(3, 5)))
