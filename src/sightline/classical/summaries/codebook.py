"""Codebooks: k-means on a bounded sample of local features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sightline.arrays import Array, Indices, Matrix, generator
from sightline.contracts import LocalFeatures
from sightline.errors import InputError
from sightline.parallel import ordered_map

MAX_PICTURES = 2000
"""Pictures that a sample is drawn from; more would only cost time, since each then gives a handful of vectors."""
ROUNDS = 25
"""Lloyd's algorithm has mostly settled by then; histograms over words do not get better with the last per cent."""
CHUNK = 8192
"""Vectors compared at once: with 1,000 words, 32 MB."""
ENOUGH = 1e-4
"""Relative gain of a round below which it stops."""


def sample_vectors(features: Sequence[LocalFeatures], count: int, seed: int) -> Matrix:
    """About `count` vectors of n pictures at most, (s, d) float32, drawn evenly from `MAX_PICTURES` of them at most.

    A picture with fewer vectors than its share gives all of them.

    Raises:
        InputError: there is no vector at all.
    """
    chosen = np.sort(generator(seed, "pictures").permutation(len(features))[:MAX_PICTURES])
    share = -(-count // max(len(chosen), 1))

    def draw(index: int) -> Matrix:
        vectors: Matrix = features[index].vectors
        rows = generator(seed, "rows", index).permutation(len(vectors))[:share]
        return np.ascontiguousarray(vectors[np.sort(rows)], dtype=np.float32)

    drawn = [vectors for vectors in ordered_map(draw, chosen.tolist()) if len(vectors)]
    if not drawn:
        raise InputError(
            f"none of {len(features)} pictures gave a local feature to learn words from; they may all be smaller than "
            "a patch: take larger pictures, or a smaller patch"
        )
    return np.concatenate(drawn)


def k_means(vectors: Matrix, words: int, seed: int) -> Matrix:
    """Centers (words, d) float32 of (s, d) vectors by Lloyd's algorithm; fewer where there are fewer distinct vectors.

    Own instead of scikit-learn's: two matrix products a round, no threads of its own, and the same result for a seed on
    any number of cores. It starts from distinct vectors drawn at random; a center that loses all its vectors moves to
    the vector that is worst described. Cost: O(rounds s words d).
    """
    centers = _start(vectors, words, generator(seed, "k-means"))
    before = np.inf
    squares = np.einsum("ij,ij->i", vectors, vectors)
    for _ in range(ROUNDS):
        nearest, gain = nearest_centers(vectors, centers)
        distances = squares - 2 * gain
        spread = float(distances.sum(dtype=np.float64))
        if spread > (1 - ENOUGH) * before:
            break
        before = spread
        centers = _means(vectors, nearest, centers, distances)
    return centers


def _start(vectors: Matrix, words: int, random: np.random.Generator) -> Matrix:
    """Up to `words` distinct rows in random order; twice as many are drawn as needed, all if that is not enough."""
    order = random.permutation(len(vectors))
    for candidates in (order[: 2 * words], order):
        distinct = np.unique(vectors[candidates], axis=0, return_index=True)[1]
        if len(distinct) >= words:
            break
    return vectors[candidates[np.sort(distinct)[:words]]]


def nearest_centers(vectors: Matrix, centers: Matrix) -> tuple[Indices, Array]:
    """For each of (m, d) vectors: which center is nearest, and v . c - |c|^2 / 2 of that center (larger is nearer)."""
    halves = 0.5 * np.einsum("ij,ij->i", centers, centers)
    nearest = np.empty(len(vectors), np.int64)
    best = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), CHUNK):
        gains = vectors[start : start + CHUNK] @ centers.T - halves
        rows = slice(start, start + len(gains))
        nearest[rows] = gains.argmax(axis=1)
        best[rows] = np.take_along_axis(gains, nearest[rows, None], axis=1)[:, 0]
    return nearest, best


def _means(vectors: Matrix, nearest: Indices, centers: Matrix, distances: Array) -> Matrix:
    """The mean of the vectors of each center."""
    counts = np.bincount(nearest, minlength=len(centers))
    order = np.argsort(nearest, kind="stable")
    used = np.flatnonzero(counts)
    starts = np.concatenate([[0], np.cumsum(counts[used])[:-1]])
    means = centers.copy()
    means[used] = np.add.reduceat(vectors[order], starts, axis=0) / counts[used, None]
    lost = np.flatnonzero(counts == 0)
    means[lost] = vectors[np.argsort(-distances, kind="stable")[: len(lost)]]
    return means
