from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest

from sightline.classical.descriptors.gabor import GaborBank, Wave, bank, responses
from sightline.errors import ComponentError
from tests.contract import contract_of
from tests.pictures import grating, mat, noise

DEFAULT = bank(4, 6, 0.05, 0.4)


def filtered(image: np.ndarray, wave: Wave) -> np.ndarray:
    """The magnitudes by OpenCV, with the kernel out to four standard deviations."""
    values = image.astype(np.float32) - image.mean(dtype=np.float32)
    kernel = wave.kernel(math.ceil(4 / (2 * math.pi * min(wave.along, wave.across))))
    parts = [
        cv2.filter2D(values, cv2.CV_32F, np.ascontiguousarray(part), borderType=cv2.BORDER_REFLECT_101)
        for part in (kernel.real, kernel.imag)
    ]
    return np.hypot(*parts)


@pytest.mark.parametrize("image", [noise(128, 0)[:, :, 0], mat(160, 1)[:131, :, 1]], ids=["noise", "mat"])
@pytest.mark.parametrize("waves", [DEFAULT, bank(2, 3, 0.2, 0.5), bank(1, 2, 0.1, 0.1)], ids=["4x6", "2x3", "1x2"])
def test_magnitudes_are_those_of_filtering(image: np.ndarray, waves: tuple[Wave, ...]) -> None:
    for wave, ours in zip(waves, responses(image, waves), strict=True):
        step = wave.step_px
        expected = filtered(image, wave)[step // 2 :: step, step // 2 :: step]
        assert ours.shape == expected.shape
        inner = tuple(slice(length // 4, -(length // 4)) for length in expected.shape)
        np.testing.assert_allclose(ours[inner], expected[inner], atol=1e-3 * float(expected.max()))


def test_the_border_is_mirrored() -> None:
    image = mat(128, 2)[:, :, 1]
    for wave, ours in zip(DEFAULT[:18], responses(image, DEFAULT[:18]), strict=True):
        expected = filtered(image, wave)[wave.step_px // 2 :: wave.step_px, wave.step_px // 2 :: wave.step_px]
        np.testing.assert_allclose(ours, expected, atol=1e-3 * float(expected.max()))


def test_sampled_statistics_are_those_of_every_pixel() -> None:
    image = mat(128, 3)[:, :, 1]
    vector = GaborBank().describe(image[:, :, None]).reshape(-1, 2)
    maps = [filtered(image, wave) for wave in DEFAULT]
    expected = np.array([[one.mean(), one.std()] for one in maps])
    np.testing.assert_allclose(vector[:18], expected[:18], rtol=0.02, atol=0.01)
    np.testing.assert_allclose(vector[18:], expected[18:], rtol=0.1, atol=0.05)


def test_neighbors_meet_at_half_height() -> None:
    turned = math.pi / 12  # half way to the next orientation
    for fine, coarse in ((DEFAULT[0], DEFAULT[6]), (DEFAULT[12], DEFAULT[18])):
        between = fine.frequency - fine.along * math.sqrt(2 * math.log(2))
        for wave in (fine, coarse):
            assert wave.passes(np.array(between), np.array(0.0)) == pytest.approx(0.5, abs=1e-3)
        u, v = (fine.frequency * 0.9 * part for part in (math.cos(turned), math.sin(turned)))
        levels = [float(wave.passes(np.array(u), np.array(v))) for wave in DEFAULT[:2]]
        assert levels[0] == pytest.approx(levels[1], abs=1e-6)


@pytest.mark.parametrize(("period", "scale"), [(2.5, 0), (5.0, 1), (10.0, 2), (20.0, 3)])
@pytest.mark.parametrize("orientation", range(6))
def test_stripes_fill_the_filter_of_their_width_and_direction(period: float, scale: int, orientation: int) -> None:
    vector = GaborBank().describe(grating(160, period, 30.0 * orientation)).reshape(4, 6, 2)
    assert np.unravel_index(vector[:, :, 0].argmax(), (4, 6)) == (scale, orientation)
    assert vector[scale, orientation, 0] == pytest.approx(127.5 / 2, rel=0.15)


def test_a_flat_picture_holds_no_stripes() -> None:
    assert not GaborBank(grid=2).describe(np.full((30, 50, 3), 200, np.uint8)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 5), (97, 131)])
def test_any_size_has_one_length(shape: tuple[int, int]) -> None:
    vector = GaborBank(grid=2).describe(noise(140, 4)[: shape[0], : shape[1]])
    assert vector.shape == (4 * 48,) and vector.dtype == np.float32
    assert np.isfinite(vector).all()


def test_regions_come_first() -> None:
    half = np.full((64, 64, 1), 128, np.uint8)
    half[:, 32:] = noise(64, 5)[:, 32:, :1]
    vector = GaborBank(grid=2).describe(half).reshape(4, 4, 6, 2)
    assert (vector[[1, 3], 0, :, 0] > 3 * vector[[0, 2], 0, :, 0]).all()


@pytest.mark.parametrize(
    "parameters",
    [{"scales": 0}, {"orientations": 1}, {"lowest": 0.0}, {"lowest": 0.4, "highest": 0.3}, {"highest": 0.6}],
    ids=repr,
)
def test_refuses_parameters_out_of_range(parameters: dict[str, Any]) -> None:
    with pytest.raises(ComponentError, match="lowest <= highest"):
        GaborBank(**parameters).describe(noise(16, 0))


test_keeps_the_contract = contract_of(GaborBank(), GaborBank(scales=2, orientations=4, grid=2, size_px=48))
