"""The fit behind a calibration: a handful of parameters by Newton's method, each step taking sums over the rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices

Floats = npt.NDArray[np.float64]

LIMIT = 4.0
"""The logarithm of the temperature stays within this: temperatures from 0.02 to 55."""

STEPS = 50


def minimize(logs: Floats, labels: Indices, weights: Floats, shift: bool) -> Floats:
    """The parameters of least penalized log loss: ln(1 / temperature), then a shift for each class with `shift`.

    The loss is summed over the rows, and half the squared length of the parameters is added: a standard normal prior.
    One row more is taken to be wrong than was seen (`doubt`), or answers that are all right would ask for certainty.

    J. Platt: Probabilistic outputs for support vector machines. 1999, of such targets.

    Args:
        logs: (n, k) logarithms of the probabilities.
        labels: (n,) true classes.
        weights: (n,) weights of the rows.
        shift: whether each class has a shift.
    """
    found = np.zeros(1 + (logs.shape[1] if shift else 0))
    truth = targets(labels, logs.shape[1], float(weights.sum()))
    value, gradient, curvature = _loss(found, logs, truth, weights)
    for _ in range(STEPS):
        step = np.linalg.solve(curvature, gradient)
        # halving the step until the loss falls keeps Newton's method from jumping out of the valley
        for half in range(30):
            trial = found - step * 0.5**half
            trial[0] = np.clip(trial[0], -LIMIT, LIMIT)
            after = _loss(trial, logs, truth, weights)
            if after[0] <= value:
                break
        else:
            return found
        moved = float(np.abs(trial - found).max())
        found, (value, gradient, curvature) = trial, after
        if moved < 1e-6:
            break
    return found


def targets(labels: Indices, k: int, rows: float) -> Floats:
    """(n, k) what the rows are to be answered with: their class, but for a doubt that goes to all others evenly.

    The doubt is Laplace's: after so many rows without a mistake the next is wrong with a chance of 1 / (rows + 2).

    >>> targets(np.array([0]), 2, 8.0).round(2).tolist()
    [[0.9, 0.1]]
    """
    doubt = 1 / (rows + 2) if k > 1 else 0.0
    found = np.full((len(labels), k), doubt / max(1, k - 1))
    found[np.arange(len(labels)), labels] = 1 - doubt
    return found


def _loss(at: Floats, logs: Floats, truth: Floats, weights: Floats) -> tuple[float, Floats, Floats]:
    """The loss, its gradient, and a curvature that is never negative (the part that could be is left out)."""
    scaled = logs * np.exp(at[0])
    scores = scaled + at[1:] if len(at) > 1 else scaled
    top = scores.max(axis=1, keepdims=True)
    raised = np.exp(scores - top)
    total = raised.sum(axis=1)
    chances = raised / total[:, None]
    value = float((weights * (top[:, 0] + np.log(total) - (truth * scores).sum(axis=1))).sum())
    expected = (chances * scaled).sum(axis=1)
    gradient, curvature = at.copy(), np.eye(len(at))
    gradient[0] += (weights * (expected - (truth * scaled).sum(axis=1))).sum()
    spread = (chances * (scaled - expected[:, None]) ** 2).sum(axis=1)
    curvature[0, 0] += (weights * spread).sum()
    if len(at) > 1:
        weighted = chances * weights[:, None]
        gradient[1:] += weighted.sum(axis=0) - weights @ truth
        curvature[1:, 1:] += np.diag(weighted.sum(axis=0)) - chances.T @ weighted
        cross = (weighted * (scaled - expected[:, None])).sum(axis=0)
        curvature[0, 1:] += cross
        curvature[1:, 0] += cross
    return value + float((at**2).sum()) / 2, gradient, curvature
