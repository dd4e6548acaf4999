"""Probabilities from the answers that least squares would give to rows left out: no other fit is needed."""

from __future__ import annotations

import numpy as np

from sightline.arrays import Indices, generator
from sightline.classical.classifiers.linear import spread
from sightline.classical.classifiers.margins import Numbers, likeliest
from sightline.classical.classifiers.rows import TrainingRows

MARGIN_SCALE = 3.0
"""Softmax scale where no row can be left out: a class of one row, or one class."""
LEFT_OUT = 2000
"""Rows whose left-out answers are asked for; they cost as much as a fifth of a Cholesky factor."""


def rows_to_leave_out(rows: TrainingRows, seed: int) -> Indices:
    """Rows of weight above 0, sorted: all, or `LEFT_OUT` of them."""
    known = np.flatnonzero(rows.weights > 0)
    if len(known) <= LEFT_OUT:
        return known
    return np.sort(generator(seed, "left out").choice(known, LEFT_OUT, replace=False))


def calibrated(answers: Numbers, rows: TrainingRows, left_out: Indices) -> tuple[Numbers, Numbers]:
    """Scale (1,) and biases (k,) that make the answers (m, t) to the rows left out likeliest."""
    k = len(rows.classes)
    if k < 2 or np.bincount(rows.codes).min() < 2:
        return np.array([MARGIN_SCALE]), np.zeros(k)
    return likeliest(spread(answers, k), rows.codes[left_out], rows.weights[left_out], MARGIN_SCALE)
