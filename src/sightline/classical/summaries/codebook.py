"""Codebooks: k-means, which word is nearest, and what the summaries that are built on words share."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Array, Indices, Matrix, Vector, generator
from sightline.classical.sampling import sample_vectors
from sightline.classical.summaries.additive import AdditiveSummary, sum_by_label
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError
from sightline.parallel import chunks
from sightline.threads import one_thread_each

ROUNDS = 25
"""Lloyd's algorithm has mostly settled by then; histograms over words do not get better with the last per cent."""
CHUNK = 192
"""Vectors compared at once: with 200 words, 150 kB, which stay in the second-level cache."""
FEW = 128
"""Words up to which they are compared as rows, at most 256; with more, chunks that fit the cache are too short."""
CHUNK_OF_FEW = 1024
"""Vectors compared at once with that many words, which takes a quarter less time than with a column for each word."""
TOGETHER = 32
"""Pictures whose sums are finished at once: a call for each would take longer than the work."""
ENOUGH = 1e-4
"""Relative gain of a round below which it stops."""
FAR = 10.0
"""Words whose mean is farther from 0 than so many times their spread are compared around it: products of single
precision have lost two digits by then. Descriptors of histograms stay as they are."""


@dataclasses.dataclass(frozen=True, eq=False)
class Codebook:
    """Words, with what comparing vectors to them needs.

    Attributes:
        words: (words, d) float32, as learned.
        center: (d,) float32, what words and vectors are compared around; None for 0.
        moved: (words, d) float32, the words around the center.
        transposed: (d, words) float32, the same as the matrix product reads it fastest.
        halves: (words,) float32, half the squared length of each moved word.
    """

    words: Matrix
    center: Vector | None
    moved: Matrix
    transposed: Matrix
    halves: Array

    @classmethod
    def of(cls, words: Matrix, center: Vector | None = None) -> Codebook:
        """The codebook of (words, d) float32."""
        moved = words if center is None else words - center
        halves = 0.5 * np.einsum("ij,ij->i", moved, moved)
        return cls(words, center, moved, np.ascontiguousarray(moved.T), halves)

    def around(self, vectors: Matrix) -> Matrix:
        """Vectors as the words are compared: around the center."""
        return vectors if self.center is None else vectors - self.center

    def gains(self, vectors: Matrix) -> Iterator[tuple[slice, Matrix]]:
        """Chunks of rows with v . c - |c|^2 / 2 of each word, (rows, words), larger is nearer; reused by the next.

        Both v and c are around the center.
        """
        space = np.empty((min(CHUNK, len(vectors)), len(self.words)), np.float32)
        for start in range(0, len(vectors), CHUNK):
            chunk = self.around(vectors[start : start + CHUNK])
            gains = np.matmul(chunk, self.transposed, out=space[: len(chunk)])
            gains -= self.halves
            yield slice(start, start + len(chunk)), gains

    def nearest(self, vectors: Matrix) -> Indices:
        """(m,) int64: which word is nearest to each of (m, d) vectors."""
        if len(self.words) <= FEW:
            return self._nearest_of_few(vectors)
        nearest = np.empty(len(vectors), np.int64)
        for rows, gains in self.gains(vectors):
            gains.argmax(axis=1, out=nearest[rows])
        return nearest

    def _nearest_of_few(self, vectors: Matrix) -> Indices:
        """`nearest` with a row for each word: a maximum over rows takes a fifth of the time of `argmax` in each row."""
        if len(vectors) > CHUNK_OF_FEW:
            starts = range(0, len(vectors), CHUNK_OF_FEW)
            return np.concatenate([self._nearest_of_few(vectors[start : start + CHUNK_OF_FEW]) for start in starts])
        halves, from_the_end = self._columns
        gains = self.moved @ self.around(vectors).T
        gains -= halves
        is_best = (gains == gains.max(axis=0)).view(np.uint8)
        is_best *= from_the_end  # so that of two equally near the first wins
        nearest: Indices = np.subtract(len(self.words) - 1, is_best.max(axis=0), dtype=np.int64)
        return nearest

    @functools.cached_property
    def _columns(self) -> tuple[Array, Array]:
        """The halves, and how many words come after each, as (words, 1)."""
        return self.halves[:, None], np.arange(len(self.words) - 1, -1, -1, dtype=np.uint8)[:, None]


class CodebookSummary(AdditiveSummary):
    """A summary built on words: the k-means centers of a bounded sample of vectors.

    Learning takes the same memory for a hundred pictures as for a million. Where the sample holds fewer distinct
    vectors than `words`, there are fewer words.
    """

    learned = ("words_",)
    limits: ClassVar = {"words": (1, 100_000), "sample": (1, 10_000_000)}
    words: int
    sample: int
    seed: int
    words_: Matrix
    _codebook: Codebook | None = None

    @one_thread_each()
    def fit(self, features: Sequence[LocalFeatures], y: Any = None) -> Self:
        """Learn the words from the features of n pictures.

        Raises:
            InputError: no picture has any feature, or one holds NaN or infinity.
            ComponentError: a parameter out of range.
        """
        if self.words < 1 or self.sample < self.words:
            raise ComponentError(
                f"{type(self).__name__} was given words={self.words}, sample={self.sample}; allowed: words 1 or more, "
                "sample at least words"
            )
        self.words_ = k_means(sample_vectors(features, self.sample, self.seed), self.words, self.seed)
        return self

    def transform(self, features: Iterable[LocalFeatures]) -> Matrix:
        """The features of n pictures to (n, d) float32, row by row what `encode` gives."""
        self.check_fitted()
        parts = [self._together(chunk) for chunk in chunks(features, TOGETHER)]
        return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)

    def _together(self, pictures: list[LocalFeatures]) -> Matrix:
        return self.finish(np.concatenate([self.sums(one, np.zeros(len(one), np.int64), 1) for one in pictures]))

    def codebook(self) -> Codebook:
        """The words as learned or restored, prepared once."""
        if self._codebook is None or self._codebook.words is not self.words_:
            self._codebook = Codebook.of(self.words_, far_center(self.words_))
        return self._codebook


def far_center(vectors: Matrix) -> Vector | None:
    """The mean (d,) float32 of (m, d) vectors where it is `FAR` from 0 against their spread around it; else None."""
    center = vectors.mean(axis=0, dtype=np.float64)
    spread = vectors.var(axis=0, dtype=np.float64).sum()
    return center.astype(np.float32) if center @ center > FAR**2 * spread > 0 else None


def k_means(vectors: Matrix, words: int, seed: int) -> Matrix:
    """Centers (words, d) float32 of (s, d) vectors by Lloyd's algorithm; fewer where there are fewer distinct vectors.

    Own instead of scikit-learn's: one matrix product a round, no threads of its own, and the same result for a seed on
    any number of cores. It starts from distinct vectors drawn at random; a center that loses all its vectors moves to
    the vector that is worst described. Cost: O(rounds s words d).
    """
    if (middle := far_center(vectors)) is not None:
        return k_means(vectors - middle, words, seed) + middle
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
        centers = _means(vectors, nearest, len(centers), distances)
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
    nearest = np.empty(len(vectors), np.int64)
    best = np.empty(len(vectors), np.float32)
    for rows, gains in Codebook.of(centers).gains(vectors):
        gains.argmax(axis=1, out=nearest[rows])
        best[rows] = np.take_along_axis(gains, nearest[rows, None], axis=1)[:, 0]
    return nearest, best


def _means(vectors: Matrix, nearest: Indices, n: int, distances: Array) -> Matrix:
    """The mean of the vectors of each of n centers."""
    counts = np.bincount(nearest, minlength=n)
    means: Matrix = sum_by_label(vectors, nearest, n) / np.maximum(counts, 1).astype(np.float32)[:, None]
    lost = np.flatnonzero(counts == 0)
    means[lost] = vectors[np.argsort(-distances, kind="stable")[: len(lost)]]
    return means
