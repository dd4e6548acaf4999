"""What the search may try with a trained network: its embedding under several classifiers, alone and in company.

The embeddings are made once for all of them, and kept between runs. At more than one scale they cost as many looks at a
picture as there are squares, so those candidates come later and fall to a limit on latency first.
"""

from __future__ import annotations

from collections.abc import Iterator

from sightline.networks.network import Network
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.parts import LAYOUT, SVM_OF_UNITS, TEXTURE

ZOOMS = (1.5, 2.0)
"""Squares of two thirds and of half the shorter side, beside the whole picture."""
_TAMED = "PowerNormalization()"
"""A rectified embedding is bursty: its square root, at unit length, is told apart better by all of these."""
_LINEAR = "LogisticRegression(C=30.0, standardize=False)"
_BALANCED = "LogisticRegression(C=30.0, standardize=False, class_weight='balanced')"
_KERNEL = "KernelRidge(class_weight='balanced')"


def transfer(network: Network) -> Iterator[Candidate]:
    """Candidates around the embedding of a network, cheap first."""

    def embedding(zoom: float = 0.0) -> str:
        return f"Embedding(network='{network.key}'" + (f", zoom={zoom})" if zoom else ")")

    name = network.name
    whole = f"{embedding()} > {_TAMED}"
    scales = " + ".join(f"[{one} > {_TAMED}]" for one in (embedding(), *map(embedding, ZOOMS)))
    yield Candidate(f"{name} + logistic regression", whole, _LINEAR, 900, promise=(0.9, 0.9))
    yield Candidate(f"{name} + prototypes", whole, "Prototypes()", 10, promise=(0.3, 0.3))
    yield Candidate(
        f"{name} + nearest neighbors", whole, "KNearestNeighbors(standardize=False)", 10, promise=(0.3, 0.3)
    )
    yield Candidate(f"{name} + kernel ridge", whole, _KERNEL, 0.12, compared=4000, promise=(0.7, 0.7))
    yield Candidate(f"{name} + RBF SVM", whole, SVM_OF_UNITS, 0.2, compared=10**9, promise=(0.7, 0.7))
    yield Candidate(f"{name} at three scales + logistic regression", scales, _LINEAR, 900, promise=(0.9, 1.0))
    yield Candidate(f"{name} at three scales + kernel ridge", scales, _KERNEL, 0.12, compared=4000, promise=(0.8, 0.9))
    tamed = f"[[{TEXTURE} + {LAYOUT}] > PCA(components=128, standardize=True, length=0.5)]"
    yield Candidate(
        f"{name} at three scales + texture + layout + color + logistic regression",
        f"{scales} + {tamed}",
        _BALANCED,
        900,
        promise=(0.7, 0.9),
    )
