"""What the search may try: pipelines as plain data, cheap first."""

from __future__ import annotations

import dataclasses

from sightline.errors import InputError, nearest
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain, Node
from sightline.pipeline.text import parse


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One pipeline to try.

    Attributes:
        name: short, for tables.
        represent: descriptors and summaries, as text (see `pipeline.text`).
        classify: the classifier, as text.
        fit_ns: prior: nanoseconds to fit, times n x d, or n x n x d where `quadratic`.
        quadratic: whether the classifier's fit grows with the square of the number of pictures.
        augment: the views of each picture that it learns from, a key of `data.views.VIEWS`.
    """

    name: str
    represent: str
    classify: str
    fit_ns: float
    quadratic: bool = False
    augment: str = "none"

    @property
    def label(self) -> str:
        """The name, with the views it learns from."""
        return self.name if self.augment == "none" else f"{self.name}, also {self.augment}"

    @property
    def spec(self) -> str:
        """The whole pipeline as text."""
        return f"{self.represent} > {self.classify}"


_HOG = "HOG(size_px=32, signed=True)"
_TEXTURE = "LocalBinaryPattern(rotation_invariant=False, grid=2) + ColorHistogram()"
_WORDS = "DenseSIFT() > SpatialPyramid(summary=BagOfVisualWords(words=500))"
_WIDE_LINEAR = "LinearSVM(C=0.001, class_weight='balanced')"
_KERNEL = "KernelSVM(standardize=False)"

PORTFOLIO: tuple[Candidate, ...] = (
    Candidate("HOG + linear SVM", _HOG, "LinearSVM()", 300),
    Candidate("HOG + RBF SVM", _HOG, _KERNEL, 0.6, quadratic=True),
    Candidate("HOG + nearest neighbors", _HOG, "KNearestNeighbors(standardize=False)", 10),
    Candidate("texture + color + linear SVM", _TEXTURE, _WIDE_LINEAR, 300),
    Candidate("texture + color + forest", _TEXTURE, "RandomForest(min_leaf=3, class_weight='balanced')", 500),
    Candidate("fine HOG + linear SVM", "HOG(signed=True)", "LinearSVM(C=0.001)", 300),
    Candidate("HOG + texture + color + linear SVM", f"{_HOG} + {_TEXTURE}", _WIDE_LINEAR, 300),
    Candidate("dense SIFT words + linear SVM", _WORDS, _WIDE_LINEAR, 600),
    Candidate("dense SIFT words + texture + color + linear SVM", f"[{_WORDS}] + {_TEXTURE}", _WIDE_LINEAR, 900),
    Candidate("fine HOG + RBF SVM", "HOG(signed=True)", _KERNEL, 1.5, quadratic=True),
)
"""Chosen by cross-validation on digits and on the training parts of factory, texture, medical and flower pictures."""


def candidates(only: str | None = None) -> tuple[Candidate, ...]:
    """The portfolio; with `only`: "classical", a component ("HOG", "KernelSVM(C=1)"), or a whole pipeline with ">".

    Raises:
        InputError: nothing of that name.
        ComponentError: a pipeline that cannot be built.
    """
    if only is None or only == "classical":
        return PORTFOLIO
    if only == "deep":
        raise InputError("--only deep: this version has classical candidates only; allowed: classical, or a pipeline")
    if ">" in only:
        return (_custom(only),)
    node = parse(only if "(" in only else f"{only}()")
    chosen = tuple(one for one in PORTFOLIO if _holds(parse(one.spec), node, exact="(" in only))
    if not chosen:
        hint = nearest(only, [one.name for one in PORTFOLIO])
        raise InputError(f'no candidate holds "{only}"; give a whole pipeline ("{only} > LinearSVM()"); {hint}')
    return chosen


def _custom(text: str) -> Candidate:
    node = parse(text)
    if not isinstance(node, Chain) or not tree.is_classifier(node):
        raise InputError(f'"{text}" does not end in a classifier; allowed: "HOG() > LinearSVM()"')
    represent, classify = text.rsplit(">", 1)
    quadratic = "KernelSVM" in classify
    return Candidate(text, represent.strip(), classify.strip(), 0.6 if quadratic else 300, quadratic)


def _holds(pipeline: Node, wanted: Node, exact: bool) -> bool:
    found = [leaf for _, leaf in tree.leaves(pipeline)]
    inner = [part for leaf in found for _, part in leaf.inner()]
    if exact:
        return any(repr(leaf) == repr(wanted) for leaf in found + inner)
    return any(type(leaf) is type(wanted) for leaf in found + inner)
