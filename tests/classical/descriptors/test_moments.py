from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from sightline.classical.descriptors.moments import (
    FAINT,
    HuMoments,
    ZernikeMoments,
    disc_moments,
    hu_moments,
    zernike_coefficients,
)
from sightline.components import build
from sightline.contracts import GlobalDescriptor
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import disc, mat, noise

COMPONENTS = [
    HuMoments(),
    HuMoments(of="grey"),
    HuMoments(of="grey", eighth=True, mirror_invariant=True),
    HuMoments(eighth=True, mirror_invariant=True),
    ZernikeMoments(),
    ZernikeMoments(degree=12, radius_px=20),
]


test_keeps_the_contract = contract_of(*COMPONENTS)


def letter(scale: int = 1) -> np.ndarray:
    """A bright "F" on black, without any symmetry: (40 scale, 40 scale, 1) uint8."""
    image = np.zeros((40, 40, 1), np.uint8)
    image[8:32, 10:14] = 200
    image[8:12, 14:26] = 200
    image[18:22, 14:21] = 200
    return np.kron(image, np.ones((scale, scale, 1), np.uint8))


def turned(image: np.ndarray, degrees: float) -> np.ndarray:
    """`image` turned around its middle, with smooth edges: (h, w, 1) uint8."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC))[:, :, None]


# Hu.


@pytest.mark.parametrize("seed", range(4))
def test_hu_moments_are_those_of_opencv(seed: int) -> None:
    image = mat(48, seed, broken=True)[:40, :, 1]
    expected = cv2.HuMoments(cv2.moments(image / 255.0)).ravel()
    np.testing.assert_allclose(hu_moments(image, 255.0)[:7], expected, rtol=1e-9, atol=1e-22)


def test_hu_moments_are_those_of_scikit_image() -> None:
    measure = pytest.importorskip("skimage.measure", reason="scikit-image is the reference")
    image = letter()[:, :, 0] / 255.0
    expected = measure.moments_hu(measure.moments_normalized(measure.moments_central(image)))
    found = hu_moments(letter()[:, :, 0], 255.0)[:7]
    # Its x runs downwards: another hand, hence the other sign of the seventh.
    np.testing.assert_allclose(found, expected * [1, 1, 1, 1, 1, 1, -1], rtol=1e-9, atol=1e-22)


def test_the_eighth_is_flussers() -> None:
    nu = cv2.moments(letter()[:, :, 0].astype(np.float32) / 255)
    a, b = nu["nu30"] + nu["nu12"], nu["nu21"] + nu["nu03"]
    expected = 2 * (nu["nu11"] * (a**2 - b**2) - (nu["nu20"] - nu["nu02"]) * a * b)
    assert np.isclose(hu_moments(letter()[:, :, 0], 255.0)[7], expected, rtol=1e-5)
    assert HuMoments(eighth=True).describe(letter()).shape == (8,)


def test_hu_moments_of_a_disc_and_of_a_bar() -> None:
    of_disc = hu_moments(disc(200, 80.0)[:, :, 0], 255.0)
    assert np.isclose(of_disc[0], 1 / (2 * math.pi), rtol=1e-3)
    assert np.abs(of_disc[1:]).max() < 1e-12
    bar = np.zeros((90, 90), np.uint8)
    bar[40:50, 20:60] = 1
    # A w x h rectangle: nu20 = w / (12 h), less the share that pixels as points lack.
    wide, high = (40**2 - 1) / 12 / 400, (10**2 - 1) / 12 / 400
    np.testing.assert_allclose(hu_moments(bar, 1.0)[:2], [wide + high, (wide - high) ** 2], rtol=1e-9)


def test_the_scale_is_a_signed_logarithm_that_is_continuous() -> None:
    raw = hu_moments(letter()[:, :, 0], 255.0)[:7]
    found = HuMoments(of="grey").describe(letter())
    np.testing.assert_allclose(np.sign(raw) * np.log10(1 + np.abs(raw) / FAINT), found, rtol=1e-6)
    assert np.abs(HuMoments().describe(disc(101, 40.0))[1:]).max() < 0.01


@pytest.mark.parametrize("of", ["grey", "silhouette"])
@pytest.mark.parametrize("degrees", [17.0, 90.0, 140.0])
def test_hu_moments_stay_when_it_turns_grows_or_moves(of: str, degrees: float) -> None:
    component, before = HuMoments(of=of), letter(4)
    expected = component.describe(before)
    assert np.abs(expected).min() > 1  # nothing is 0 by symmetry
    np.testing.assert_allclose(component.describe(turned(before, degrees)), expected, atol=0.2)
    np.testing.assert_allclose(component.describe(np.roll(before, (9, -7), (0, 1))), expected, atol=1e-3)
    np.testing.assert_allclose(component.describe(letter(8)), expected, atol=0.1)


@pytest.mark.parametrize("of", ["grey", "silhouette"])
def test_a_mirror_changes_two_signs_and_nothing_else(of: str) -> None:
    signs = np.array([1, 1, 1, 1, 1, 1, -1, -1])
    component = HuMoments(of=of, eighth=True)
    before, after = component.describe(letter()), component.describe(letter()[:, ::-1])
    np.testing.assert_allclose(after, before * signs, rtol=1e-4)
    forgetful = HuMoments(of=of, eighth=True, mirror_invariant=True)
    assert "flip" not in component.invariances() and "flip" in forgetful.invariances()
    np.testing.assert_allclose(forgetful.describe(letter()[:, ::-1]), forgetful.describe(letter()), rtol=1e-4)


def test_the_silhouette_forgets_the_light() -> None:
    dark, inverse = letter() // 3 + 20, 255 - letter()
    expected = HuMoments().describe(letter())
    assert np.array_equal(HuMoments().describe(dark), expected)
    assert np.array_equal(HuMoments().describe(inverse), expected)
    assert not np.allclose(HuMoments(of="grey").describe(dark), HuMoments(of="grey").describe(letter()), atol=0.1)


@pytest.mark.parametrize("component", [HuMoments(of="grey"), HuMoments(), ZernikeMoments()], ids=repr)
def test_the_depth_does_not_matter(component: GlobalDescriptor) -> None:
    expected = component.describe(letter())
    assert np.allclose(component.describe(letter().astype(np.uint16) * 257), expected, atol=1e-4)
    assert np.allclose(component.describe((letter() / 255).astype(np.float32)), expected, atol=1e-4)
    assert np.allclose(component.describe(np.repeat(letter(), 3, axis=2)), expected, atol=1e-4)


@pytest.mark.parametrize("component", COMPONENTS, ids=repr)
def test_a_black_picture_gives_zeros(component: GlobalDescriptor) -> None:
    assert not component.describe(np.zeros((20, 30, 3), np.uint8)).any()


# Zernike.


@pytest.mark.parametrize(
    ("picture", "degree", "radius"),
    [
        (mat(128, 0), 8, 64),
        (mat(128, 1, broken=True)[:90], 8, 64),  # the disc hangs over two sides
        (noise(64, 2), 8, 20),
        (letter(3), 8, 21),
        (disc(65, 20.0), 8, 20),  # whole center, whole radius: pixels on the circle itself
        (mat(96, 3, broken=True), 20, 40),
        (noise(16, 4), 3, 300),
    ],
    ids=["mat", "wide", "noise", "letter", "disc", "degree 20", "larger than the picture"],
)
def test_zernike_moments_are_those_of_mahotas(picture: np.ndarray, degree: int, radius: int) -> None:
    features = pytest.importorskip("mahotas.features", reason="mahotas is the reference")
    grey = np.ascontiguousarray(picture[:, :, :1])
    expected = features.zernike_moments(grey[:, :, 0], radius, degree)
    found = ZernikeMoments(degree, radius).describe(grey)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-8)


def by_the_book(image: np.ndarray, degree: int, radius: float) -> np.ndarray:
    """The definition, pixel by pixel: sums of R_nl(rho) exp(-i l theta) over the disc."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(float)
    mass = image / image.sum()
    y, x = (y - (mass * y).sum()) / radius, (x - (mass * x).sum()) / radius
    rho, theta = np.hypot(x, y), np.arctan2(y, x)
    shares = np.where(rho <= 1, image, 0) / image[rho <= 1].sum()
    found = []
    for n in range(degree + 1):
        for order in range(n % 2, n + 1, 2):
            radial = sum(
                (-1) ** s
                * math.factorial(n - s)
                / (math.factorial(s) * math.factorial((n + order) // 2 - s) * math.factorial((n - order) // 2 - s))
                * rho ** (n - 2 * s)
                for s in range((n - order) // 2 + 1)
            )
            found.append(abs((n + 1) / math.pi * (shares * radial * np.exp(-1j * order * theta)).sum()))
    return np.array(found)


@pytest.mark.parametrize("degree", [0, 1, 8, 20])
def test_zernike_moments_are_those_of_the_definition(degree: int) -> None:
    image = mat(50, 5, broken=True)[:40, :, 1]
    found = ZernikeMoments(degree, 18.5).describe(image[:, :, None])
    np.testing.assert_allclose(found, by_the_book(image.astype(float), degree, 18.5), rtol=1e-5, atol=1e-9)


def test_a_flat_disc_has_the_first_moment_alone() -> None:
    found = ZernikeMoments().describe(np.full((400, 400, 1), 50, np.uint8))
    assert found.shape == (25,) and np.isclose(found[0], 1 / math.pi)
    assert found[1:].max() < 0.02


def test_a_wave_around_the_center_is_found_in_its_own_moment() -> None:
    y, x = (np.mgrid[:301, :301] - 150.0) / 150
    wave = 1 + x**3 - 3 * x * y**2  # 1 + rho^3 cos(3 theta): V_00 and V_33
    inside = np.where(np.hypot(x, y) <= 1, wave, 0).astype(np.float32)
    found = ZernikeMoments(4, 150).describe(inside[:, :, None])
    expected = np.zeros(9)  # 00, 11, 20, 22, 31, 33, 40, 42, 44
    expected[0], expected[5] = 1 / math.pi, 1 / (2 * math.pi)
    np.testing.assert_allclose(found, expected, atol=0.002)


@pytest.mark.parametrize("degrees", [30.0, 45.0, 110.0])
def test_zernike_magnitudes_stay_when_it_turns_or_shines(degrees: float) -> None:
    expected = ZernikeMoments(radius_px=70).describe(letter(4))
    assert expected[1:].max() > 0.1
    np.testing.assert_allclose(ZernikeMoments(radius_px=70).describe(turned(letter(4), degrees)), expected, atol=5e-3)
    np.testing.assert_allclose(ZernikeMoments(radius_px=70).describe(letter(4) // 2), expected, atol=1e-6)


def test_the_radius_is_half_the_shorter_side_unless_given() -> None:
    picture = mat(60, 6)[:40]
    assert np.array_equal(ZernikeMoments().describe(picture), ZernikeMoments(radius_px=20).describe(picture))
    assert not np.array_equal(ZernikeMoments().describe(picture), ZernikeMoments(radius_px=19).describe(picture))


def test_a_disc_without_light_gives_zeros() -> None:
    ring = np.where(disc(61, 28.0) > 0, 0, 255).astype(np.uint8)[:, :, :1]
    assert not disc_moments(ring[:, :, 0], 8, 20).any()
    found = ZernikeMoments(radius_px=20).describe(ring)
    assert found.shape == (25,) and not found.any()


@pytest.mark.parametrize(("degree", "d"), [(0, 1), (1, 2), (8, 25), (20, 121)])
def test_as_many_values_as_polynomials(degree: int, d: int) -> None:
    assert zernike_coefficients(degree).shape == (d, (degree + 1) ** 2)
    assert ZernikeMoments(degree).describe(noise(20, 7)).shape == (d,)


def test_refuses_what_it_cannot_describe() -> None:
    with pytest.raises(ComponentError, match='did you mean "grey"'):
        HuMoments(of="gray").describe(noise(8, 0))
    with pytest.raises(ComponentError, match="degree=21"):
        ZernikeMoments(degree=21).describe(noise(8, 0))
    for radius in (0.0, math.inf, math.nan):
        with pytest.raises(ComponentError, match=r"radius_px 0\.5 or more"):
            ZernikeMoments(radius_px=radius).describe(noise(8, 0))
    with pytest.raises(ComponentError, match="degree=30; allowed: 0 to 20"):
        build("ZernikeMoments(degree=30)")
    for component in (HuMoments(), ZernikeMoments()):
        with pytest.raises(InputError, match="Preparation"):
            component.describe(noise(8, 0)[:, :, :2])
        with pytest.raises(InputError, match="NaN"):
            component.describe(np.full((8, 8, 1), np.nan, np.float32))
