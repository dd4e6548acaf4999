"""Probabilities that mean what they say: temperature scaling, with a shift for each class where the data allows one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, Probabilities
from sightline.decision.newton import Floats, minimize
from sightline.errors import InputError
from sightline.metrics.classification import check_labels, check_probabilities, log_loss_rows

SMALLEST = 1e-7
"""Probabilities are clipped to this before the logarithm: about the resolution of float32 near 1."""

ROWS_FOR_SHIFT = 50
"""Rows that each class needs before it may get a shift of its own."""

CLASSES_FOR_SHIFT = 100
"""Above so many classes no shift is tried: the fit grows with the square of the classes."""

PARTS = 3
"""Parts of the rows on which a shift must prove itself."""


@dataclass(frozen=True)
class Calibration:
    """Probabilities p become softmax(ln(p) / temperature + bias).

    Attributes:
        temperature: above 1 for a model that is too sure (Guo et al. 2017); alone it never changes the likeliest class.
        bias: (k,) shift of each class in nats, or None.
    """

    temperature: float = 1.0
    bias: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise InputError(f"temperature {self.temperature}; allowed: a finite number above 0")
        if self.bias is not None and not all(map(math.isfinite, self.bias)):
            raise InputError(f"bias {self.bias}; allowed: finite numbers, one for each class")

    def apply(self, probabilities: npt.ArrayLike) -> Probabilities:
        """(n, k) probabilities to calibrated ones, (n, k) float32; a row does not depend on the others.

        Raises:
            InputError: not (n, k), or the number of classes is another than that of `bias`.
        """
        chances = np.ascontiguousarray(probabilities, dtype=np.float64)
        if chances.ndim != 2 or (self.bias is not None and chances.shape[1] != len(self.bias)):
            k = "k" if self.bias is None else len(self.bias)
            raise InputError(f"probabilities have shape {chances.shape}; allowed: (n, {k})")
        return _softmax(self._scores(chances)).astype(np.float32)

    def _scores(self, chances: Floats) -> Floats:
        scores: Floats = np.log(np.clip(chances, SMALLEST, 1.0)) / self.temperature
        return scores if self.bias is None else scores + np.asarray(self.bias)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form that `from_dict` reads back."""
        return {"temperature": self.temperature, "bias": None if self.bias is None else list(self.bias)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` gave.

        Raises:
            InputError: a key is missing or a value is of another kind.
        """
        try:
            bias = data["bias"]
            return cls(float(data["temperature"]), None if bias is None else tuple(map(float, bias)))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"the calibration cannot be read: {error!r}; fit the model again") from None


def fit_calibration(
    probabilities: npt.ArrayLike, truth: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> Calibration:
    """Learn a calibration from held-out probabilities.

    The temperature always, held near 1 by a prior on its logarithm (normal, spread 1) that rules where rows are few. A
    shift for each class (held near 0 likewise) only where each class has 50 rows and it lowers the cross-fitted log
    loss by more than two standard errors of the difference. Of many rows 5,000 are used (2,000 above 500 classes),
    each class in its share: the temperature is then known to about 2 %.

    Args:
        probabilities: (n, k), of rows that the model did not learn from.
        truth: (n,) class numbers.
        weight: (n,) weight of each row, default 1.

    Raises:
        InputError: shapes differ, a label is out of range, or a weight is negative.
    """
    chances = check_probabilities(probabilities, truth)
    labels = check_labels(truth, chances.shape[1])
    weights = _weights(weight, len(labels))
    used = _used(labels, chances.shape[1])
    chances, labels, weights = chances[used], labels[used], weights[used]
    plain = _fit(chances, labels, weights, False)
    if not _enough(labels, chances.shape[1]) or not _shift_helps(chances, labels, weights):
        return plain
    return _fit(chances, labels, weights, True)


def cross_fitted(probabilities: npt.ArrayLike, truth: npt.ArrayLike, folds: npt.ArrayLike) -> Probabilities:
    """Probabilities calibrated without their own fold: what the calibration does to rows it did not see.

    Args:
        probabilities: (n, k).
        truth: (n,) class numbers.
        folds: (n,) fold of each row, any whole numbers. With one fold nothing can be learned elsewhere, and the
            probabilities come back as they are.

    Returns (n, k) float32.

    Raises:
        InputError: shapes differ or a label is out of range.
    """
    chances = check_probabilities(probabilities, truth)
    labels = check_labels(truth, chances.shape[1])
    parts = np.asarray(folds)
    if parts.shape != labels.shape:
        raise InputError(f"folds of shape {parts.shape} for {len(labels)} rows; give one fold for each row")
    result = np.asarray(probabilities, dtype=np.float32).copy()
    for held, rest in _held_out(parts):
        result[held] = fit_calibration(chances[rest], labels[rest]).apply(chances[held])
    return result


def _held_out(parts: npt.NDArray[Any]) -> Iterator[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    for part in np.unique(parts):
        held = parts == part
        if not held.all():
            yield held, ~held


def _weights(weight: npt.ArrayLike | None, n: int) -> Floats:
    weights = np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)
    if weights.shape != (n,) or not np.isfinite(weights).all() or weights.min() < 0:
        raise InputError(f"weights of shape {weights.shape} for {n} rows; allowed: one finite number from 0 for each")
    return weights


def _used(labels: Indices, k: int) -> Indices:
    """At most a few thousand rows, evenly spaced within the classes."""
    limit = int(np.clip(1_000_000 // k, 2_000, 5_000))
    if len(labels) <= limit:
        return np.arange(len(labels))
    order = np.argsort(labels, kind="stable")
    return np.sort(order[np.linspace(0, len(labels) - 1, limit).astype(np.int64)])


def _enough(labels: Indices, k: int) -> bool:
    return 1 < k <= CLASSES_FOR_SHIFT and bool(np.bincount(labels, minlength=k).min() >= ROWS_FOR_SHIFT)


def _shift_helps(chances: Floats, labels: Indices, weights: Floats) -> bool:
    """Whether the shift lowers the log loss of rows it was not learned from, beyond two standard errors."""
    parts = np.empty(len(labels), np.int64)
    # by turns within each class: each part holds each class
    parts[np.argsort(labels, kind="stable")] = np.arange(len(labels)) % PARTS
    gain = np.zeros(len(labels))
    for held, rest in _held_out(parts):
        losses = [
            log_loss_rows(_fit(chances[rest], labels[rest], weights[rest], shift).apply(chances[held]), labels[held])
            for shift in (False, True)
        ]
        gain[held] = weights[held] * (losses[0] - losses[1])
    return bool(gain.mean() > 2 * gain.std() / math.sqrt(len(gain)))


def _fit(chances: Floats, labels: Indices, weights: Floats, shift: bool) -> Calibration:
    logs = np.log(np.clip(chances, SMALLEST, 1.0))
    found = minimize(logs, labels, weights, shift)
    bias = tuple(map(float, found[1:])) if shift else None
    return Calibration(float(np.exp(-found[0])), bias)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return cast(Floats, raised / raised.sum(axis=1, keepdims=True))
