"""VLAD: where the vectors of a picture lie around the typical ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.sampling import LARGEST, check_values
from sightline.classical.summaries.additive import as_long_as_fitted, scaled_to_length_one, signed_power, sum_by_label
from sightline.classical.summaries.codebook import Codebook, CodebookSummary
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError

ROUNDING = 1e-5
"""Residuals shorter than this share of what was subtracted are rounding of float32, and zero."""
ROUNDING_OF_CENTER = 2e-7
"""The same where words far from 0 were moved there, exactly but for what float32 had rounded before."""


class VLAD(CodebookSummary):
    """Vector of locally aggregated descriptors: for each word, the sum of residuals of the vectors nearest to it.

    The residuals of each word are scaled to length 1 (`intra`), so that one repeated texture does not outweigh
    everything else; then the signed power of each value, then the whole vector to length 1. The words are the k-means
    centers of a bounded sample; where it holds fewer distinct vectors than `words`, there are fewer. A word without
    vectors is zeros, and so is a picture without features. d is words times the length of a vector, word by word.
    Cost: O(m words) distances a picture.

    H. Jégou, M. Douze, C. Schmid, P. Pérez: Aggregating local descriptors into a compact image representation.
    CVPR 2010.
    R. Arandjelović, A. Zisserman: All about VLAD. CVPR 2013 (intra-normalization).

    Args:
        words: size of the codebook.
        intra: scale the residuals of each word to length 1.
        power: exponent of the signed power of each value; 0.5 is the signed square root, 1 none.
        sample: vectors that the words are learned from.
        seed: of the sample and of k-means.

    >>> import numpy as np
    >>> features = LocalFeatures(np.eye(3, dtype=np.float32), np.zeros((3, 2), np.float32))
    >>> VLAD(words=2).fit([features]).encode(features).shape
    (6,)
    """

    limits: ClassVar = {**CodebookSummary.limits, "words": (1, 10_000), "power": (0.01, 1)}

    def __init__(
        self, words: int = 64, intra: bool = True, power: float = 1.0, sample: int = 50_000, seed: int = 0
    ) -> None:
        self.words = words
        self.intra = intra
        self.power = power
        self.sample = sample
        self.seed = seed

    def fit(self, features: Sequence[LocalFeatures], y: Any = None) -> Self:
        """Learn the words from the features of n pictures.

        Raises:
            InputError: no picture has any feature, or one holds NaN or infinity.
            ComponentError: a parameter out of range.
        """
        if not 0 < self.power <= 1:
            raise ComponentError(f"VLAD was given power={self.power}; allowed: above 0, at most 1")
        return super().fit(features, y)

    def sums(self, features: LocalFeatures, cells: Indices, n: int) -> Array:
        """(n, words d + words) float32: the sum of the vectors nearest to each word, and how many they are.

        Vectors are taken around the center of the codebook, where it has one.
        """
        words, d = self.words_.shape
        vectors, codebook = as_long_as_fitted(self, features, d), self.codebook()
        with np.errstate(invalid="ignore", over="ignore"):
            labels = codebook.nearest(vectors)
            if n > 1:
                labels += cells * words
            sums = np.empty((n, words * (d + 1)), np.float32)
            sums[:, : words * d] = sum_by_label(codebook.around(vectors), labels, n * words).reshape(n, -1)
            # NaN and infinity of any vector are in a sum: fewer values to look at, a tenth of the time of all this.
            if not np.vdot(sums[:, : words * d], sums[:, : words * d]) <= LARGEST:
                check_values(vectors)
        sums[:, words * d :] = np.bincount(labels, minlength=n * words).reshape(n, -1)
        return sums

    def finish(self, sums: Array) -> Matrix:
        """Residuals, those of each word scaled, their signed power, the whole scaled: (n, words d) float32."""
        (words, d), codebook = self.words_.shape, self.codebook()
        counts = sums[:, words * d :]
        residuals = counts[:, :, None] * codebook.moved
        np.subtract(sums[:, : words * d].reshape(-1, words, d), residuals, out=residuals)
        lengths = np.sqrt(np.vecdot(residuals, residuals))
        kept = lengths > counts * _rounding(codebook)
        long = np.where(kept, lengths, np.float32(1))
        scales = kept / long if self.intra else kept.astype(np.float32)
        if self.power == 1:  # the length of the whole follows from those of the words
            scales = scaled_to_length_one(scales * lengths) / long
        residuals *= scales[:, :, None]
        flat = residuals.reshape(len(sums), -1)
        return flat if self.power == 1 else scaled_to_length_one(signed_power(flat, self.power))


def _rounding(codebook: Codebook) -> Array:
    """(words,): how long a residual that is rounding alone may be, for each vector that is summed."""
    rounding: Array = ROUNDING * np.sqrt(2 * codebook.halves)
    if codebook.center is not None:
        rounding += np.float32(ROUNDING_OF_CENTER * np.linalg.norm(codebook.center))
    return rounding
