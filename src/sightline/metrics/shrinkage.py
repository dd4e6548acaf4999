"""Empirical Bayes: how good candidates are, when what was measured of each is partly luck."""

from __future__ import annotations

import numpy as np

from sightline.metrics.classification import Floats

GRID = 60
"""Values that a candidate may truly have, from the worst measured to the best."""
ROUNDS = 60
"""Rounds of expectation and maximization; later ones sharpen what no decision depends on."""


def shrunk(measured: Floats, noise: float) -> Floats:
    """What measured values with a standard deviation `noise` truly are, at best guess; (..., c) to the same shape.

    Values that noise explains come out nearly equal, values far apart against the noise as they were measured. It is
    the mean of two guesses that err in opposite ways: `crowds` sees that some are good and others are not, but splits
    what is one; `towards_the_mean` is steadier, but next to a crowd of bad ones it believes the luck of the good.
    """
    if noise <= 0 or measured.shape[-1] < 2:
        return measured.copy()
    return (crowds(measured, noise) + towards_the_mean(measured, noise)) / 2


def towards_the_mean(measured: Floats, noise: float) -> Floats:
    """Each value moved to the mean of all, by the part of their variance that is noise; (..., c) to the same shape.

    B. Efron, C. Morris: Stein's estimation rule and its competitors. JASA 68 (1973).
    """
    mean = measured.mean(axis=-1, keepdims=True)
    between = np.maximum(measured.var(axis=-1, ddof=1, keepdims=True) - noise**2, 0.0)
    moved: Floats = mean + between / (between + noise**2) * (measured - mean)
    return moved


def crowds(measured: Floats, noise: float) -> Floats:
    """The mean of each value given what was measured of it, when the distribution of values is estimated from all.

    Nothing is assumed of that distribution; (..., c) to the same shape.

    J. Kiefer, J. Wolfowitz: Consistency of the maximum likelihood estimator in the presence of infinitely many
    incidental parameters. Annals of Mathematical Statistics 27 (1956).
    W. Jiang, C.-H. Zhang: General maximum likelihood empirical Bayes estimation of normal means. Annals of Statistics
    37 (2009).
    """
    grid = np.linspace(measured.min(axis=-1), measured.max(axis=-1), GRID, axis=-1)
    squares = ((measured[..., :, None] - grid[..., None, :]) / noise) ** 2 / 2
    likely = np.exp(squares.min(axis=-1, keepdims=True) - squares)
    share = np.full(grid.shape, 1 / GRID)
    for _ in range(ROUNDS):
        # (..., c): how likely each value was to be measured; then how much of the crowd each point of the grid has.
        total = np.einsum("...cg,...g->...c", likely, share)
        share *= np.einsum("...cg,...c->...g", likely, 1 / total) / measured.shape[-1]
    total = np.einsum("...cg,...g->...c", likely, share)
    means: Floats = np.einsum("...cg,...g->...c", likely, share * grid) / total
    return means


def own_noise(deviations: Floats) -> float:
    """The standard deviation of what is each candidate's own luck, of (draws, c) deviations that share some of it."""
    count = deviations.shape[1]
    if count < 2:
        return 0.0
    each, common = deviations.var(axis=0).mean(), deviations.mean(axis=1).var()
    # The mean of all varies by what is shared and 1 / c of what is not.
    return float(np.sqrt(max(each - common, 0.0) * count / (count - 1)))
