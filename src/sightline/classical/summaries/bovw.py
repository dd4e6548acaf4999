"""Bag of visual words: how often each typical patch occurs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.summaries.additive import checked_vectors
from sightline.classical.summaries.codebook import Codebook, CodebookSummary
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError

ASSIGNMENTS = ("hard", "soft")
WORDS_ASKED = 1000
"""Words whose spacing is measured for the width of the kernel: more would not change their mean."""


class BagOfVisualWords(CodebookSummary):
    """Histogram of the nearest words, as square roots of shares.

    The words are the k-means centers of a bounded sample of vectors, so that learning takes the same memory for a
    hundred pictures as for a million. Where the sample holds fewer distinct vectors than `words`, there are fewer
    words. Soft assignment shares each vector among its nearest words by a Gaussian of the distance, so that a vector
    between two words is not counted for one of them by chance; the kernel is as wide as the words are apart. d is the
    number of words. Cost: O(m words) distances a picture.

    J. Sivic, A. Zisserman: Video Google. ICCV 2003.
    G. Csurka et al.: Visual categorization with bags of keypoints. ECCV workshop 2004.
    J. C. van Gemert et al.: Visual word ambiguity. PAMI 2010 (soft assignment).
    L. Liu, L. Wang, X. Liu: In defense of soft-assignment coding. ICCV 2011 (the nearest words only).

    Args:
        words: size of the codebook.
        sample: vectors that it is learned from.
        seed: of the sample and of k-means.
        assignment: "hard", a vector counts for its nearest word, or "soft", for its nearest few.
        nearest: among how many words soft assignment shares a vector.

    >>> import numpy as np
    >>> features = LocalFeatures(np.eye(3, dtype=np.float32), np.zeros((3, 2), np.float32))
    >>> BagOfVisualWords(words=2).fit([features]).encode(features).shape
    (2,)
    """

    limits: ClassVar = {**CodebookSummary.limits, "nearest": (1, 100)}
    _width: tuple[Codebook, float] | None = None

    def __init__(
        self, words: int = 200, sample: int = 50_000, seed: int = 0, assignment: str = "hard", nearest: int = 5
    ) -> None:
        self.words = words
        self.sample = sample
        self.seed = seed
        self.assignment = assignment
        self.nearest = nearest

    def fit(self, features: Sequence[LocalFeatures], y: Any = None) -> Self:
        """Learn the words from the features of n pictures.

        Raises:
            InputError: no picture has any feature, or one holds NaN or infinity.
            ComponentError: a parameter out of range.
        """
        if self.assignment not in ASSIGNMENTS or self.nearest < 1:
            raise ComponentError(
                f"BagOfVisualWords was given assignment={self.assignment!r}, nearest={self.nearest}; allowed: "
                'assignment "hard" or "soft", nearest 1 or more'
            )
        return super().fit(features, y)

    def sums(self, features: LocalFeatures, cells: Indices, n: int) -> Array:
        """(n, words): how many vectors of each cell each word has, or its shares of them."""
        vectors = checked_vectors(self, features, self.words_.shape[1])
        words = len(self.words_)
        if self.assignment == "soft":
            nearest, shares = soft_assignment(vectors, self.codebook(), self.nearest, self._kernel_width())
            labels = (nearest + cells[:, None] * words).ravel()
            return np.bincount(labels, shares.ravel(), n * words).reshape(n, words)
        labels = self.codebook().nearest(vectors) + cells * words
        return np.bincount(labels, minlength=n * words).reshape(n, words)

    def finish(self, sums: Array) -> Matrix:
        """Square roots of shares, (n, words) float32 of length 1; zeros where there are no vectors."""
        totals = sums.sum(axis=1, keepdims=True)
        return np.sqrt(sums / np.where(totals > 0, totals, 1)).astype(np.float32)

    def _kernel_width(self) -> float:
        codebook = self.codebook()
        if self._width is None or self._width[0] is not codebook:
            self._width = codebook, kernel_width(codebook)
        return self._width[1]


def kernel_width(codebook: Codebook) -> float:
    """The mean squared distance of a word to the nearest other one, over up to `WORDS_ASKED`; 1 for one word alone."""
    asked = np.arange(0, len(codebook.words), -(-len(codebook.words) // WORDS_ASKED))
    total = 0.0
    for rows, gains in codebook.gains(codebook.words[asked]):
        gains[np.arange(len(gains)), asked[rows]] = -np.inf
        total += float((codebook.halves[asked[rows]] - gains.max(axis=1)).sum(dtype=np.float64))
    width = 2 * total / len(asked)
    return width if np.isfinite(width) and width > 0 else 1.0


def soft_assignment(vectors: Matrix, codebook: Codebook, count: int, width: float) -> tuple[Indices, Array]:
    """The `count` nearest words of each of m vectors, and their shares of it: (m, count) int64 and float32, sums of 1.

    A share is proportional to exp(-|v - c|^2 / width).
    """
    count = min(count, len(codebook.words))
    nearest = np.empty((len(vectors), count), np.int64)
    shares = np.empty((len(vectors), count), np.float32)
    for rows, gains in codebook.gains(vectors):
        at = np.arange(len(gains))
        for rank in range(count):
            best = gains.argmax(axis=1)
            nearest[rows, rank] = best
            shares[rows, rank] = gains[at, best]
            gains[at, best] = -np.inf
    shares -= shares[:, :1].copy()
    np.exp(shares * np.float32(2 / width), out=shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return nearest, shares
