from __future__ import annotations

import numpy as np

from sightline.classical.descriptors.pair_counts import cooccurrence_matrix, count_pairs, tally
from tests.pictures import mat, noise


def counted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """The symmetric matrix, pair by pair."""
    matrix = np.zeros((256, 256), np.int64)
    for y, x in np.ndindex(*image.shape):
        if y + down < image.shape[0] and 0 <= x + right < image.shape[1]:
            pair = image[y, x], image[y + down, x + right]
            matrix[pair] += 1
            matrix[pair[::-1]] += 1
    return matrix


def test_every_pair_is_counted_both_ways() -> None:
    image = noise(12, 0)[:9, :, 0] // 16
    for step in ((0, 1), (1, 1), (1, 0), (1, -1), (0, 3), (4, -2)):
        np.testing.assert_array_equal(cooccurrence_matrix(image, *step), counted(image, *step))
    assert cooccurrence_matrix(image, 0, 1, levels=16).shape == (16, 16)


def test_a_half_starts_at_the_lowest_level() -> None:
    image = mat(30, 1)[:, :, 0]
    lowest, highest = int(image.min()), int(image.max())
    half, whole = count_pairs(image, 1, 0, lowest, highest), count_pairs(image, 1, 0)
    np.testing.assert_array_equal(half, whole[lowest : highest + 1, lowest : highest + 1])
    assert whole.sum() == half.sum() == 29 * 30 and not np.tril(half, -1).any()


def test_a_tally_is_that_of_the_whole_matrix() -> None:
    image = mat(40, 2)[:, :, 1]
    steps = [(0, 1), (1, -1)]
    found = tally(image, steps)
    for row, step in enumerate(steps):
        p = counted(image, *step) / counted(image, *step).sum()
        u = found.marginals.shape[1]
        diagonals = [np.trace(p, k) + (np.trace(p, -k) if k else 0) for k in range(u)]
        np.testing.assert_allclose(found.differences[row], diagonals, atol=1e-9)
        np.testing.assert_allclose(found.marginals[row], p.sum(axis=0)[found.lowest :][:u], atol=1e-9)
        np.testing.assert_allclose(found.moments[row], (p**2).sum(), rtol=1e-6)
        np.testing.assert_allclose(found.entropies[0, row], -(p[p > 0] * np.log2(p[p > 0])).sum(), rtol=1e-9)
