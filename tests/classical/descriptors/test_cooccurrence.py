from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors.cooccurrence import DIRECTIONS, Cooccurrence, quantize
from sightline.classical.descriptors.pair_counts import cooccurrence_matrix
from sightline.errors import ComponentError
from tests.contract import contract_of
from tests.pictures import disc, mat, noise

ANGLES = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
PROPERTIES = ["contrast", "dissimilarity", "homogeneity", "ASM", "energy", "correlation"]
PICTURES = {
    "noise": noise(60, 0)[:40, :, 0],
    "mat": mat(100, 1)[:90, :, 1],
    "disc": disc(60, 20.0)[:, :, 0],
    "constant": np.full((9, 9), 77, np.uint8),
    "few levels": noise(50, 2)[:, :, 0] // 64,
    "smallest": noise(2, 3)[:, :, 0],
}
every_picture = pytest.mark.parametrize("image", PICTURES.values(), ids=PICTURES.keys())


@every_picture
def test_matrices_are_those_of_scikit_image(image: np.ndarray) -> None:
    feature = pytest.importorskip("skimage.feature", reason="scikit-image is the reference")
    for levels in (256, 16):
        levelled = quantize(image, levels)
        expected = feature.graycomatrix(levelled, [1], ANGLES, levels, symmetric=True)[:, :, 0, :]
        ours = np.stack([cooccurrence_matrix(levelled, *step, levels) for step in DIRECTIONS], axis=-1)
        np.testing.assert_array_equal(ours, expected)


@every_picture
def test_properties_are_those_of_scikit_image(image: np.ndarray) -> None:
    feature = pytest.importorskip("skimage.feature", reason="scikit-image is the reference")
    matrices = feature.graycomatrix(image, [1], ANGLES, symmetric=True, normed=True)
    expected = np.stack([feature.graycoprops(matrices, name)[0] for name in PROPERTIES], axis=1)
    ours = Cooccurrence("properties", pooling="each").describe(image[:, :, None]).reshape(4, 6)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


@every_picture
@pytest.mark.parametrize("distance", [1, 3])
def test_haralick_is_that_of_the_formulas(image: np.ndarray, distance: int) -> None:
    if min(image.shape) <= distance:
        pytest.skip("no pairs")
    steps = [(down * distance, right * distance) for down, right in DIRECTIONS]
    expected = np.stack([by_the_book(cooccurrence_matrix(image, *step)) for step in steps])
    parameters: dict[str, Any] = {"distances": (distance,)}
    each = Cooccurrence(pooling="each", **parameters).describe(image[:, :, None]).reshape(4, 13)
    np.testing.assert_allclose(each, expected, rtol=1e-5, atol=1e-6)
    pooled = Cooccurrence(**parameters).describe(image[:, :, None]).reshape(2, 13)
    np.testing.assert_allclose(pooled, [expected.mean(axis=0), np.ptp(expected, axis=0)], rtol=1e-5, atol=1e-4)
    mean = Cooccurrence(pooling="mean", **parameters).describe(image[:, :, None])
    np.testing.assert_array_equal(mean, pooled[0])


@every_picture
def test_haralick_is_that_of_mahotas(image: np.ndarray) -> None:
    features = pytest.importorskip("mahotas.features", reason="mahotas is the reference")
    expected = features.haralick(image, use_x_minus_y_variance=True)
    ours = Cooccurrence(pooling="each").describe(image[:, :, None]).reshape(4, 13)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)


def by_the_book(matrix: np.ndarray) -> np.ndarray:
    """Haralick's appendix, sum by sum, for a symmetric matrix; entropies in bits."""
    p = matrix / matrix.sum()
    i, j = np.mgrid[: len(p), : len(p)]
    single = p.sum(axis=1)
    levels = np.arange(len(p))
    mean = single @ levels
    variance = single @ (levels - mean) ** 2
    plus = np.array([p[i + j == k].sum() for k in range(2 * len(p) - 1)])
    minus = np.array([p[abs(i - j) == k].sum() for k in range(len(p))])
    average = plus @ np.arange(len(plus))
    independent = np.outer(single, single)
    seen = independent > 0
    cross = -(p[seen] * np.log2(independent[seen])).sum()
    spread = -(independent[seen] * np.log2(independent[seen])).sum()
    information = (entropy(p) - cross) / entropy(single) if entropy(single) > 0 else 0.0
    return np.array(
        [
            (p**2).sum(),
            minus @ levels**2,
            ((i - mean) * (j - mean) * p).sum() / variance if variance else 1.0,
            variance,
            (p / (1 + (i - j) ** 2)).sum(),
            average,
            plus @ (np.arange(len(plus)) - average) ** 2,
            entropy(plus),
            entropy(p),
            minus @ (levels - minus @ levels) ** 2,
            entropy(minus),
            information,
            np.sqrt(max(0.0, 1 - np.exp(-2 * (spread - entropy(p))))),
        ]
    )


def entropy(shares: np.ndarray) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def test_two_distances_follow_each_other_and_longer_means_along_both_axes() -> None:
    image = noise(30, 5)[:, :, :1]
    near, far = (Cooccurrence(distances=(distance,)).describe(image) for distance in (1, 2))
    np.testing.assert_array_equal(Cooccurrence(distances=(1, 2)).describe(image), np.concatenate([near, far]))
    steps = np.zeros((8, 8), np.uint8)
    steps[::2, ::2] = 1  # what is (2, 2) apart is equal
    contrast = Cooccurrence("properties", distances=(2,), pooling="each").describe(steps[:, :, None])[::6]
    np.testing.assert_array_equal(contrast, [0, 0, 0, 0])


def test_levels_are_of_equal_width() -> None:
    every = np.arange(256, dtype=np.uint8)[None, :]
    assert np.array_equal(np.bincount(quantize(every, 8)[0]), [32] * 8)
    assert np.array_equal(quantize(every, 256), every)
    assert quantize(every, 5).max() == 4


def test_a_constant_picture_is_certain() -> None:
    vector = Cooccurrence(pooling="mean").describe(np.full((5, 8, 3), 40, np.uint8))
    np.testing.assert_allclose(vector, [1, 0, 1, 0, 1, 80, 0, 0, 0, 0, 0, 0, 0], atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (3, 3)])
def test_a_picture_without_pairs_is_extended_by_its_border(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 1), np.uint8)
    missing = [max(4 - length, 0) for length in shape]
    wide = np.pad(picture, [(n // 2, n - n // 2) for n in (*missing, 0)], mode="edge")
    descriptor = Cooccurrence(distances=(1, 3))
    assert np.array_equal(descriptor.describe(picture), descriptor.describe(wide))


@pytest.mark.parametrize(
    "parameters",
    [{"levels": 1}, {"levels": 257}, {"distances": ()}, {"distances": (0,)}, {"pooling": "sum"}, {"features": "all"}],
    ids=repr,
)
def test_refuses_parameters_out_of_range(parameters: dict[str, Any]) -> None:
    with pytest.raises(ComponentError, match="Cooccurrence"):
        Cooccurrence(**parameters).describe(noise(16, 0))


test_keeps_the_contract = contract_of(
    Cooccurrence("properties", levels=32, distances=(1, 2), pooling="each"), Cooccurrence(pooling="mean")
)
