from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from sightline.classical.descriptors import phase
from sightline.classical.descriptors.phase import LocalPhaseQuantization, fourier_parts, phase_codes
from sightline.errors import ComponentError
from tests.contract import contract_of
from tests.pictures import grating, mat, noise


@pytest.mark.parametrize("window_px", [3, 7])
def test_parts_are_local_fourier_coefficients(window_px: int) -> None:
    image = noise(20, 0)[:16, :, 0]
    parts = fourier_parts(image, window_px)
    assert parts.shape == (8, 17 - window_px, 21 - window_px)
    y, x = np.mgrid[:window_px, :window_px] - window_px // 2
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), (window_px, window_px))
    for number, (u, v) in enumerate([(1, 0), (0, 1), (1, 1), (1, -1)]):
        wave = np.exp(-2j * np.pi * (u * x + v * y) / window_px)
        expected = (windows * wave).sum(axis=(2, 3))
        np.testing.assert_allclose(parts[2 * number], expected.real, atol=0.01)
        np.testing.assert_allclose(parts[2 * number + 1], expected.imag, atol=0.01)


def test_bits_are_signs() -> None:
    image = noise(20, 1)[:, :, 0]
    parts = fourier_parts(image, 5)
    expected = sum((parts[bit] > 25 * phase.FAINT).astype(int) << bit for bit in range(8))
    np.testing.assert_array_equal(phase_codes(image, 5, decorrelate=False), expected)


def test_decorrelated_parts_are_uncorrelated_in_such_pictures() -> None:
    size, rho = 7, phase.CORRELATION
    turn = phase._decorrelation(size)
    np.testing.assert_allclose(turn @ turn.T, np.eye(8), atol=1e-5)
    y, x = np.divmod(np.arange(size * size), size)
    covariance = rho ** np.hypot(y[:, None] - y, x[:, None] - x)
    pictures = np.eye(size * size).reshape(-1, size, size)
    basis = np.stack([fourier_parts((255 * one).astype(np.uint8), size)[:, 0, 0] for one in pictures], axis=1) / 255
    turned = turn @ basis @ covariance @ basis.T @ turn.T
    apart = np.abs(turned - np.diag(np.diag(turned))).max()
    assert apart < 1e-4 * np.diag(turned).max()
    assert (np.diff(np.diag(turned)) <= 1e-3).all()


def test_a_blur_changes_few_codes_and_noise_many() -> None:
    sharp = np.ascontiguousarray(grating(96, 11.0, 30.0) // 2 + mat(96, 0) // 2)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 1.0)
    describe = LocalPhaseQuantization(window_px=7).describe
    distance = np.abs(describe(sharp) - describe(blurred)).sum()
    assert distance < 0.5 * np.abs(describe(sharp) - describe(noise(96, 3))).sum()


@pytest.mark.parametrize("value", [0, 77, 255])
def test_a_flat_picture_has_no_phase(value: int) -> None:
    for window_px in (3, 7, 31, 63):
        flat = np.full((70, 70), value, np.uint8)
        assert not phase_codes(flat, window_px, True).any() and not phase_codes(flat, window_px, False).any()


def test_histograms_sum_to_one_in_every_region() -> None:
    vector = LocalPhaseQuantization(grid=3).describe(mat(50, 5))
    assert vector.shape == (9 * 256,) and vector.dtype == np.float32
    np.testing.assert_allclose(vector.reshape(9, 256).sum(axis=1), 1, rtol=1e-6)
    assert LocalPhaseQuantization(grid=3).describe(noise(8, 0)).reshape(9, 256).sum() == pytest.approx(4)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (6, 6)])
def test_a_picture_smaller_than_the_window_is_extended_by_its_border(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 1), np.uint8)
    missing = [max(7 - length, 0) for length in shape]
    wide = np.pad(picture, [(n // 2, n - n // 2) for n in (*missing, 0)], mode="edge")
    found = LocalPhaseQuantization().describe(picture)
    assert found.sum() == pytest.approx(1) and np.array_equal(found, LocalPhaseQuantization().describe(wide))


@pytest.mark.parametrize("parameters", [{"window_px": 4}, {"window_px": 1}, {"window_px": 65}, {"grid": 0}], ids=repr)
def test_refuses_parameters_out_of_range(parameters: dict[str, Any]) -> None:
    with pytest.raises(ComponentError, match="window_px odd"):
        LocalPhaseQuantization(**parameters).describe(noise(80, 0))


test_keeps_the_contract = contract_of(
    LocalPhaseQuantization(), LocalPhaseQuantization(window_px=3, decorrelate=False, grid=2)
)
