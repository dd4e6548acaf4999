from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors.lbp import STRIP_PX, LocalBinaryPattern, patterns, uniform_numbers
from sightline.errors import ComponentError
from tests.contract import contract_of
from tests.pictures import disc, mat, noise

METHODS = [(True, "uniform"), (False, "nri_uniform")]


@pytest.mark.parametrize(("rotation_invariant", "method"), METHODS)
@pytest.mark.parametrize(
    "grey",
    [noise(128, 0)[:, :, 0], mat(100, 1)[:90, :, 1], disc(60, 20.0)[:, :, 0], noise(40, 2)[:1, :, 0]],
    ids=["noise", "mat", "disc", "line"],
)
def test_codes_are_those_of_scikit_image(grey: np.ndarray, rotation_invariant: bool, method: str) -> None:
    feature = pytest.importorskip("skimage.feature", reason="scikit-image is the reference")
    ours = uniform_numbers(patterns(grey, 8, 1), 8, rotation_invariant)
    np.testing.assert_array_equal(ours, feature.local_binary_pattern(grey, 8, 1, method))


@pytest.mark.parametrize(("rotation_invariant", "method"), METHODS)
@pytest.mark.parametrize(("points", "radius"), [(4, 1), (8, 2), (12, 1.5), (16, 2), (24, 3)])
def test_other_circles_are_those_of_scikit_image(
    points: int, radius: float, rotation_invariant: bool, method: str
) -> None:
    feature = pytest.importorskip("skimage.feature", reason="scikit-image is the reference")
    grey = noise(64, 3)[:, :, 0]
    ours = uniform_numbers(patterns(grey, points, radius), points, rotation_invariant)
    np.testing.assert_array_equal(ours, feature.local_binary_pattern(grey, points, radius, method))


def test_corner_samples_are_decided_as_exact_arithmetic_does() -> None:
    # One 3 x 3 patch for each difference of corner and of both sides that bytes can give, at the hardest center.
    corner, sides = np.arange(-255, 256), np.arange(-510, 511)
    exact = 70711 * corner[:, None] + 29289 * sides[None, :] >= 0
    for center in (0, 128, 255):
        c, s = np.meshgrid(np.flatnonzero((corner + center >= 0) & (corner + center <= 255)), np.arange(len(sides)))
        low, high = sides[s] // 2, sides[s] - sides[s] // 2
        valid = (center + low >= 0) & (center + high <= 255) & (center + low <= 255) & (center + high >= 0)
        c, s, low, high = c[valid], s[valid], low[valid], high[valid]
        image = np.full((3, 3 * len(c)), center, np.uint8)
        image[0, 2::3], image[0, 1::3], image[1, 2::3] = center + corner[c], center + low, center + high
        north_east = patterns(image, 8, 1)[1, 1::3] >> 1 & 1
        np.testing.assert_array_equal(north_east, exact[c, s])


@pytest.mark.parametrize(("points", "radius"), [(8, 1), (16, 2.5)])
def test_strips_meet_without_a_seam(points: int, radius: float) -> None:
    tall = np.tile(noise(128, 4)[:, :, 0], (5, 1))
    assert tall.size > 2 * STRIP_PX
    whole = patterns(tall, points, radius)
    assert whole.shape == tall.shape
    for y in range(0, 620, 10):
        part = patterns(tall[max(y - 10, 0) : y + 20], points, radius)[min(y, 10) :][:10]
        np.testing.assert_array_equal(whole[y : y + 10], part)


def test_a_tie_is_as_bright_wherever_it_is() -> None:
    # One side neighbor as much brighter as the other is darker: the corner sample equals the center exactly.
    image = np.full((60, 60), 100, np.uint8)
    image[1::3, 2::3], image[0::3, 1::3] = 153, 47
    assert (patterns(image, 8, 1)[1::3, 1::3] >> 1 & 1).all()


def test_several_radii_follow_each_other() -> None:
    picture = mat(50, 7)
    several = LocalBinaryPattern(points=(8, 16), radius=(1, 2), grid=2)
    parts = [LocalBinaryPattern(8, 1, 2), LocalBinaryPattern(16, 2, 2)]
    np.testing.assert_array_equal(several.describe(picture), np.concatenate([part.describe(picture) for part in parts]))
    same = LocalBinaryPattern(points=8, radius=(1, 2, 3)).describe(picture)
    assert same.shape == (30,) and np.array_equal(same[:10], LocalBinaryPattern().describe(picture))
    assert "flip" in LocalBinaryPattern(points=(8, 16), radius=(1, 2)).invariances()
    assert "flip" not in LocalBinaryPattern(points=(8, 10), radius=(1, 2)).invariances()


@pytest.mark.parametrize("value", [0, 77, 255])
def test_a_flat_patch_is_all_ones(value: int) -> None:
    flat = np.full((20, 20), value, np.uint8)
    for points, radius in ((8, 1), (8, 2), (16, 2)):
        assert (patterns(flat, points, radius)[4:-4, 4:-4] == 2**points - 1).all()


def test_uniform_bins_of_eight_points() -> None:
    numbers = uniform_numbers(np.arange(256), 8, rotation_invariant=False)
    assert np.array_equal(np.bincount(numbers), [1] * 58 + [256 - 58])
    assert np.array_equal(np.bincount(uniform_numbers(np.arange(256), 8, True)), [1] + [8] * 7 + [1, 256 - 58])


def test_histograms_sum_to_one_in_every_region() -> None:
    for settings, bins in (({}, 10), ({"rotation_invariant": False}, 59), ({"points": 16, "radius": 2}, 18)):
        vector = LocalBinaryPattern(grid=2, **settings).describe(mat(50, 5))  # type: ignore[arg-type]
        assert vector.shape == (4 * bins,)
        np.testing.assert_allclose(vector.reshape(4, bins).sum(axis=1), 1, rtol=1e-6)


def test_declares_turns_only_where_they_hold() -> None:
    assert "rotate90" in LocalBinaryPattern().invariances()
    assert "rotate90" not in LocalBinaryPattern(grid=2).invariances()
    assert "flip" not in LocalBinaryPattern(rotation_invariant=False).invariances()
    picture = mat(64, 6)
    turned = LocalBinaryPattern().describe(np.rot90(picture))
    np.testing.assert_allclose(turned, LocalBinaryPattern().describe(picture), atol=1e-6)


@pytest.mark.parametrize(
    "parameters",
    [{"points": 3}, {"radius": 0}, {"radius": ()}, {"points": (8, 8)}, {"points": (8,), "radius": (1, 2)}, {"grid": 0}],
    ids=repr,
)
def test_refuses_parameters_out_of_range(parameters: dict[str, Any]) -> None:
    with pytest.raises(ComponentError, match="allowed: "):
        LocalBinaryPattern(**parameters).describe(noise(16, 0))


test_several_radii_keep_the_contract = contract_of(
    LocalBinaryPattern(points=(8, 16), radius=(1, 2.5), rotation_invariant=True)
)
