from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from sightline.classical.descriptors.orb import ORB
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import noise


def test_finds_the_corners_of_a_square() -> None:
    sharp = np.zeros((128, 128), np.uint8)
    sharp[48:80, 48:80] = 200
    found = ORB(levels=1).describe(cv2.GaussianBlur(sharp, (0, 0), 1)[:, :, None])  # equal scores suppress each other
    corners = np.array([[x, y] for x in (48, 80) for y in (48, 80)]) / 128
    distance = np.abs(found.positions[:, None] - corners).max(axis=2)
    assert distance.min(axis=0).max() < 0.03 and distance.min(axis=1).max() < 0.06


def test_bits_are_opencvs() -> None:
    picture = noise(96, 0)
    keypoints, codes = cv2.ORB.create().detectAndCompute(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), None)
    best = int(np.argmax([point.response for point in keypoints]))
    found = ORB().describe(picture)
    assert len(found) == len(keypoints)
    expected = [int(codes[best, byte]) >> (7 - bit) & 1 for byte in range(32) for bit in range(8)]
    assert found.vectors[0].tolist() == expected


def test_squared_distance_is_hamming() -> None:
    vectors = ORB().describe(noise(96, 1)).vectors
    first, second = (np.packbits(row.astype(np.uint8)) for row in vectors[:2])
    assert np.sum((vectors[0] - vectors[1]) ** 2) == cv2.norm(first, second, cv2.NORM_HAMMING)


def test_never_more_than_asked_for() -> None:
    picture = noise(128, 2)
    assert len(ORB().describe(picture)) > 20
    for most in (1, 7, 20):
        assert len(ORB(max_keypoints=most).describe(picture)) <= most


def test_a_small_picture_needs_a_small_patch() -> None:
    picture = noise(40, 3)
    assert len(ORB().describe(picture)) == 0
    assert len(ORB(patch_px=9).describe(picture)) > 0


@pytest.mark.parametrize("patch_px", [5, 31])
@pytest.mark.parametrize("shape", [(100, 100), (1, 1), (1, 500), (500, 1), (11, 400), (63, 63)])
def test_a_flat_or_tiny_picture_has_none(shape: tuple[int, int], patch_px: int) -> None:
    for channels in (1, 3):
        found = ORB(patch_px=patch_px, levels=12).describe(np.full((*shape, channels), 90, np.uint8))
        assert found.vectors.shape == (0, 256) and found.positions.shape == (0, 2)


def test_the_same_from_several_threads() -> None:
    component, pictures = ORB(), [noise(80, seed) for seed in range(6)]
    alone = [component.describe(picture).vectors for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = [found.vectors for found in pool.map(component.describe, pictures)]
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize("name", ["max_keypoints", "threshold", "levels", "patch_px"])
def test_refuses_parameters_out_of_range(name: str) -> None:
    with pytest.raises(ComponentError, match=f"{name}=0; allowed"):
        ORB(**{name: 0}).describe(noise(8, 0))


def test_refuses_other_pictures() -> None:
    for other in (noise(8, 0).astype(np.uint16), np.zeros((8, 8, 5), np.uint8)):
        with pytest.raises(InputError, match="Preparation"):
            ORB().describe(other)


test_keeps_the_contract = contract_of(ORB(), ORB(patch_px=9, levels=3, max_keypoints=40))
