"""A bounded sample of local features: what codebooks, mixtures and projections are learned from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sightline.arrays import Array, Matrix, generator
from sightline.contracts import LocalFeatures
from sightline.errors import InputError
from sightline.parallel import ordered_map

MAX_PICTURES = 2000
"""Pictures that a sample is drawn from; more would only cost time, since each then gives a handful of vectors."""

LARGEST = 1e15
"""Values of local features up to this have squares, and sums of squares, well within float32."""


def sample_vectors(features: Sequence[LocalFeatures], count: int, seed: int) -> Matrix:
    """About `count` vectors of n pictures at most, (s, d) float32, drawn evenly from `MAX_PICTURES` of them at most.

    A picture with fewer vectors than its share gives all of them.

    Raises:
        InputError: there is no vector at all, or one holds NaN, infinity or a value beyond `LARGEST`.
    """
    chosen = np.sort(generator(seed, "pictures").permutation(len(features))[:MAX_PICTURES])
    share = -(-count // max(len(chosen), 1))

    def draw(index: int) -> Matrix:
        vectors: Matrix = features[index].vectors
        rows = generator(seed, "rows", index).permutation(len(vectors))[:share]
        return narrow(vectors[np.sort(rows)])

    drawn = [vectors for vectors in ordered_map(draw, chosen.tolist()) if len(vectors)]
    if not drawn:
        raise InputError(
            f"none of {len(features)} pictures gave a local feature to learn from; where nothing in them stands out, "
            "lower the contrast of SIFT or the threshold of ORB, or take DenseSIFT(); where they are smaller than a "
            "patch, take larger pictures or a smaller patch"
        )
    sample = np.concatenate(drawn)
    check_values(sample)
    return sample


def narrow(vectors: Array) -> Matrix:
    """The vectors in float32; what that cannot hold becomes infinity, which `check_values` refuses."""
    if vectors.dtype == np.float32:
        return np.ascontiguousarray(vectors)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(vectors, dtype=np.float32)


def check_values(vectors: Array) -> None:
    """Refuse vectors that sums of squares in single precision cannot hold.

    One product tells that all is well: 2 us for 600 vectors of 64.

    Raises:
        InputError: NaN, infinity, or a value beyond `LARGEST`.
    """
    flat = vectors.ravel()
    if np.vdot(flat, flat) <= LARGEST**2:
        return
    if not np.isfinite(vectors).all():
        raise InputError("local features hold NaN or infinity; repair the descriptor that made them")
    if (most := float(np.abs(vectors).max())) > LARGEST:
        raise InputError(f"local features hold values up to {most:.3g}; allowed: up to {LARGEST:g}; scale them")
