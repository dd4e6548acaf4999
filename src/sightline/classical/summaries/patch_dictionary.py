"""Patch dictionary: how strongly each learned patch answers, in each part of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Array, Indices, Matrix, Vector
from sightline.classical.sampling import sample_vectors
from sightline.classical.summaries.additive import AdditiveSummary, checked_vectors
from sightline.classical.summaries.codebook import far_center, k_means
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError
from sightline.threads import one_thread_each

BLOCK_VALUES = 2**17
"""Codes made at once: half a megabyte, which stays in the second-level cache through all passes over them."""


class PatchDictionary(AdditiveSummary):
    """Codes of all patches over a learned dictionary, summed over the cells of a grid.

    Two codings. "triangle": for each word max(0, mean distance - distance), so that about half of the words answer, the
    nearer the more. "rectified": the two sides max(0, s - threshold) and max(0, -s - threshold) of the projection s on
    each word, scaled to length 1: twice the values for the same work, and as good with half the words. The words are
    k-means centers. The patches should come whitened:

        Patches() > PCA(components=None, whiten="zca") > PatchDictionary(words=800) > LinearSVM()

    The sums are divided by the number of patches of the whole picture, and their square root is taken, which tames the
    few cells that answer to everything. A cell without patches is zeros. The order of the d values is cell row, cell
    column, word (all positive sides, then all negative ones); d = grid^2 * words, twice that when rectified.
    Cost: O(m words d) a picture; 729 patches of 108 values with 800 words take 2 ms.

    A. Coates, H. Lee, A. Ng: An analysis of single-layer networks in unsupervised feature learning. AISTATS 2011.
    A. Coates, A. Ng: The importance of encoding versus training with sparse coding and vector quantization. ICML 2011.

    Args:
        words: size of the dictionary.
        coding: "triangle" or "rectified".
        grid: cells a side.
        threshold: of the rectified coding, in units of the patches' root mean square projection.
        sample: patches that the dictionary is learned from.
        seed: of the sample and of k-means.

    >>> import numpy as np
    >>> patches = LocalFeatures(np.eye(3, dtype=np.float32), np.full((3, 2), 0.2, np.float32))
    >>> PatchDictionary(words=3, grid=1).fit([patches]).encode(patches).shape
    (3,)
    """

    learned = ("words_", "threshold_")
    limits: ClassVar = {"words": (1, 50_000), "grid": (1, 16), "threshold": (0, 100), "sample": (1, 10_000_000)}
    words_: Matrix
    threshold_: Array

    def __init__(
        self,
        words: int = 800,
        coding: str = "triangle",
        grid: int = 2,
        threshold: float = 0.25,
        sample: int = 100_000,
        seed: int = 0,
    ) -> None:
        self.words = words
        self.coding = coding
        self.grid = grid
        self.threshold = threshold
        self.sample = sample
        self.seed = seed

    @one_thread_each()
    def fit(self, features: Sequence[LocalFeatures], y: Any = None) -> Self:
        """Learn the words from the patches of n pictures.

        Raises:
            InputError: no picture has any patch, or one holds NaN or infinity.
            ComponentError: a parameter out of range.
        """
        if self.coding not in ("triangle", "rectified"):
            raise ComponentError(f'PatchDictionary has no coding "{self.coding}"; allowed: "triangle", "rectified"')
        if self.words < 1 or self.grid < 1 or self.sample < self.words or self.threshold < 0:
            raise ComponentError(
                f"PatchDictionary was given words={self.words}, grid={self.grid}, sample={self.sample}, "
                f"threshold={self.threshold}; allowed: words and grid 1 or more, sample at least words, threshold 0 or "
                "more"
            )
        vectors = sample_vectors(features, self.sample, self.seed)
        self.words_, self.threshold_ = k_means(vectors, self.words, self.seed), np.zeros(1, np.float32)
        if self.coding == "rectified":
            self.words_ /= np.maximum(np.linalg.norm(self.words_, axis=1, keepdims=True), np.float32(1e-12))
            spread = np.sqrt(np.mean(np.square(vectors[:1000] @ self.words_.T, dtype=np.float64)))
            self.threshold_ = np.array([self.threshold * spread], np.float32)
        return self

    def encode(self, features: LocalFeatures) -> Vector:
        """m patches with positions, perhaps none, to (d,) float32."""
        self.check_fitted()
        column, row = np.minimum((features.positions * self.grid).astype(np.int64), self.grid - 1).T
        codes = self.finish(self.sums(features, row * self.grid + column, self.grid**2))
        return codes.ravel() / np.float32(np.sqrt(max(len(features), 1)))

    def sums(self, features: LocalFeatures, cells: Indices, n: int) -> Array:
        """(n, s) float32: the codes of the patches in each of n cells, added up."""
        vectors = checked_vectors(self, features, self.words_.shape[1])
        sided = self.coding == "rectified"
        center = None if sided else far_center(self.words_)
        weights = self._weights(center)
        words = len(self.words_)
        total = np.zeros((n, words * (1 + sided)), np.float32)
        rows = max(16, BLOCK_VALUES // words)
        space = np.empty((min(rows, len(features)), words), np.float32)
        other = np.empty_like(space) if sided else space
        for start in range(0, len(features), rows):
            block = vectors[start : start + rows] if center is None else vectors[start : start + rows] - center
            member = (cells[start : start + rows] == np.arange(n)[:, None]).astype(np.float32)
            if sided:
                positive, negative = self._rectified(block, weights, space[: len(block)], other[: len(block)])
                total[:, :words] += member @ positive
                total[:, words:] += member @ negative
            else:
                total += member @ _triangle(block, weights, space[: len(block)])
        return total

    def finish(self, sums: Array) -> Matrix:
        """The root of each sum: (n, s) float32."""
        return np.sqrt(sums, dtype=np.float32)

    def _weights(self, center: Vector | None) -> Matrix:
        """What [patch, 1, |patch|^2] is multiplied with: (d + 2, words) for squared distances; (d, words) rectified."""
        if self.coding == "rectified":
            return np.ascontiguousarray(self.words_.T)
        words = self.words_ if center is None else self.words_ - center
        squares = np.einsum("ij,ij->i", words, words)
        return np.concatenate([-2 * words.T, squares[None], np.ones((1, len(squares)), np.float32)])

    def _rectified(self, block: Matrix, weights: Matrix, space: Matrix, other: Matrix) -> tuple[Matrix, Matrix]:
        """Both sides of the projections, (rows, words) each."""
        threshold = np.float32(self.threshold_[0])
        np.matmul(block, weights, out=space)
        np.negative(space, out=other)
        for side in (space, other):
            side -= threshold
            np.maximum(side, 0, out=side)
        return space, other


def _triangle(block: Matrix, weights: Matrix, space: Matrix) -> Matrix:
    """max(0, mean distance - distance) of each word, (rows, words)."""
    squares = np.einsum("ij,ij->i", block, block)[:, None]
    wide = np.concatenate([block, np.ones_like(squares), squares], axis=1)
    distances = np.matmul(wide, weights, out=space)
    np.maximum(distances, 0, out=distances)
    np.sqrt(distances, out=distances)
    means = distances.mean(axis=1, keepdims=True)
    np.subtract(means, distances, out=distances)
    return np.maximum(distances, 0, out=distances)
