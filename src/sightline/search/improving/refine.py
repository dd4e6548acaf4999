"""Better versions of the best: other parameters of its classifier, other views to learn from, richer descriptions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from sightline.contracts import Component
from sightline.data.views import VIEWS
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Node
from sightline.pipeline.text import parse
from sightline.search.trying.candidate import Candidate

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
    for text, label, value in _moved(parse(candidate.classify), candidate):
        yield dataclasses.replace(candidate, classify=text, name=_renamed(candidate, label, value))


def of_views(candidate: Candidate) -> Iterator[Candidate]:
    """The next larger set of views."""
    names = list(VIEWS)
    following = names.index(candidate.augment) + 1
    if following < len(names):
        yield dataclasses.replace(candidate, augment=names[following])


def of_description(candidate: Candidate) -> Iterator[Candidate]:
    """Larger codebooks and more directions."""
    for text, label, value in _moved(parse(candidate.represent), candidate):
        yield dataclasses.replace(candidate, represent=text, name=_renamed(candidate, label, value))


def _moved(node: Node, candidate: Candidate) -> Iterator[tuple[str, str, float]]:
    """The text of a tree of a candidate with one parameter moved, what a person calls that one, and its value."""
    whole = [part for text in (candidate.represent, candidate.classify) for part in _parts(parse(text))]
    for number, part in enumerate(_parts(node)):
        for name, factors in FACTORS.get(type(part).__name__, {}).items():
            if not _moves(part, name):
                continue
            value = getattr(part, name)
            for factor in factors:
                new = max(1, round(value * factor)) if isinstance(value, int) else float(f"{value * factor:.2g}")
                least, most = part.limits.get(name, (0, float("inf")))
                if new != value and least <= new <= most:
                    moved = tree.clone(node)
                    list(_parts(moved))[number].set_params(**{name: new})
                    yield repr(moved), _called(part, name, list(_parts(node))[:number], whole), new


def _moves(part: Component, name: str) -> bool:
    """Whether it has a number there; None and "scale" choose for themselves."""
    value = getattr(part, name, None)
    return name in FACTORS.get(type(part).__name__, {}) and isinstance(value, (int, float)) and value is not True


def _called(part: Component, name: str, before: list[Component], whole: list[Component]) -> str:
    """The parameter's name, with as much of its component as tells it from others in the whole candidate."""
    holders = [type(one) for one in whole if _moves(one, name)]
    if len(holders) == 1:
        return name
    kind = type(part)
    if holders.count(kind) == 1:
        return f"{kind.__name__} {name}"
    return f"{kind.__name__} {1 + sum(type(one) is kind and _moves(one, name) for one in before)} {name}"


def _parts(node: Node) -> Iterator[Component]:
    for _, leaf in tree.leaves(node):
        yield leaf
        for _, inner in leaf.inner():
            yield inner


def _renamed(candidate: Candidate, label: str, value: float) -> str:
    kept = [word for word in candidate.name.split(", ") if not word.startswith(f"{label}=")]
    return ", ".join([*kept, f"{label}={value:g}"])
