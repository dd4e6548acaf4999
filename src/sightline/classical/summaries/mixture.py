"""Mixtures of Gaussians with diagonal covariance: learned by expectation maximization, asked in single precision."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.summaries.additive import sum_by_label
from sightline.classical.summaries.codebook import k_means, nearest_centers

ROUNDS = 30
"""Expectation maximization from k-means has mostly settled by then."""
ENOUGH = 1e-3
"""Gain of a round in mean log likelihood, in nats, below which it stops."""
FLOOR = 0.01
"""Least variance of a component, as a share of the variance of all vectors: a component that closes in on a few equal
vectors would outweigh all others, and single precision would not carry its densities."""
CHUNK = 512
"""Vectors asked at once: with 64 Gaussians of 64 d, 400 kB, which stay in the second-level cache."""


@dataclasses.dataclass(frozen=True, eq=False)
class Mixture:
    """Gaussians, with what asking them needs.

    Vectors are first moved to z, around the mean of the mixture: the terms of the densities then stay small enough for
    single precision, and the densities are two matrix products.

    Attributes:
        weights: (K,) float32, summing to 1.
        center: (d,) float32, mean of the mixture.
        means: (K, d) float32 of z.
        variances: (K, d) float32.
        linear: (d, K) float32.
        quadratic: (d, K) float32.
        offsets: (K,) float32; z @ linear + z^2 @ quadratic + offsets are log(weight density), up to log(2 pi) d / 2.
    """

    weights: Array
    center: Array
    means: Matrix
    variances: Matrix
    linear: Matrix
    quadratic: Matrix
    offsets: Array

    @classmethod
    def of(cls, weights: Array, means: Array, variances: Array) -> Mixture:
        """The mixture of K weights, (K, d) means and variances."""
        w, mu, var = (np.asarray(values, np.float64) for values in (weights, means, variances))
        center = w @ mu
        mu = mu - center
        offsets = np.log(w) - 0.5 * (np.log(var) + mu**2 / var).sum(axis=1)
        arrays = (w, center, mu, var, (mu / var).T, (-0.5 / var).T, offsets)
        return cls(*(np.ascontiguousarray(values, np.float32) for values in arrays))

    def chunks(self, vectors: Matrix) -> Iterator[tuple[slice, Matrix, Matrix, Matrix, Array]]:
        """Chunks of rows with z and z^2 (rows, d), posteriors (rows, K) and log likelihoods (rows,).

        The arrays are written over by the next chunk.
        """
        rows, (components, d) = min(CHUNK, len(vectors)), self.means.shape
        space = [np.empty((rows, columns), np.float32) for columns in (d, d, components, components)]
        ones = np.ones(components, np.float32)
        for start in range(0, len(vectors), CHUNK):
            chunk = vectors[start : start + CHUNK]
            z, squares, posteriors, product = (array[: len(chunk)] for array in space)
            np.square(np.subtract(chunk, self.center, out=z), out=squares)
            np.matmul(z, self.linear, out=posteriors)
            posteriors += np.matmul(squares, self.quadratic, out=product)
            posteriors += self.offsets
            best = posteriors[np.arange(len(chunk)), posteriors.argmax(axis=1)]  # twice as fast as max
            posteriors -= best[:, None]
            np.exp(posteriors, out=posteriors)
            totals = posteriors @ ones
            posteriors *= (1 / totals)[:, None]
            yield slice(start, start + len(chunk)), z, squares, posteriors, best + np.log(totals)

    def sums(self, vectors: Matrix, cells: Indices, n: int) -> Array:
        """Posteriors, those times z, and those times z^2, summed in each of n cells: (n, K + K d + K d) float32."""
        sums = np.zeros((n, self.means.size * 2 + len(self.means)), np.float32)
        masses, firsts, seconds = self.parts(sums)
        ones = np.ones(CHUNK, np.float32)
        if n > 1:
            order = cells.argsort(kind="stable")
            vectors, cells = vectors.take(order, axis=0), cells.take(order)
        for rows, z, squares, posteriors, _ in self.chunks(vectors):
            for cell, run in _runs(cells[rows]) if n > 1 else [(0, slice(None))]:
                shares = posteriors[run].T
                masses[cell] += shares @ ones[: shares.shape[1]]  # three times as fast as sum
                firsts[cell] += shares @ z[run]
                seconds[cell] += shares @ squares[run]
        return sums

    def parts(self, sums: Array) -> tuple[Array, Array, Array]:
        """Views of (n, K + K d + K d): (n, K), (n, K, d) and (n, K, d)."""
        shape = (len(sums), *self.means.shape)
        first, second = len(self.means), len(self.means) + self.means.size
        return sums[:, :first], sums[:, first:second].reshape(shape), sums[:, second:].reshape(shape)


def _runs(labels: Indices) -> Iterator[tuple[int, slice]]:
    """Where each run of equal labels lies."""
    starts = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    for start, stop in itertools.pairwise(starts):
        yield int(labels[start]), slice(start, stop)


Float64 = npt.NDArray[np.float64]


def learn_mixture(vectors: Matrix, components: int, seed: int) -> tuple[Array, Matrix, Matrix]:
    """Weights (K,), means and variances (K, d), float32, of (s, d) vectors, by expectation maximization from k-means.

    K is `components`, or the number of distinct vectors if there are fewer. Own instead of scikit-learn's: the
    densities are the single precision products of `Mixture`. Cost: O(rounds s K d).
    """
    center = vectors.mean(axis=0, dtype=np.float64)
    spread = vectors.std(axis=0, dtype=np.float64)
    varies = spread > 1e-6 * np.abs(center)  # less is what float32 makes of a constant
    spread = np.where(varies, spread, spread[varies].mean() if varies.any() else 1.0)
    z = ((vectors - center) / spread).astype(np.float32)
    weights, means, variances = _start(z, components, seed)
    before = -np.inf
    for _ in range(ROUNDS):
        mixture = Mixture.of(weights, means, variances)
        likelihood, *sums = _expect(mixture, z)
        if likelihood < before + ENOUGH:
            break
        before = likelihood
        weights, means, variances = _maximize(mixture, *sums)
    found = weights, means * spread + center, variances * spread**2
    return found[0].astype(np.float32), found[1].astype(np.float32), found[2].astype(np.float32)


def _start(z: Matrix, components: int, seed: int) -> tuple[Float64, Float64, Float64]:
    """Weights, means and variances of the clusters of k-means."""
    centers = k_means(z, components, seed)
    nearest, _ = nearest_centers(z, centers)
    counts = np.bincount(nearest, minlength=len(centers))
    squares = sum_by_label((z - centers[nearest]) ** 2, nearest, len(centers))
    shares = np.maximum(counts, 1)
    variances = np.maximum(squares / shares[:, None], FLOOR)
    return shares / shares.sum(), centers.astype(np.float64), variances.astype(np.float64)


def _expect(mixture: Mixture, z: Matrix) -> tuple[float, Float64, Float64, Float64]:
    """Mean log likelihood of a vector, up to what stays; posteriors, those times z, and times z^2, summed."""
    likelihood, masses = 0.0, np.zeros(len(mixture.means))
    firsts, seconds = np.zeros(mixture.means.shape), np.zeros(mixture.means.shape)
    for _, moved, squares, posteriors, likelihoods in mixture.chunks(z):
        likelihood += float(likelihoods.sum(dtype=np.float64))
        masses += posteriors.sum(axis=0)
        firsts += posteriors.T @ moved
        seconds += posteriors.T @ squares
    return likelihood / len(z), masses, firsts, seconds


def _maximize(mixture: Mixture, masses: Float64, firsts: Float64, seconds: Float64) -> tuple[Float64, Float64, Float64]:
    """The weights, means and variances that the sums ask for; a component that lost its vectors stays where it is."""
    alive = (masses > 1e-3)[:, None]
    divisor = np.where(alive, masses[:, None], 1)
    means = np.where(alive, firsts / divisor, mixture.means)
    variances = np.where(alive, seconds / divisor - means**2, mixture.variances)
    shares = np.maximum(masses, 1)
    return shares / shares.sum(), means + mixture.center, np.maximum(variances, FLOOR)
