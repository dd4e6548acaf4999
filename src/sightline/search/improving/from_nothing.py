"""Networks that learn from the pictures of the task alone, where these are many and small: no trained network knows
such pictures, and on two cores there is time for them."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Iterator

from sightline.deep.trained import Trained
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.parts import LINEAR_OF_UNITS, TAMED
from sightline.search.trying.trial import Trial

LEAST = 1_000
"""Labelled pictures below which what descriptors know beforehand is worth more."""
MOST_PX, LEAST_PX, MULTIPLE = 96, 28, 4
"""Longer sides of pictures that the network is made for."""
PATIENCE = (40, 15, 6)
"""Epochs, the better first."""


def from_nothing(among: Comparison, best: Trial | None) -> Iterator[Candidate]:
    """Candidates that begin with drawn weights, dear ones first; none for few or large pictures, or without torch.

    Args:
        among: what candidates are compared with.
        best: whatever is best so far: where that learns from mirrored pictures, they do.
    """
    if not all(map(importlib.util.find_spec, ("torch", "timm"))):
        return
    if among.data.side_px > MOST_PX or len(among.folds.truth) < LEAST:
        return
    declared = dataclasses.asdict(among.data.task.conditions)
    for epochs in PATIENCE:
        learner = Trained(
            px=max(LEAST_PX, -(-int(among.data.side_px) // MULTIPLE) * MULTIPLE),
            epochs=epochs,
            mirrored=best is not None and best.members[0].augment != "none",
            **{name: value for name, value in declared.items() if value is not None},
        )
        name = f"small network from nothing, {epochs} epochs + logistic regression"
        yield Candidate(name, f"{learner!r} > {TAMED}", LINEAR_OF_UNITS, 900, promise=(0.05, 0.01))
