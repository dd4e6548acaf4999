from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pytest

from sightline.classical.descriptors.sift import SIFT
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import mat, noise


def blobs(size: int) -> Any:
    """Gaussian blobs of several sizes, bright on dark."""
    y, x = np.mgrid[:size, :size]
    picture = np.full((size, size), 40.0)
    for cx, cy, sigma in ((0.3, 0.3, 4), (0.7, 0.35, 6), (0.4, 0.75, 8)):
        picture += 150 * np.exp(-((x - cx * size) ** 2 + (y - cy * size) ** 2) / (2 * sigma**2))
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def test_finds_the_blobs() -> None:
    found = SIFT().describe(blobs(120))
    for center in ((0.3, 0.3), (0.7, 0.35), (0.4, 0.75)):
        assert np.abs(found.positions - center).max(axis=1).min() < 0.02


def test_vectors_are_opencvs_scaled() -> None:
    picture = noise(96, 0)
    keypoints, theirs = cv2.SIFT.create(nfeatures=0).detectAndCompute(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), None)
    best = int(np.argmax([point.response for point in keypoints]))
    ours = SIFT(root=False).describe(picture)
    np.testing.assert_allclose(ours.vectors[0], theirs[best] / np.linalg.norm(theirs[best]), rtol=1e-5)
    rooted = SIFT().describe(picture).vectors[0]
    np.testing.assert_allclose(rooted**2, theirs[best] / theirs[best].sum(), atol=1e-6)


@pytest.mark.parametrize("root", [True, False])
def test_vectors_have_length_one(root: bool) -> None:
    vectors = SIFT(root=root).describe(noise(96, 1)).vectors
    assert len(vectors) > 10
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_fewer_keypoints_are_the_strongest_of_more() -> None:
    picture = noise(128, 2)
    all_of_them, some = (SIFT(max_keypoints=most).describe(picture) for most in (1000, 12))
    assert len(some) == 12 < len(all_of_them)
    np.testing.assert_array_equal(some.vectors, all_of_them.vectors[:12])
    assert len(SIFT(max_keypoints=1).describe(picture)) == 1


def test_lower_contrast_finds_more() -> None:
    faint = mat(96, 3) // 8
    assert len(SIFT(contrast=0.001).describe(faint)) > len(SIFT(contrast=0.1).describe(faint))


@pytest.mark.parametrize("shape", [(64, 64), (1, 1), (1, 50), (50, 1), (3, 3)])
def test_a_flat_or_tiny_picture_has_none(shape: tuple[int, int]) -> None:
    for picture in (np.full((*shape, 3), 90, np.uint8), np.full((*shape, 1), 0, np.uint8)):
        found = SIFT().describe(picture)
        assert found.vectors.shape == (0, 128) and found.positions.shape == (0, 2)


def test_the_same_from_several_threads() -> None:
    component, pictures = SIFT(), [noise(80, seed) for seed in range(6)]
    alone = [component.describe(picture).vectors for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = [found.vectors for found in pool.map(component.describe, pictures)]
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_refuses_what_it_cannot_describe() -> None:
    with pytest.raises(ComponentError, match="max_keypoints=0"):
        SIFT(max_keypoints=0).describe(noise(8, 0))
    with pytest.raises(ComponentError, match="contrast=2"):
        SIFT(contrast=2).describe(noise(8, 0))
    for other in (noise(8, 0).astype(np.uint16), np.zeros((8, 8, 5), np.uint8)):
        with pytest.raises(InputError, match="Preparation"):
            SIFT().describe(other)


test_keeps_the_contract = contract_of(SIFT(), SIFT(root=False, max_keypoints=5, size_px=80))
