"""What the search may try with a trained network: its embedding under several classifiers, alone and in company.

Embeddings are made once for all of them, and kept between runs. Cheap ones come first: a look at the whole picture, one
at a size below and one above what the network was trained with, then squares besides, which cost as many looks as there
are squares and fall to a limit on latency first.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from sightline.deep.changes import Changes
from sightline.deep.fine_tuned import FineTuned
from sightline.deep.weights.origins import has_origin
from sightline.networks.feed import MOST_PX
from sightline.networks.network import Network
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.parts import LAYOUT, LINEAR_OF_UNITS, SVM_OF_UNITS, TAMED, TEXTURE
from sightline.task import Conditions

ZOOMS = (1.5, 2.0)
"""Squares of two thirds and of half the shorter side, beside the whole picture."""
LARGER, MULTIPLE = 9 / 7, 32
"""Things look larger in the crops of training than in whole pictures: at 288 px instead of 224 they are as large."""
SMALLER, LEAST_PX = 4 / 7, 64
"""At 128 px instead of 224 training takes a third of the time, and so does looking where a limit on latency is near."""
_BALANCED = "LogisticRegression(C=30.0, standardize=False, class_weight='balanced')"
_KERNEL = "KernelRidge(alpha=0.1, class_weight='balanced')"
_NEIGHBORS = "KNearestNeighbors(standardize=False)"
_SURFACE = f"[[{TEXTURE} + {LAYOUT}] > PCA(components=128, standardize=True, length=0.5)]"


def transfer(network: Network) -> Iterator[Candidate]:
    """Candidates around the embedding of a network, cheap first."""
    name, px = network.name, larger_px(network)
    whole = f"{_embedding(network)} > {TAMED}"
    yield _linear(name, whole, 0.8)
    yield _kernel(name, whole, 0.7)
    yield Candidate(f"{name} + prototypes", whole, "Prototypes()", 10, promise=(0.3, 0.3))
    yield Candidate(f"{name} + nearest neighbors", whole, _NEIGHBORS, 10, promise=(0.3, 0.3))
    yield _svm(name, whole, 0.7)
    if small := smaller_px(network):
        yield _linear(f"{name} at {small} px", f"{_embedding(network, px=small)} > {TAMED}", 0.4)
    if px:
        at, larger = f"{name} at {px} px", f"{_embedding(network, px=px)} > {TAMED}"
        yield _linear(at, larger, 0.9)
        yield _kernel(at, larger, 0.95)
        yield _svm(at, larger, 0.9)
    squares = [_embedding(network, zoom=zoom) for zoom in ZOOMS]
    scales = " + ".join(f"[{one} > {TAMED}]" for one in (_embedding(network, px=px), *squares))
    yield _linear(f"{name} at three scales", scales, 0.9)
    yield _kernel(f"{name} at three scales", scales, 1.0)
    company = f"{name} at three scales + texture + layout + color"
    yield Candidate(f"{company} + logistic regression", f"{scales} + {_SURFACE}", _BALANCED, 900, promise=(0.7, 0.9))


def fine_tuned(network: Network, conditions: Conditions) -> Iterator[Candidate]:
    """Candidates that go on training a network, dear ones first; none where its weights or torch are not at hand.

    Args:
        network: what they begin with.
        conditions: of the task: pictures are changed as they say.
    """
    if not has_origin(network) or not all(map(importlib.util.find_spec, ("torch", "timm"))):
        return
    yield _fine_tuned(network, conditions)
    if px := smaller_px(network):
        yield _fine_tuned(network, conditions, px)


def _fine_tuned(network: Network, conditions: Conditions, px: int = 0) -> Candidate:
    learner = FineTuned(network.key, px=px, changes=Changes.of(conditions))
    return _linear(f"{network.name} fine-tuned{f' at {px} px' if px else ''}", f"{learner!r} > {TAMED}", 0.05)


def smaller_px(network: Network) -> int:
    """A size that takes a third of the time of the one that a network was trained with; 0 where it takes no other."""
    feed = network.feed
    px = int(SMALLER * feed.height) // MULTIPLE * MULTIPLE
    return px if feed.free and feed.height == feed.width and px >= LEAST_PX else 0


def larger_px(network: Network) -> int:
    """The size above the one that a network was trained with, a multiple of 32; 0 where it takes no other."""
    feed = network.feed
    px = round(LARGER * feed.height / MULTIPLE) * MULTIPLE
    return px if feed.free and feed.height == feed.width and feed.height < px <= MOST_PX else 0


def _embedding(network: Network, px: int = 0, zoom: float = 0.0) -> str:
    more = (f", zoom={zoom}" if zoom else "") + (f", px={px}" if px else "")
    return f"Embedding(network='{network.key}'{more})"


def _linear(name: str, represent: str, promise: float) -> Candidate:
    return Candidate(f"{name} + logistic regression", represent, LINEAR_OF_UNITS, 900, promise=(promise, promise))


def _kernel(name: str, represent: str, promise: float) -> Candidate:
    return Candidate(f"{name} + kernel ridge", represent, _KERNEL, 0.12, compared=4000, promise=(promise, promise))


def _svm(name: str, represent: str, promise: float) -> Candidate:
    return Candidate(f"{name} + RBF SVM", represent, SVM_OF_UNITS, 0.2, compared=10**9, promise=(promise, promise))
