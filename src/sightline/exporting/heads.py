"""What a classifier does, as one matrix product and a softmax, where it is that and nothing else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sightline.classical.classifiers.linear import LinearClassifier, spread
from sightline.classical.classifiers.prototypes import Prototypes
from sightline.contracts import Component

Numbers = npt.NDArray[np.float64]


class Head(NamedTuple):
    """Probabilities are softmax(x @ weights + shift).

    Attributes:
        weights: (d, k) float64.
        shift: (k,) float64.
    """

    weights: Numbers
    shift: Numbers


def head_of(classifier: Component) -> Head | None:
    """The head that a fitted classifier is; None for one that is no single matrix product."""
    if isinstance(classifier, LinearClassifier):
        return _of_linear(classifier)
    return _of_prototypes(classifier) if isinstance(classifier, Prototypes) else None


def _of_linear(classifier: LinearClassifier) -> Head:
    """softmax(scale * margins + bias), multiplied out."""
    k = len(classifier.classes_)
    weights = spread(classifier.coefficients_.astype(np.float64), k) * classifier.scale_
    shift = spread(np.asarray(classifier.intercepts_, np.float64).reshape(1, -1), k)[0]
    return Head(weights, shift * classifier.scale_ + classifier.bias_)


def _of_prototypes(classifier: Prototypes) -> Head:
    """softmax(-s |z - p|^2): |z|^2 is the same for every class, so that what is left of the square is linear in z."""
    sharpness = float(classifier.sharpness_[0])
    means, deviation = classifier.prototypes_.astype(np.float64), classifier.deviation_.astype(np.float64)
    weights = 2 * sharpness * (means / deviation).T
    return Head(weights, -sharpness * (means**2).sum(axis=1) - classifier.mean_.astype(np.float64) @ weights)
