"""A bounded sample of local features: what codebooks, mixtures and projections are learned from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sightline.arrays import Matrix, generator
from sightline.contracts import LocalFeatures
from sightline.errors import InputError
from sightline.parallel import ordered_map

MAX_PICTURES = 2000
"""Pictures that a sample is drawn from; more would only cost time, since each then gives a handful of vectors."""


def sample_vectors(features: Sequence[LocalFeatures], count: int, seed: int) -> Matrix:
    """About `count` vectors of n pictures at most, (s, d) float32, drawn evenly from `MAX_PICTURES` of them at most.

    A picture with fewer vectors than its share gives all of them.

    Raises:
        InputError: there is no vector at all, or one holds NaN or infinity.
    """
    chosen = np.sort(generator(seed, "pictures").permutation(len(features))[:MAX_PICTURES])
    share = -(-count // max(len(chosen), 1))

    def draw(index: int) -> Matrix:
        vectors: Matrix = features[index].vectors
        rows = generator(seed, "rows", index).permutation(len(vectors))[:share]
        return np.ascontiguousarray(vectors[np.sort(rows)], dtype=np.float32)

    drawn = [vectors for vectors in ordered_map(draw, chosen.tolist()) if len(vectors)]
    if not drawn:
        raise InputError(
            f"none of {len(features)} pictures gave a local feature to learn from; they may all be smaller than "
            "a patch: take larger pictures, or a smaller patch"
        )
    sample = np.concatenate(drawn)
    if not np.isfinite(sample).all():
        raise InputError("local features hold NaN or infinity; repair the descriptor that made them")
    return sample
