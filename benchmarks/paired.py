"""Two sides that answered the same pictures: how much better one is, with its interval."""

from __future__ import annotations

import numpy as np

from benchmarks import harness

DRAWS = 2000


def balanced(truth: np.ndarray, said: np.ndarray) -> float:
    """Mean recall of the classes, in percent."""
    return 100 * float(np.mean([np.mean(said[truth == label] == label) for label in np.unique(truth)]))


def interval(truth: np.ndarray, ours: np.ndarray, theirs: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """95 % bootstrap interval of the difference of balanced accuracy, in points, resampling units."""
    random = np.random.default_rng(harness.SEED)
    _, codes = np.unique(units, return_inverse=True)
    classes, labels = np.unique(truth, return_inverse=True)
    right = np.stack([ours == truth, theirs == truth]).astype(float)
    differences = []
    for _ in range(DRAWS):
        weights = np.bincount(random.integers(0, codes.max() + 1, codes.max() + 1), minlength=codes.max() + 1)[codes]
        totals = np.bincount(labels, weights, len(classes))
        seen = totals > 0
        recalls = [np.bincount(labels, weights * one, len(classes))[seen] / totals[seen] for one in right]
        differences.append(100 * float(np.mean(recalls[0] - recalls[1])))
    low, high = np.percentile(differences, [2.5, 97.5])
    return float(low), float(high)
