"""From margins to probabilities: softmax(scale * margins + bias), the two chosen on held-out margins or fixed.

    P = calibrate(...)          in fit: (scale, bias), float64 arrays that the model keeps
    probabilities(margins, *P)  in predict

Platt's sigmoid is the case of two classes; with more it is temperature scaling with a bias for each class (Guo et al.:
On calibration of modern neural networks, ICML 2017).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, generator
from sightline.classical.classifiers.rows import TrainingRows
from sightline.errors import ComponentError

Numbers = npt.NDArray[np.float64]
FitMargins = Callable[[Indices], Callable[[Indices], Numbers]]
"""Rows to train on -> (rows to score -> (rows, k) margins)."""
PULL = 1.0
"""Weight of the prior that keeps the biases small: as much as one row."""


def probabilities(margins: Numbers, scale: Array, bias: Array) -> Numbers:
    """(n, k) margins to (n, k) rows that sum to 1."""
    logits = margins * scale + bias
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


def calibrate(rows: TrainingRows, folds: int, seed: int, fixed: float, fit: FitMargins) -> tuple[Numbers, Numbers]:
    """The scale (1,) and the biases (k,): fitted on margins of `folds` held-out parts; (`fixed`, 0) with folds = 0.

    Every class is spread over all folds; where a class has fewer rows than folds there are fewer folds, and with a
    class of one row, or with one class, nothing can be held out and the fixed scale stays.

    Raises:
        ComponentError: `folds` is 1 or negative.
    """
    if folds < 0 or folds == 1:
        raise ComponentError(f"calibration_folds was given as {folds}; allowed: 0 (none), or 2 and more")
    k = len(rows.classes)
    folds = min(folds, int(np.bincount(rows.codes).min()))
    if folds < 2 or k < 2:
        return np.array([fixed], np.float64), np.zeros(k)
    part = _stratified(rows.codes, folds, seed)
    margins = np.empty((len(rows.codes), k))
    for fold in range(folds):
        held = np.flatnonzero(part == fold)
        margins[held] = fit(np.flatnonzero(part != fold))(held)
    return likeliest(margins, rows.codes, rows.weights, fixed)


def _stratified(codes: Indices, folds: int, seed: int) -> Indices:
    """The fold of each row: every class is dealt out in random order, each going on where the last one stopped."""
    order = generator(seed, "calibration").permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    part = np.empty(len(codes), np.int64)
    part[order] = np.arange(len(codes)) % folds
    return part


def likeliest(margins: Numbers, codes: Indices, sample_weights: Array, fixed: float) -> tuple[Numbers, Numbers]:
    """Scale (1,) and biases (k,) of the least weighted log loss on (n, k) held-out margins, from the scale `fixed`.

    One row more is taken to be wrong than was seen, its doubt shared by all, or margins that are all right would ask
    for certainty (J. Platt: Probabilistic outputs for support vector machines. 1999).
    """
    from scipy.optimize import minimize

    k, doubt = margins.shape[1], 1 / (len(codes) + 2)
    truth = np.full((len(codes), k), doubt / max(1, k - 1))
    truth[np.arange(len(codes)), codes] = 1 - doubt
    weights = sample_weights[:, None] / sample_weights.mean()

    def loss(values: Numbers) -> tuple[float, Numbers]:
        scale, bias = np.exp(values[0]), values[1:]
        guess = probabilities(margins, scale, bias)
        wrong = weights * (guess - truth)
        likelihood = -(weights * truth * np.log(np.maximum(guess, 1e-300))).sum()
        slope = np.concatenate([[scale * (wrong * margins).sum()], wrong.sum(axis=0) + PULL * bias])
        return float(likelihood + 0.5 * PULL * bias @ bias), slope

    start = np.concatenate([[np.log(fixed)], np.zeros(margins.shape[1])])
    bounds = [(-7.0, 7.0)] + [(None, None)] * margins.shape[1]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return np.exp(best[:1]), np.asarray(best[1:], np.float64)
