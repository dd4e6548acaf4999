"""Networks that learn from the pictures of the task alone, where these are many and small: no trained network knows
such pictures, and on two cores there is time for them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

from sightline.contracts import GlobalDescriptor
from sightline.deep.changes import Changes
from sightline.deep.self_trained import SelfTrained
from sightline.deep.trained import Trained
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.parts import LINEAR_OF_UNITS, TAMED
from sightline.search.trying.trial import Trial

LEAST = 1_000
"""Pictures below which what descriptors know beforehand is worth more."""
MOST_PX, LEAST_PX, MULTIPLE = 96, 28, 4
"""Longer sides of pictures that the network is made for."""
PATIENCE = (40, 15, 6)
"""Epochs, the better first."""
SELF_PATIENCE = (10, 4, 2)
"""Of all pictures, two looks at each in an epoch."""


def from_nothing(among: Comparison, best: Trial | None) -> Iterator[Candidate]:
    """Candidates that begin with drawn weights, dear ones first; none for few or large pictures, or without torch.

    Args:
        among: what candidates are compared with.
        best: whatever is best so far: where that learns from mirrored pictures, they do.
    """
    if _is_for(among, len(among.folds.truth)):
        for epochs in PATIENCE:
            learner = Trained(epochs=epochs, **_shown(among, best))
            yield _candidate("small network from nothing", learner, epochs)


def from_unlabelled(among: Comparison, best: Trial | None) -> Iterator[Candidate]:
    """The same, learning from pictures without a label as well; none where these are fewer than those with one."""
    labelled, more = len(among.folds.truth), len(among.data.unlabelled)
    if more >= labelled and _is_for(among, labelled + more):
        for epochs in SELF_PATIENCE:
            learner = SelfTrained(epochs=epochs, **_shown(among, best))
            yield _candidate("small network that trains itself", learner, epochs)


def _is_for(among: Comparison, pictures: int) -> bool:
    there = all(map(importlib.util.find_spec, ("torch", "timm")))
    return there and among.data.side_px <= MOST_PX and pictures >= LEAST


def _shown(among: Comparison, best: Trial | None) -> dict[str, Any]:
    """How pictures are shown to a network: at their size, changed as the task says."""
    mirrored = best is not None and best.members[0].augment != "none"
    return {
        "px": max(LEAST_PX, -(-int(among.data.side_px) // MULTIPLE) * MULTIPLE),
        "changes": Changes.of(among.data.conditions, mirrored),
    }


def _candidate(name: str, learner: GlobalDescriptor, epochs: int) -> Candidate:
    called = f"{name}, {epochs} epochs + logistic regression"
    return Candidate(called, f"{learner!r} > {TAMED}", LINEAR_OF_UNITS, 900, promise=(0.05, 0.01))
