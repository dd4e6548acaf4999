"""Descriptors that learn from whole pictures, as a network that is fine-tuned: what fitting one will take."""

from __future__ import annotations

import contextlib

from sightline.contracts import GlobalDescriptor
from sightline.deep.distilled import Distilled
from sightline.deep.fine_tuned import FineTuned
from sightline.deep.learned_network import FromNothing
from sightline.deep.self_trained import SelfTrained
from sightline.pipeline.graph import Chain, Node
from sightline.pipeline.text import parse
from sightline.search.trying.represented import described_by

MARGIN = 1.25
"""A training that is not finished has cost all the time that was left, and gives nothing."""


def learns_from_pictures(node: Node) -> bool:
    """Whether a part of a tree learns from the pictures themselves."""
    return any(isinstance(part, GlobalDescriptor) and part.learns() for part in described_by(node))


def unlearned_of(node: GlobalDescriptor) -> Node:
    """What takes as long to describe a picture as a descriptor does to look at it once while it learns.

    Its teacher, where it has one; else what it is before it has learned. What begins from nothing looks at small
    pictures, which takes about as long as a descriptor does.
    """
    if isinstance(node, FromNothing):
        return parse("HOG()")
    if isinstance(node, Distilled):
        teacher = parse(node.teacher)
        return Chain(teacher.steps[:-1]) if isinstance(teacher, Chain) else teacher
    return node.before() if isinstance(node, FineTuned) else node


def fitting_s(node: GlobalDescriptor, n: int, look_s: float, left_s: float, unlabelled: int = 0) -> float:
    """Seconds of one core to fit a descriptor on n pictures.

    A step is timed only where there may be time for all of them: torch alone takes seconds to come.

    Args:
        node: what is fitted; of one that is no network nothing is known but its look.
        n: pictures.
        look_s: seconds for one look at a picture by `unlearned_of`.
        left_s: seconds of all cores.
        unlabelled: pictures without a label, which some learn from as well.
    """
    if not isinstance(node, (Distilled, FineTuned, FromNothing)):
        return n * look_s
    least_s = node.least_fit_s() if isinstance(node, FromNothing) else node.least_fit_s(n, look_s)
    if least_s <= left_s:
        with contextlib.suppress(Exception):  # what it refuses is the trial's to name
            seen = n + unlabelled * isinstance(node, SelfTrained)
            measured_s = node.expected_fit_s(n, look_s) if isinstance(node, Distilled) else node.expected_fit_s(seen)
            return MARGIN * max(least_s, measured_s)
    return least_s
