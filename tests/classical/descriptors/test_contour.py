from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from sightline.classical.descriptors.contour import NAMES, ContourShape, fourier_magnitudes
from sightline.components import build
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import disc, noise

test_keeps_the_contract = contract_of(ContourShape(), ContourShape(fourier=0), ContourShape(fourier=128))


def shape(picture: np.ndarray) -> dict[str, float]:
    return dict(zip(NAMES, ContourShape(fourier=0).describe(picture).tolist(), strict=True))


def bar(height: int, width: int, size: int = 60) -> np.ndarray:
    picture = np.full((size, size, 1), 10, np.uint8)
    picture[7 : 7 + height, 9 : 9 + width] = 240
    return picture


def ellipse(wide: float, high: float, degrees: float = 0.0, size: int = 200) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    turn = np.deg2rad(degrees)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    return np.where((u / wide) ** 2 + (v / high) ** 2 <= 1, 255, 0).astype(np.uint8)[:, :, None]


def star(degrees: float = 0.0, size: int = 200) -> np.ndarray:
    """A lopsided star."""
    angles = np.arange(10) * 2 * math.pi / 10
    radii = np.array([90, 30, 60, 30, 80, 25, 50, 40, 70, 20]) * size / 200
    turn = np.deg2rad(degrees)
    points = np.stack([radii * np.cos(angles + turn), radii * np.sin(angles + turn)], axis=1) + size / 2
    return np.asarray(cv2.fillPoly(np.zeros((size, size), np.uint8), [points.round().astype(np.int32)], 255))[..., None]


def test_a_bar_has_the_numbers_of_a_rectangle() -> None:
    found = shape(bar(6, 30))
    perimeter = 2 * (5 + 29) + math.pi
    expected = {
        "area": 180 / 3600,
        "perimeter": perimeter / 240,
        "eccentricity": math.sqrt(1 - (6**2 - 1) / (30**2 - 1)),
        "solidity": 1.0,
        "extent": 1.0,
        "compactness": 4 * math.pi * 180 / perimeter**2,
        "filled": 1.0,
        "holes": 0.0,
    }
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_disc_is_round() -> None:
    found = shape(disc(201, 80.0))
    assert found["area"] == pytest.approx(math.pi * 80**2 / 201**2, rel=0.01)
    assert found["extent"] == pytest.approx(math.pi / 4, rel=0.02)
    assert found["eccentricity"] < 0.01 and found["solidity"] > 0.97
    assert 0.88 < found["compactness"] <= 1


def test_a_single_pixel_and_a_line_are_well_defined() -> None:
    assert shape(bar(1, 1)) == pytest.approx(
        {
            "area": 1 / 3600,
            "perimeter": math.pi / 240,
            "eccentricity": 0,
            "solidity": 1,
            "extent": 1,
            "compactness": 1,
            "filled": 1,
            "holes": 0,
        }
    )
    assert not ContourShape().describe(bar(1, 1))[len(NAMES) :].any()
    line = shape(bar(1, 40))
    assert line["eccentricity"] == 1 and line["solidity"] == 1 and line["compactness"] < 0.1


def test_holes_are_counted_and_weighed() -> None:
    picture = bar(20, 20)
    picture[10:13, 12:14] = 10
    picture[20, 20] = 10
    found = shape(picture)
    assert found["holes"] == pytest.approx(math.log(3)) and found["filled"] == pytest.approx(393 / 400)
    assert found["solidity"] == pytest.approx(393 / 400)
    assert found["perimeter"] == shape(bar(20, 20))["perimeter"]


def test_what_lies_in_a_hole_is_another_object() -> None:
    picture = bar(30, 30)
    picture[12:32, 14:34] = 10
    alone = shape(picture)
    picture[20:25, 20:25] = 240
    assert shape(picture) == alone


@pytest.mark.parametrize("picture", [ellipse(80, 40), ellipse(70, 30, 35.0), star(), star(50.0)])
def test_agrees_with_scikit_image(picture: np.ndarray) -> None:
    measure = pytest.importorskip("skimage.measure", reason="scikit-image is the reference")
    (expected,) = measure.regionprops((picture[:, :, 0] > 0).astype(int))
    found = shape(picture)
    assert found["area"] * picture.size == pytest.approx(expected.area)
    assert found["extent"] == pytest.approx(expected.extent)
    assert found["eccentricity"] == pytest.approx(expected.eccentricity, abs=2e-3)
    assert found["solidity"] == pytest.approx(expected.solidity, abs=0.015)  # its hull takes pixels as diamonds
    assert found["perimeter"] * 800 == pytest.approx(expected.perimeter, rel=0.05)  # two ways to measure a staircase
    assert found["filled"] == pytest.approx(expected.area / expected.area_filled)


def contour_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([x, y], axis=1).astype(np.float32)[:, None, :]


def test_fourier_magnitudes_of_a_circle() -> None:
    angles = np.linspace(0, 2 * math.pi, 4000, endpoint=False)
    circle = fourier_magnitudes(contour_of(50 * np.cos(angles), 50 * np.sin(angles)), 6)
    np.testing.assert_allclose(circle, [1, 0, 0, 0, 0, 0], atol=1e-3)
    clockwise = fourier_magnitudes(contour_of(50 * np.sin(angles), 50 * np.cos(angles)), 6)
    np.testing.assert_allclose(clockwise, circle, atol=1e-3)


def test_fourier_magnitudes_of_a_square_and_of_a_line() -> None:
    square = fourier_magnitudes(contour_of(np.array([0, 90, 90, 0]), np.array([0, 0, 90, 90])), 10)
    # Walked at one speed, a square has the frequencies 1, -3, 5, -7, ..., each with 1 / k^2 of the first.
    expected = np.zeros(10)
    expected[[0, 5, 8]] = 1, 1 / 9, 1 / 25
    np.testing.assert_allclose(square / square[0], expected, atol=1e-3)
    line = fourier_magnitudes(contour_of(np.array([0, 70]), np.array([0, 40])), 128)
    np.testing.assert_allclose(line[:6] / line[0], [1, 1, 0, 0, 1 / 9, 1 / 9], atol=1e-3)
    assert np.linalg.norm(line) == pytest.approx(1, abs=1e-3)


def test_the_starting_point_does_not_matter() -> None:
    contour = cv2.findContours(star()[:, :, 0], cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0]
    expected = fourier_magnitudes(contour, 16)
    assert expected[2:].max() > 0.05
    for start in (1, 100, 333):
        np.testing.assert_allclose(fourier_magnitudes(np.roll(contour, start, axis=0), 16), expected, atol=2e-3)


@pytest.mark.parametrize("degrees", [20.0, 77.0, 190.0])
def test_the_outline_stays_when_it_turns_grows_or_moves(degrees: float) -> None:
    expected = ContourShape().describe(star())[len(NAMES) :]
    assert expected[2:].max() > 0.05
    for other in (star(degrees), star(size=400), np.roll(star(), (5, -4), (0, 1)), star()[::-1], 255 - star()):
        np.testing.assert_allclose(ContourShape().describe(other)[len(NAMES) :], expected, atol=0.02)


def test_the_outline_tells_shapes_apart() -> None:
    vectors = [ContourShape().describe(p)[len(NAMES) :] for p in (star(), ellipse(80, 40), bar(30, 30))]
    assert min(np.linalg.norm(a - b) for a, b in zip(vectors, [*vectors[1:], vectors[0]], strict=True)) > 0.1


@pytest.mark.parametrize("level", [0, 100, 255])
def test_no_object_gives_zeros(level: int) -> None:
    found = ContourShape().describe(np.full((30, 40, 3), level, np.uint8))
    assert found.shape == (24,) and found.dtype == np.float32 and not found.any()


def test_refuses_what_it_cannot_describe() -> None:
    with pytest.raises(ComponentError, match="fourier=129; allowed: 0 to 128"):
        ContourShape(fourier=129).describe(noise(8, 0))
    with pytest.raises(ComponentError, match="fourier=500"):
        build("ContourShape(fourier=500)")
    with pytest.raises(InputError, match="Preparation"):
        ContourShape().describe(noise(8, 0)[:, :, :2])
    with pytest.raises(InputError, match="ContourShape was given a picture with NaN"):
        ContourShape().describe(np.full((8, 8, 1), np.nan, np.float32))
