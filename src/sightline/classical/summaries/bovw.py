"""Bag of visual words: how often each typical patch occurs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Matrix, Vector
from sightline.classical.summaries.codebook import k_means, nearest_centers, sample_vectors
from sightline.contracts import LocalFeatures, Summary
from sightline.errors import ComponentError, InputError


class BagOfVisualWords(Summary):
    """Histogram of the nearest words, as square roots of shares.

    The words are the k-means centers of a bounded sample of vectors, so that learning takes the same memory for a
    hundred pictures as for a million. Where the sample holds fewer distinct vectors than `words`, there are fewer
    words. d is the number of words. Cost: O(m words) distances a picture.

    J. Sivic, A. Zisserman: Video Google. ICCV 2003.
    G. Csurka et al.: Visual categorization with bags of keypoints. ECCV workshop 2004.

    Args:
        words: size of the codebook.
        sample: vectors that it is learned from.
        seed: of the sample and of k-means.

    >>> import numpy as np
    >>> features = LocalFeatures(np.eye(3, dtype=np.float32), np.zeros((3, 2), np.float32))
    >>> BagOfVisualWords(words=2).fit([features]).encode(features).shape
    (2,)
    """

    learned = ("words_",)
    limits: ClassVar = {"words": (1, 100_000), "sample": (1, 10_000_000)}
    words_: Matrix

    def __init__(self, words: int = 200, sample: int = 50_000, seed: int = 0) -> None:
        self.words = words
        self.sample = sample
        self.seed = seed

    def fit(self, features: Sequence[LocalFeatures], y: Any = None) -> Self:
        """Learn the words from the features of n pictures.

        Raises:
            InputError: no picture has any feature, or one holds NaN or infinity.
            ComponentError: a parameter out of range.
        """
        if self.words < 1 or self.sample < self.words:
            raise ComponentError(
                f"BagOfVisualWords was given words={self.words}, sample={self.sample}; allowed: words 1 or more, "
                "sample at least words"
            )
        vectors = sample_vectors(features, self.sample, self.seed)
        if not np.isfinite(vectors).all():
            raise InputError("local features hold NaN or infinity; repair the descriptor that made them")
        self.words_ = k_means(vectors, self.words, self.seed)
        return self

    def encode(self, features: LocalFeatures) -> Vector:
        """m vectors to (words,) float32 of length 1; zeros where m is 0."""
        self.check_fitted()
        if len(features) == 0:
            return np.zeros(len(self.words_), np.float32)
        nearest, _ = nearest_centers(features.vectors, self.words_)
        counts = np.bincount(nearest, minlength=len(self.words_))
        return np.sqrt(counts / len(features)).astype(np.float32)
