"""How good decisions and probabilities are: counts and probabilities in, numbers out.

Decision metrics read a confusion matrix, rows the truth and columns the decision, (..., k, k) or (..., k, k + 1) with
the pictures that were not decided in the last column; those count against recall and accuracy. Any leading axes are
kept, so a thousand resampled matrices are scored at once. A NaN says that the data does not allow the number.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices
from sightline.errors import InputError

Floats = npt.NDArray[np.float64]

SMALLEST = 1e-15
"""Probabilities are clipped to this before the logarithm, as scikit-learn once did; ln gives at most 34.5 nats."""


class Tally(NamedTuple):
    """All that the metrics need of a confusion matrix: three numbers for each class, each (..., k) float64.

    Attributes:
        right: pictures of the class that were decided right.
        support: pictures of the class.
        predicted: pictures that were decided to be of the class.
    """

    right: Floats
    support: Floats
    predicted: Floats


def check_labels(labels: npt.ArrayLike, k: int, what: str = "truth", lowest: int = 0) -> Indices:
    """`labels` as (n,) int64 in [lowest, k).

    Raises:
        InputError: not one-dimensional, empty, not whole numbers, or out of range.
    """
    array = np.asarray(labels)
    if array.ndim != 1 or not len(array) or array.dtype.kind not in "iu":
        raise InputError(f"{what} has shape {array.shape} and type {array.dtype}; allowed: (n,) integers with n > 0")
    if array.min() < lowest or array.max() >= k:
        wrong = array[(array < lowest) | (array >= k)][0]
        raise InputError(f"{what} holds {wrong}; allowed: class numbers from {lowest} to {k - 1}")
    return array.astype(np.int64, copy=False)


def check_probabilities(probabilities: npt.ArrayLike, truth: npt.ArrayLike | None = None) -> Floats:
    """`probabilities` as (n, k) float64: finite, in [0, 1], rows summing to 1 within 0.001, as long as `truth`.

    Raises:
        InputError: any of these does not hold.
    """
    array = np.asarray(probabilities, dtype=np.float64)
    if array.ndim != 2 or not array.size:
        raise InputError(f"probabilities have shape {array.shape}; allowed: (n, k), one row for each picture")
    if truth is not None and len(np.asarray(truth)) != len(array):
        raise InputError(f"{len(array)} rows of probabilities for {len(np.asarray(truth))} labels; give one for each")
    if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1 + 1e-6):
        row = int(np.argmin(((array >= 0) & (array <= 1 + 1e-6)).all(axis=1)))
        raise InputError(f"probabilities outside [0, 1], first in row {row}; give the output of predict_proba")
    sums = array.sum(axis=1)
    if np.abs(sums - 1).max() > 1e-3:
        row = int(np.argmax(np.abs(sums - 1)))
        raise InputError(f"probabilities of row {row} sum to {sums[row]:.4g}; allowed: 1; normalize the rows")
    return array


def confusion(truth: npt.ArrayLike, predicted: npt.ArrayLike, k: int, undecided: bool = False) -> Indices:
    """(k, k) int64 counts, rows the truth, columns the decision; -1 in `predicted` (not decided) is left out.

    With `undecided` a last column k counts those: (k, k + 1), rows summing to the support.

    Raises:
        InputError: lengths differ or a label is out of range.
    """
    rows, columns = check_labels(truth, k), check_labels(predicted, k, "predicted", -1)
    if len(rows) != len(columns):
        raise InputError(f"{len(columns)} decisions for {len(rows)} labels; give one for each")
    columns = np.where(columns < 0, k, columns)
    counts = np.bincount(rows * (k + 1) + columns, minlength=k * (k + 1)).reshape(k, k + 1)
    return counts if undecided else np.ascontiguousarray(counts[:, :k])


def tally(matrix: npt.ArrayLike | Tally) -> Tally:
    """The three counts of each class out of a confusion matrix; a `Tally` comes back as it is.

    Raises:
        InputError: not (..., k, k) or (..., k, k + 1).
    """
    if isinstance(matrix, Tally):
        return matrix
    counts = np.asarray(matrix, dtype=np.float64)
    if counts.ndim < 2 or counts.shape[-1] - counts.shape[-2] not in (0, 1):
        raise InputError(f"confusion matrix of shape {counts.shape}; allowed: (..., k, k) or (..., k, k + 1)")
    k = counts.shape[-2]
    return Tally(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1), counts[..., :k].sum(axis=-2))


def accuracy(matrix: npt.ArrayLike | Tally) -> Floats:
    """Share decided right, in [0, 1]."""
    counts = tally(matrix)
    return _ratio(counts.right.sum(axis=-1), counts.support.sum(axis=-1))


def balanced_accuracy(matrix: npt.ArrayLike | Tally) -> Floats:
    """Recall averaged over the classes that have pictures, in [0, 1] (scikit-learn leaves the others out too)."""
    counts = tally(matrix)
    return _average(_ratio(counts.right, counts.support))


def macro_f1(matrix: npt.ArrayLike | Tally) -> Floats:
    """F1 averaged over the classes that have pictures, in [0, 1]: the classes of `balanced_accuracy`.

    What was predicted of a class without pictures counts against those that the pictures are of. scikit-learn counts
    such a class as 0 instead, and so says little of a test part that holds 2 of 7 classes.
    """
    return _average(_f1(tally(matrix)))


def mcc(matrix: npt.ArrayLike | Tally) -> Floats:
    """Matthews correlation coefficient over k classes (Gorodkin 2004), in [-1, 1].

    0 where truth or decisions are all of one class, as in scikit-learn.
    """
    counts = tally(matrix)
    total = counts.support.sum(axis=-1)
    undecided = total - counts.predicted.sum(axis=-1)
    covariance = counts.right.sum(axis=-1) * total - (counts.support * counts.predicted).sum(axis=-1)
    spread_truth = total**2 - (counts.support**2).sum(axis=-1)
    spread_decided = total**2 - (counts.predicted**2).sum(axis=-1) - undecided**2
    # relative: weights of resampled matrices are no whole numbers, so "all of one class" leaves a rounding error
    constant = np.minimum(spread_truth, spread_decided) <= 1e-13 * total**2
    return np.where(constant, 0.0, covariance / np.sqrt(np.where(constant, 1.0, spread_truth * spread_decided)))


def per_class(matrix: npt.ArrayLike | Tally) -> tuple[Floats, Floats, Floats, Floats]:
    """Precision, recall, F1 (each in [0, 1]) and support of each class, each (..., k).

    NaN: precision of a class never predicted, recall and F1 of one without pictures.
    """
    counts = tally(matrix)
    precision, recall = _ratio(counts.right, counts.predicted), _ratio(counts.right, counts.support)
    return precision, recall, _f1(counts), counts.support


def log_loss_rows(probabilities: npt.ArrayLike, truth: npt.ArrayLike) -> Floats:
    """-ln p(true class) of each picture in nats, (n,), the probability clipped to 1e-15."""
    chances = check_probabilities(probabilities, truth)
    labels = check_labels(truth, chances.shape[1])
    return -np.log(np.clip(chances[np.arange(len(labels)), labels], SMALLEST, 1.0))


def log_loss(probabilities: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Mean of `log_loss_rows`."""
    return float(log_loss_rows(probabilities, truth).mean())


def brier_rows(probabilities: npt.ArrayLike, truth: npt.ArrayLike) -> Floats:
    """Squared distance of each row to the true class, summed over the classes (Brier 1950), (n,) in [0, 2]."""
    chances = check_probabilities(probabilities, truth)
    labels = check_labels(truth, chances.shape[1])
    own = chances[np.arange(len(labels)), labels]
    distances: Floats = np.maximum((chances**2).sum(axis=1) - 2 * own + 1, 0.0)
    return distances


def brier(probabilities: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Mean of `brier_rows`: twice the one-column Brier score where there are two classes."""
    return float(brier_rows(probabilities, truth).mean())


def check_costs(costs: npt.ArrayLike, k: int, abstain: float | None = None) -> Floats:
    """`costs` as (k, k) float64, rows the truth, columns the decision.

    Raises:
        InputError: another shape, a cost that is not finite, or below 0 for abstaining.
    """
    matrix = np.asarray(costs, dtype=np.float64)
    if matrix.shape != (k, k) or not np.isfinite(matrix).all():
        raise InputError(f"costs of shape {matrix.shape}; allowed: ({k}, {k}) finite numbers, rows the truth")
    if abstain is not None and not (np.isfinite(abstain) and abstain >= 0):
        raise InputError(f"the cost of abstaining is {abstain}; allowed: a finite number from 0")
    return matrix


def cost_rows(
    truth: npt.ArrayLike, predicted: npt.ArrayLike, costs: npt.ArrayLike, abstain: float | None = None
) -> Floats:
    """What each decision cost, (n,); one that was not made costs `abstain` (nothing given: the dearest mistake)."""
    k = len(np.asarray(costs))
    matrix = check_costs(costs, k, abstain)
    rows, columns = check_labels(truth, k), check_labels(predicted, k, "predicted", -1)
    unmade = float(matrix.max()) if abstain is None else abstain
    spent: Floats = np.where(columns < 0, unmade, matrix[rows, columns])
    return spent


def expected_cost(matrix: npt.ArrayLike, abstained: npt.ArrayLike, costs: npt.ArrayLike, abstain: float = 0.0) -> float:
    """Mean cost of one picture, from (k, k) counts, (k,) counts of pictures not decided and (k, k) costs."""
    counts, unmade = np.asarray(matrix, dtype=np.float64), np.asarray(abstained, dtype=np.float64)
    total = counts.sum() + unmade.sum()
    if total == 0:
        raise InputError("no pictures to take the mean cost of; give at least one")
    return float(((counts * check_costs(costs, len(counts), abstain)).sum() + abstain * unmade.sum()) / total)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def _f1(counts: Tally) -> Floats:
    f1 = _ratio(2 * counts.right, counts.support + counts.predicted)
    return np.where(counts.support > 0, f1, np.nan)


def _average(values: Array) -> Floats:
    """Mean over the last axis of what is not NaN."""
    there = np.isfinite(values)
    return _ratio(np.where(there, values, 0.0).sum(axis=-1), there.sum(axis=-1).astype(np.float64))
