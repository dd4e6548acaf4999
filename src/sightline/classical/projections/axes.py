"""Principal axes of centered rows: exact where the smaller side allows it, else by subspace iteration."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sightline.arrays import Matrix, generator

Numbers = npt.NDArray[np.float64]
EXACT_SIDE = 2048
"""A symmetric matrix of this side is decomposed in seconds; four times the side takes minutes."""
BLOCK = 2048
"""Rows or columns that are multiplied in float64 at once."""
NOISE = 1e-10
"""Variances below this share of the largest are rounding errors of float64 products: there is no axis."""
ROUNDS = 30
SETTLED = 1e-4
"""Relative gain of variance in a round below which the subspace stays."""


def principal_axes(Z: Matrix, count: int, seed: int) -> tuple[Numbers, Numbers]:
    """The p <= `count` axes of most variance of centered rows Z (n, d): variances (p,), falling, and axes (d, p).

    p is smaller where the rows span fewer dimensions. The entry of largest magnitude of an axis is positive.
    Cost: O(n d min(n, d)) up to `EXACT_SIDE`, else O(n d count) a round.
    """
    side = min(Z.shape)
    if side > EXACT_SIDE and 3 * count < side:
        variances, axes = _iterated(Z, count, seed)
    elif len(Z) < Z.shape[1]:
        variances, axes = _through_rows(Z, count)
    else:
        variances, axes = covariance_axes(Z)
    kept = variances[:count] > NOISE * max(float(variances[0]), 0.0)
    return variances[:count][kept], _with_signs(axes[:, :count][:, kept])


def covariance_axes(Z: Matrix) -> tuple[Numbers, Numbers]:
    """All d variances, falling, and axes (d, d) of centered rows."""
    total = np.zeros((Z.shape[1], Z.shape[1]))
    for start in range(0, len(Z), BLOCK):
        block = Z[start : start + BLOCK].astype(np.float64)
        total += block.T @ block
    return _falling(total / len(Z))


def _through_rows(Z: Matrix, count: int) -> tuple[Numbers, Numbers]:
    """Axes of fewer rows than columns: those of the (n, n) products of the rows, brought back."""
    total = np.zeros((len(Z), len(Z)))
    for start in range(0, Z.shape[1], BLOCK):
        block = Z[:, start : start + BLOCK].astype(np.float64)
        total += block @ block.T
    variances, sides = _falling(total / len(Z))
    axes = Z.T.astype(np.float64) @ sides[:, :count]
    axes /= np.maximum(np.linalg.norm(axes, axis=0), np.finfo(float).tiny)
    return variances, axes


def _iterated(Z: Matrix, count: int, seed: int) -> tuple[Numbers, Numbers]:
    """N. Halko, P.-G. Martinsson, J. A. Tropp: Finding structure with randomness. SIAM Review 53, 2011."""
    width = count + count // 4 + 16
    basis: Matrix = generator(seed, "axes").standard_normal((Z.shape[1], width), np.float32)
    before = 0.0
    for _ in range(ROUNDS):
        basis = np.linalg.qr(basis)[0]
        seen = Z @ basis
        variances, turn = _falling(seen.T.astype(np.float64) @ seen / len(Z))
        held = float(variances[:count].sum())
        if held - before <= SETTLED * held:
            break
        before = held
        basis = Z.T @ seen
    return variances[:count], (basis.astype(np.float64) @ turn)[:, :count]


def _falling(symmetric: Numbers) -> tuple[Numbers, Numbers]:
    values, vectors = np.linalg.eigh(symmetric)
    return np.maximum(values[::-1], 0), vectors[:, ::-1]


def _with_signs(axes: Numbers) -> Numbers:
    peaks = np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)
    return axes * np.where(peaks < 0, -1.0, 1.0)
