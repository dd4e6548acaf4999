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

    Args:
        logs: (n, k) logarithms of the probabilities.
        labels: (n,) true classes.
        weights: (n,) weights of the rows.
        shift: whether each class has a shift.
    """
    found = np.zeros(1 + (logs.shape[1] if shift else 0))
    value, gradient, curvature = _loss(found, logs, labels, weights)
    for _ in range(STEPS):
        step = np.linalg.solve(curvature, gradient)
        # halving the step until the loss falls keeps Newton's method from jumping out of the valley
        for half in range(30):
            trial = found - step * 0.5**half
            trial[0] = np.clip(trial[0], -LIMIT, LIMIT)
            after = _loss(trial, logs, labels, weights)
            if after[0] <= value:
                break
        else:
            return found
        moved = float(np.abs(trial - found).max())
        found, (value, gradient, curvature) = trial, after
        if moved < 1e-6:
            break
    return found


def _loss(at: Floats, logs: Floats, labels: Indices, weights: Floats) -> tuple[float, Floats, Floats]:
    """The loss, its gradient, and a curvature that is never negative (the part that could be is left out)."""
    scaled = logs * np.exp(at[0])
    scores = scaled + at[1:] if len(at) > 1 else scaled
    top = scores.max(axis=1, keepdims=True)
    raised = np.exp(scores - top)
    total = raised.sum(axis=1)
    chances = raised / total[:, None]
    rows = np.arange(len(labels))
    value = float((weights * (top[:, 0] + np.log(total) - scores[rows, labels])).sum())
    expected = (chances * scaled).sum(axis=1)
    gradient, curvature = at.copy(), np.eye(len(at))
    gradient[0] += (weights * (expected - scaled[rows, labels])).sum()
    spread = (chances * (scaled - expected[:, None]) ** 2).sum(axis=1)
    curvature[0, 0] += (weights * spread).sum()
    if len(at) > 1:
        weighted = chances * weights[:, None]
        gradient[1:] += weighted.sum(axis=0) - np.bincount(labels, weights, logs.shape[1])
        curvature[1:, 1:] += np.diag(weighted.sum(axis=0)) - chances.T @ weighted
        cross = (weighted * (scaled - expected[:, None])).sum(axis=0)
        curvature[0, 1:] += cross
        curvature[1:, 0] += cross
    return value + float((at**2).sum()) / 2, gradient, curvature
