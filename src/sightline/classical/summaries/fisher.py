"""Fisher vector: how the vectors of a picture would change a mixture of Gaussians."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.sampling import sample_vectors
from sightline.classical.summaries.additive import AdditiveSummary, checked_vectors, scaled_to_length_one, signed_power
from sightline.classical.summaries.mixture import Mixture, learn_mixture
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError, InputError
from sightline.threads import one_thread_each


class FisherVector(AdditiveSummary):
    """Improved Fisher vector: gradients of the log likelihood of a mixture of Gaussians, normalized.

    The mixture, with diagonal covariance, is learned from a bounded sample; where it holds fewer distinct vectors than
    `components`, there are fewer. The vector is, in this order, the gradients by the K weights, by the K means and by
    the K standard deviations, each whitened by the Fisher information in its closed form; then the signed power of each
    value, then the whole to length 1. d is K (1 + 2 times the length of a vector). A picture without features is
    zeros. Cost: O(m K) densities a picture.

    Vectors of correlated dimensions should be decorrelated before, by principal components, as the Gaussians cannot.
    The same as scikit-image's `fisher_vector(improved=True)`, but for the sign of the gradients by the standard
    deviations, which are turned around there.

    F. Perronnin, J. Sánchez, T. Mensink: Improving the Fisher kernel for large-scale image classification. ECCV 2010.
    J. Sánchez et al.: Image classification with the Fisher vector: theory and practice. IJCV 2013.

    Args:
        components: Gaussians of the mixture.
        power: exponent of the signed power of each value; 0.5 is the signed square root, 1 none.
        sample: vectors that the mixture is learned from.
        seed: of the sample and of the start of the mixture.

    >>> import numpy as np
    >>> features = LocalFeatures(np.eye(3, dtype=np.float32), np.zeros((3, 2), np.float32))
    >>> FisherVector(components=2).fit([features]).encode(features).shape
    (14,)
    """

    learned = ("weights_", "means_", "variances_")
    limits: ClassVar = {"components": (1, 4096), "power": (0.01, 1), "sample": (1, 10_000_000)}
    weights_: Array
    means_: Matrix
    variances_: Matrix
    _ready: tuple[Matrix, Mixture, Whitening] | None = None

    def __init__(self, components: int = 64, power: float = 0.5, sample: int = 50_000, seed: int = 0) -> None:
        self.components = components
        self.power = power
        self.sample = sample
        self.seed = seed

    @one_thread_each()
    def fit(self, features: Sequence[LocalFeatures], y: Any = None) -> Self:
        """Learn the mixture from the features of n pictures.

        Raises:
            InputError: no picture has any feature, or one holds NaN or infinity.
            ComponentError: a parameter out of range.
        """
        if self.components < 1 or self.sample < self.components or not 0 < self.power <= 1:
            raise ComponentError(
                f"FisherVector was given components={self.components}, power={self.power}, sample={self.sample}; "
                "allowed: components 1 or more, power above 0 and at most 1, sample at least components"
            )
        vectors = sample_vectors(features, self.sample, self.seed)
        self.weights_, self.means_, self.variances_ = learn_mixture(vectors, self.components, self.seed)
        return self

    def sums(self, features: LocalFeatures, cells: Indices, n: int) -> Array:
        """(n, K + K d + K d): posteriors, and those times the vectors and their squares, summed."""
        vectors = checked_vectors(self, features, self.means_.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):
            sums = self._prepared()[0].sums(vectors, cells, n)
        if not np.isfinite(sums).all():
            raise InputError(
                "FisherVector was given vectors too far from those that it was fitted on; scale them alike"
            )
        return sums

    def finish(self, sums: Array) -> Matrix:
        """The gradients, their signed power, scaled to length 1: (n, K + K d + K d) float32."""
        return scaled_to_length_one(signed_power(gradients(*self._prepared(), sums), self.power))

    def _prepared(self) -> tuple[Mixture, Whitening]:
        """The mixture as learned or restored, prepared once."""
        if self._ready is None or self._ready[0] is not self.means_:
            mixture = Mixture.of(self.weights_, self.means_, self.variances_)
            self._ready = self.means_, mixture, Whitening.of(mixture)
        return self._ready[1:]


@dataclasses.dataclass(frozen=True, eq=False)
class Whitening:
    """Inverse square roots of the Fisher information, in its closed form.

    Attributes:
        weights: (K,) float32, 1 / sqrt(w).
        means: (K, d) float32, 1 / (sqrt(w) deviation).
        variances: (K, d) float32, 1 / (sqrt(2 w) variance).
    """

    weights: Array
    means: Array
    variances: Array

    @classmethod
    def of(cls, mixture: Mixture) -> Whitening:
        """The whitening of the gradients of `mixture`."""
        weights = 1 / np.sqrt(mixture.weights)
        means = weights[:, None] / np.sqrt(mixture.variances)
        return cls(weights, means, means / np.sqrt(2 * mixture.variances))


def gradients(mixture: Mixture, whitening: Whitening, sums: Array) -> Matrix:
    """Gradients of the log likelihood by weights, means and deviations, whitened: (n, K + K d + K d) float32.

    Of the sums over the vectors, not of their means: the length of the whole is scaled away.
    """
    masses, firsts, seconds = mixture.parts(sums)
    result = np.empty_like(sums)
    by_weights, by_means, by_deviations = mixture.parts(result)
    by_weights[:] = (masses - masses.sum(axis=1, keepdims=True) * mixture.weights) * whitening.weights
    centered = firsts - masses[:, :, None] * mixture.means
    np.multiply(centered, whitening.means, out=by_means)
    around = seconds - mixture.means * (firsts + centered)  # the sum of posterior (z - mean)^2
    around *= whitening.variances
    np.subtract(around, (masses * whitening.weights * np.float32(0.5**0.5))[:, :, None], out=by_deviations)
    return result
