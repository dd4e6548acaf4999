"""Local features drawn by code: vectors around a few hundred directions, as many in a picture as a grid gives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sightline.contracts import LocalFeatures

LEAST, MOST = 225, 1000
"""Vectors in a picture: those of a dense grid of step 8 on 128 px, and of step 4."""


def pictures(n: int, centers: int, d: int, seed: int = 0) -> list[LocalFeatures]:
    """n pictures of `LEAST` to `MOST` vectors of d values, around `centers` points whose shares differ by picture."""
    random = np.random.default_rng(seed)
    points = random.normal(size=(centers, d))
    return [_picture(points, random) for _ in range(n)]


def _picture(points: npt.NDArray[np.float64], random: np.random.Generator) -> LocalFeatures:
    m = int(random.integers(LEAST, MOST + 1))
    shares = random.dirichlet(np.full(len(points), 0.5))
    vectors = points[random.choice(len(points), m, p=shares)] + random.normal(size=(m, points.shape[1]))
    return LocalFeatures(vectors.astype(np.float32), random.random((m, 2)).astype(np.float32))
