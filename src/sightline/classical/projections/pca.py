"""Principal components, with or without whitening."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar, Self, cast

import numpy as np

from sightline.arrays import Array, Matrix
from sightline.classical.chunks import in_chunks
from sightline.classical.projections.axes import Numbers, covariance_axes, principal_axes
from sightline.classical.projections.training import training_sample
from sightline.classical.scaling import LEAST_SCALE, check_unscaled, mean_and_scale, standardized
from sightline.contracts import Described, LocalFeatures, Projection, are_rows
from sightline.errors import ComponentError, InputError
from sightline.threads import one_thread_each

KEPT_BYTES = 64_000_000


class PCA(Projection):
    """The directions in which the rows differ most; whitened, each is brought to variance 1.

    d -> `components`, fewer where the rows span fewer dimensions, in order of falling variance; d -> d with
    `whiten="zca"`, which whitens and turns back, so that a whitened patch still looks like a patch. Fitted on at most
    `sample` rows. The entry of largest magnitude of every direction is positive.
    Cost: fitting O(s d min(s, d)) for s sampled rows; subspace iteration takes over where both s and d are above 2,048,
    with O(s d components) a round; projecting O(d components) a row.

    H. Hotelling: Analysis of a complex of statistical variables into principal components. J. Educational Psychology
    24, 1933. A. J. Bell, T. J. Sejnowski: The "independent components" of natural scenes are edge filters. Vision
    Research 37, 1997 (ZCA).

    Args:
        components: how many; None for all. ZCA takes no number, since it keeps every direction.
        whiten: False, True, or "zca".
        standardize: bring every column to standard deviation 1 first, so that none counts more for its unit.
        length: scale so that the rows have this root mean square length; None leaves them. Vectors of different
            descriptors weigh what their length says when they are joined, and with 1 gamma=1 is what "scale" is. Not
            with whitening.
        epsilon: added to every variance before whitening, in units of the mean variance of a column: directions that
            hold little but noise are not blown up. 0.1 is Coates and Ng's for patches; 0 is the textbook's.
        sample: rows, or vectors of local features, that are learned from at most.
        seed: of the sample and of the start of the iteration.

    >>> import numpy as np
    >>> PCA(components=1).fit_transform(np.array([[0, 0], [3, 4], [6, 8]], np.float32)).ravel().tolist()
    [-5.0, 0.0, 5.0]
    """

    learned = ("mean_", "projection_", "variances_")
    _kept: tuple[Matrix, Numbers] | None = None
    limits: ClassVar = {
        "components": (1, 16_384),
        "length": (0.001, 1000),
        "epsilon": (0, 1000),
        "sample": (2, 1_000_000),
    }

    def __init__(
        self,
        components: int | None = 64,
        whiten: bool | str = False,
        standardize: bool = False,
        length: float | None = None,
        epsilon: float = 0.1,
        sample: int = 20_000,
        seed: int = 0,
    ) -> None:
        self.components = components
        self.whiten = whiten
        self.standardize = standardize
        self.length = length
        self.epsilon = epsilon
        self.sample = sample
        self.seed = seed

    @one_thread_each()
    def fit(self, items: Matrix | Sequence[LocalFeatures], y: Any = None) -> Self:
        """Learn `mean_` (d,), `projection_` (d, p) and `variances_` (p,), all float32.

        Raises:
            InputError: NaN or infinity, no rows, or no local feature.
            ComponentError: a parameter out of range.
        """
        self._check_parameters()
        rows = training_sample(items, self.sample, self.seed)
        check_unscaled(rows, self.standardize)
        mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
        scale = mean_and_scale(rows, self.standardize, LEAST_SCALE)[1]
        variances, projection = self._directions(standardized(rows, mean, scale))
        self.mean_, self.projection_ = mean, np.ascontiguousarray(projection / scale[:, None], np.float32)
        self.variances_ = variances.astype(np.float32)
        return self

    def _check_parameters(self) -> None:
        if self.whiten not in (False, True, "zca"):
            raise ComponentError(f'PCA was given whiten={self.whiten!r}; allowed: False, True or "zca"')
        if self.length is not None and self.whiten:
            raise ComponentError("PCA was given length and whiten; allowed: one of them")
        small = self.components is not None and (not isinstance(self.components, Integral) or self.components < 1)
        small |= self.length is not None and not self.length > 0
        if small or self.epsilon < 0 or self.sample < 2:
            raise ComponentError(
                f"PCA was given components={self.components}, length={self.length}, epsilon={self.epsilon}, "
                f"sample={self.sample}; allowed: components a whole number of 1 or more or None, length above 0 or "
                "None, epsilon 0 or more, sample 2 or more"
            )

    def _directions(self, Z: Matrix) -> tuple[Numbers, Numbers]:
        """Variances (p,) and the matrix (d, p) that centered rows are multiplied with."""
        damping = self.epsilon * float(np.einsum("ij,ij->", Z, Z, dtype=np.float64)) / Z.size
        if self.whiten == "zca":
            variances, axes = covariance_axes(Z)
            return variances, (axes * _inverse_root(variances + damping)) @ axes.T
        variances, axes = principal_axes(Z, self.components or Z.shape[1], self.seed)
        if not len(variances):  # one row, or equal rows: one column that says nothing
            return np.zeros(1), np.zeros((Z.shape[1], 1))
        if self.length is not None:
            return variances, axes * (self.length * _inverse_root(variances.sum(keepdims=True)))
        return variances, axes * _inverse_root(variances + damping) if self.whiten else axes

    def project(self, X: Matrix) -> Matrix:
        """(n, d) to (n, p) float32, in float64: a row does not depend on the others.

        Raises:
            InputError: NaN or infinity, or another number of columns than in `fit`.
        """
        self.check_fitted()
        projection = self._wide()
        return in_chunks(X, len(self.mean_), projection.shape[1], lambda part: (part - self.mean_) @ projection, "PCA")

    def _wide(self) -> Numbers:
        """`projection_` in float64; made once where that costs little memory, for a single row is faster than it."""
        if self._kept is None or self._kept[0] is not self.projection_:
            wide = self.projection_.astype(np.float64)
            if wide.nbytes > KEPT_BYTES:
                return wide
            self._kept = (self.projection_, wide)
        return self._kept[1]

    def transform(self, items: Matrix | Sequence[LocalFeatures]) -> Any:
        """(n, d) to (n, p); a sequence of n `LocalFeatures` to a lazy sequence of n with projected vectors.

        The vectors of one picture are always projected together, so that they can be multiplied in float32, twice as
        fast.
        """
        if are_rows(items):
            return self.project(items)
        self.check_fitted()
        features = cast("Sequence[LocalFeatures]", items)
        return Described(features, lambda one: LocalFeatures(self._quickly(one.vectors), one.positions))

    def _quickly(self, vectors: Matrix) -> Matrix:
        if not len(vectors):
            return np.zeros((0, self.projection_.shape[1]), np.float32)
        if vectors.shape[1] != len(self.mean_):
            raise InputError(f"PCA was fitted on vectors of {len(self.mean_)} values and given {vectors.shape[1]}")
        projected: Matrix = (vectors - self.mean_) @ self.projection_
        return projected


def _inverse_root(variances: Array) -> Numbers:
    """1 / sqrt, 0 where there is no variance at all."""
    roots: Numbers = np.zeros(len(variances))
    np.divide(1.0, np.sqrt(variances), out=roots, where=variances > 1e-10 * variances.max(initial=0))
    return roots
