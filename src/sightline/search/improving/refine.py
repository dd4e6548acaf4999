"""Better versions of the best: other parameters of its classifier, other views to learn from, richer descriptions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from sightline.contracts import Component
from sightline.data.views import VIEWS
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Node
from sightline.pipeline.text import parse
from sightline.search.trying.candidates import Candidate

FACTORS: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "LinearSVM": {"C": (0.1, 10.0)},
    "LogisticRegression": {"C": (0.1, 10.0)},
    "KernelSVM": {"C": (0.3, 3.0), "gamma": (0.5, 2.0)},
    "KernelRidge": {"alpha": (0.3, 3.0)},
    "KNearestNeighbors": {"neighbors": (0.34, 3.0)},
    "PatchDictionary": {"words": (2.0,)},
    "FisherVector": {"components": (2.0,)},
    "BagOfVisualWords": {"words": (2.0,)},
    "PCA": {"components": (2.0,)},
}
"""Component -> parameter -> what its value is multiplied with."""


def of_classifier(candidate: Candidate) -> Iterator[Candidate]:
    """The same description with other parameters of the classifier: no picture is described again."""
    for text, said in _moved(parse(candidate.classify)):
        yield dataclasses.replace(candidate, classify=text, name=_renamed(candidate, said))


def of_views(candidate: Candidate) -> Iterator[Candidate]:
    """The next larger set of views."""
    names = list(VIEWS)
    following = names.index(candidate.augment) + 1
    if following < len(names):
        yield dataclasses.replace(candidate, augment=names[following])


def of_description(candidate: Candidate) -> Iterator[Candidate]:
    """Larger codebooks and more directions."""
    for text, said in _moved(parse(candidate.represent)):
        yield dataclasses.replace(candidate, represent=text, name=_renamed(candidate, said))


def _moved(node: Node) -> Iterator[tuple[str, str]]:
    """The text of a tree with one parameter moved, and what moved."""
    count = len(list(_parts(node)))
    for number in range(count):
        for name, factors in FACTORS.get(type(list(_parts(node))[number]).__name__, {}).items():
            for factor in factors:
                moved = tree.clone(node)
                part = list(_parts(moved))[number]
                value = getattr(part, name)
                if isinstance(value, bool) or not isinstance(value, (int, float)):
                    continue  # None and "scale" choose for themselves
                new = max(1, round(value * factor)) if isinstance(value, int) else float(f"{value * factor:.2g}")
                least, most = part.limits.get(name, (0, float("inf")))
                if new != value and least <= new <= most:
                    part.set_params(**{name: new})
                    yield repr(moved), f"{name}={new:g}"


def _parts(node: Node) -> Iterator[Component]:
    for _, leaf in tree.leaves(node):
        yield leaf
        for _, inner in leaf.inner():
            yield inner


def _renamed(candidate: Candidate, said: str) -> str:
    parameter = said.split("=")[0]
    kept = [word for word in candidate.name.split(", ") if not word.startswith(f"{parameter}=")]
    return ", ".join([*kept, said])
