from __future__ import annotations

import math

import numpy as np
import pytest

from sightline.classical.descriptors.principal import NAMES, PrincipalMoments, principal_moments
from sightline.errors import ComponentError
from tests.contract import contract_of

test_keeps_the_contract = contract_of(PrincipalMoments(), PrincipalMoments(find="standout"))


def bent(by_px: float, degrees: float = 0.0, size: int = 60, thick: float = 2.0) -> np.ndarray:
    """A bright bar of 30 px on a dark ground, bent by a part of a pixel or more, drawn without steps."""
    y, x = (np.mgrid[: 4 * size, : 4 * size] + 0.5) / 4 - size / 2
    turn = math.radians(degrees)
    along, across = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    inside = (np.abs(along) < 15) & (np.abs(across - by_px * (along / 15) ** 2) < thick / 2)
    smooth = inside.reshape(size, 4, size, 4).mean(axis=(1, 3))
    return np.round(20 + 200 * smooth).astype(np.uint8)[:, :, None]


def named(picture: np.ndarray, find: str = "otsu") -> dict[str, float]:
    return dict(zip(NAMES, PrincipalMoments(find).describe(picture).tolist(), strict=True))


def test_a_bar_has_the_moments_of_a_rectangle() -> None:
    picture = np.full((60, 60, 1), 10, np.uint8)
    picture[7:13, 9:39] = 240
    found = named(picture)
    assert found["length"] == pytest.approx(30 / math.sqrt(12) / 60, rel=1e-5)
    assert found["width"] == pytest.approx(6 / math.sqrt(12) / 60, rel=1e-5)
    assert found["slenderness"] == pytest.approx(0.2, rel=1e-5)
    assert found["along2_across2"] == pytest.approx(1, abs=0.05)
    assert found["along4_across0"] == pytest.approx(1.8, abs=0.01)  # the kurtosis of evenly spread values
    odd = [value for name, value in found.items() if "1_" in name or name[-1] in "13" or "3_" in name]
    assert max(odd) < 1e-5 and found["bend"] < 1e-5


@pytest.mark.parametrize("find", ["otsu", "standout"])
def test_a_bend_of_less_than_a_pixel_is_seen(find: str) -> None:
    straight, slightly, clearly = (named(bent(by, 25), find)["bend"] for by in (0.0, 0.8, 4.0))
    assert straight < 0.02 and 0.08 < slightly < 0.2 and 0.6 < clearly < 1


def test_turning_by_any_angle_changes_little() -> None:
    expected = PrincipalMoments().describe(bent(3))
    for degrees in (20, 45, 77, 160):
        np.testing.assert_allclose(PrincipalMoments().describe(bent(3, degrees)), expected, rtol=0.12, atol=0.15)


def test_a_parabola_explains_a_bend_wholly() -> None:
    contrast = np.zeros((900, 101))
    across = np.arange(101)
    contrast[(100 + (across - 50.0) ** 2 / 4).round().astype(int), across] = 1
    found = principal_moments((contrast > 0).astype(np.uint8), contrast)
    # Half a parabola is as good: its axis stands upright, and what is left is a straight line seen from its end.
    turned = principal_moments((contrast > 0).astype(np.uint8).T, contrast.T)
    np.testing.assert_allclose(found, turned, atol=1e-9)
    flat = np.zeros((80, 101))
    flat[(10 + (across - 50.0) ** 2 / 100).round().astype(int), across] = 1
    assert principal_moments((flat > 0).astype(np.uint8), flat)[NAMES.index("bend")] > 0.98


def test_every_depth_gives_the_same() -> None:
    picture = bent(2, 10)
    expected = PrincipalMoments().describe(picture)
    for other in (picture.astype(np.uint16) * 257, (picture / 255).astype(np.float32)):
        np.testing.assert_allclose(PrincipalMoments().describe(other), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("find", ["otsu", "standout"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (20, 20)])
def test_without_an_object_all_is_zero(shape: tuple[int, int], find: str) -> None:
    assert not PrincipalMoments(find).describe(np.full((*shape, 1), 90, np.uint8)).any()


@pytest.mark.parametrize("find", ["otsu", "standout"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 30), (40, 40)])
def test_whatever_it_sees_is_finite(shape: tuple[int, int], find: str) -> None:
    random = np.random.default_rng(0)
    for channels in (1, 3):
        found = PrincipalMoments(find).describe(random.integers(0, 256, (*shape, channels), dtype=np.uint8))
        assert np.isfinite(found).all() and found.dtype == np.float32 and len(found) == len(NAMES)


def test_an_unknown_way_to_find_is_refused() -> None:
    with pytest.raises(ComponentError, match="standout"):
        PrincipalMoments(find="standut").describe(bent(0))
