"""What linear classifiers have in common: one weight vector for each class, folded with the standardization."""

from __future__ import annotations

import abc
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix, Probabilities
from sightline.classical.chunks import in_chunks
from sightline.classical.classifiers.margins import Numbers, probabilities
from sightline.contracts import Classifier


class LinearClassifier(Classifier, abc.ABC):
    """Margins X w + b of every class, made probabilities as in `margins`. Cost: predicting O(d k) a row."""

    learned: ClassVar[tuple[str, ...]] = ("classes_", "coefficients_", "intercepts_", "scale_", "bias_")
    coefficients_: npt.NDArray[np.float32]
    intercepts_: Numbers
    scale_: Numbers
    bias_: Numbers

    def decision_function(self, X: Matrix) -> npt.NDArray[np.float32]:
        """(n, d) to (n, k) float32 margins; of two classes (n,), above 0 for the second, as scikit-learn has it."""
        self.check_fitted()
        k = len(self.classes_)
        margins = in_chunks(X, len(self.coefficients_), k, self._margins, type(self).__name__)
        return np.ascontiguousarray(margins[:, 1]) if k == 2 else margins

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        return in_chunks(
            X,
            len(self.coefficients_),
            len(self.classes_),
            lambda part: probabilities(self._margins(part), self.scale_, self.bias_),
            type(self).__name__,
        )

    def _margins(self, X: Matrix) -> Numbers:
        return spread(X.astype(np.float64) @ self.coefficients_ + self.intercepts_, len(self.classes_))

    def _fold(self, weights: Numbers, intercepts: Numbers, mean: Array, scale: Array) -> None:
        """Keep what was learned of standardized rows as weights of rows as they come."""
        self.coefficients_ = (weights / scale[:, None]).astype(np.float32)
        self.intercepts_ = intercepts - mean.astype(np.float64) @ self.coefficients_.astype(np.float64)


def spread(decisions: Numbers, k: int) -> Numbers:
    """Margins of all k classes: the columns themselves; of two, whose one column is the second's, both signs."""
    return np.concatenate([-decisions, decisions], axis=1) if k == 2 else decisions


def targets(codes: Array, k: int) -> npt.NDArray[np.bool_]:
    """(n, t): whether a row is of the class that column t tells from the rest; of two classes only the second."""
    wanted = np.array([[1]]) if k == 2 else np.arange(k)[None, :]
    of_class: npt.NDArray[np.bool_] = codes[:, None] == wanted
    return of_class
