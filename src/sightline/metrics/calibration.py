"""Whether probabilities mean what they say: of the pictures given 80 %, are 80 % right?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices
from sightline.errors import InputError
from sightline.metrics.classification import Floats, check_labels, check_probabilities

BINS = 15
"""Number of equal bins, as in Guo et al. 2017."""


class Reliability(NamedTuple):
    """Equal bins over the top probability, each (bins,); the first bin takes 0 as well, NaN where a bin is empty.

    Attributes:
        edges: (bins + 1,) from 0 to 1; bin b is (edges[b], edges[b + 1]].
        pictures: how many fall into the bin.
        confidence: their mean top probability.
        accuracy: the share of them whose likeliest class is the true one.
    """

    edges: Floats
    pictures: Indices
    confidence: Floats
    accuracy: Floats


def confidence(probabilities: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Of each picture the top probability, (n,) in [0, 1], and whether that class is the true one, (n,) bool."""
    chances = check_probabilities(probabilities, truth)
    labels = check_labels(truth, chances.shape[1])
    return np.minimum(chances.max(axis=1), 1.0), chances.argmax(axis=1) == labels


def bin_numbers(values: Floats, bins: int = BINS) -> Indices:
    """The bin of each value in [0, 1]: b holds (b / bins, (b + 1) / bins], and 0 falls into bin 0.

    Raises:
        InputError: fewer than one bin.
    """
    if bins < 1:
        raise InputError(f"{bins} bins; allowed: 1 or more")
    inner = np.linspace(0.0, 1.0, bins + 1)[1:-1]
    return np.searchsorted(inner, values, side="left").astype(np.int64)


def reliability(probabilities: npt.ArrayLike, truth: npt.ArrayLike, bins: int = BINS) -> Reliability:
    """How sure and how right, bin by bin of the top probability."""
    top, right = confidence(probabilities, truth)
    number = bin_numbers(top, bins)
    pictures = np.bincount(number, minlength=bins)
    divisor = np.where(pictures > 0, pictures, np.nan)
    return Reliability(
        np.linspace(0.0, 1.0, bins + 1),
        pictures,
        np.bincount(number, top, bins) / divisor,
        np.bincount(number, right, bins) / divisor,
    )


def ece(probabilities: npt.ArrayLike, truth: npt.ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error of the top class, equal bins (Guo et al. 2017), in [0, 1].

    The gap between confidence and accuracy of each bin, weighted by its share of the pictures.
    """
    top, right = confidence(probabilities, truth)
    return float(np.abs(np.bincount(bin_numbers(top, bins), right - top, bins)).sum() / len(top))
