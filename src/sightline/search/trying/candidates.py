"""What the search may try: pipelines as plain data, cheap first."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from sightline.contracts import Classifier, GlobalDescriptor, LocalDescriptor, Projection, Summary
from sightline.errors import InputError
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain, Node
from sightline.pipeline.kinds import check_kinds
from sightline.pipeline.text import parse

SMALL_PX = 64
"""Longer side of pictures that hold one thing and no texture."""


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One pipeline to try.

    Attributes:
        name: short, for tables.
        represent: descriptors and summaries, as text (see `pipeline.text`).
        classify: the classifier, as text.
        fit_ns: prior: nanoseconds to fit, times `effort(n)` x d.
        compared: rows that each row is compared with while fitting, at most; 1 where the fit grows with n alone.
        augment: the views of each picture that it learns from, a key of `data.views.VIEWS`.
        promise: prior: how likely it is near the best, with small pictures and with larger ones; up to a factor.
    """

    name: str
    represent: str
    classify: str
    fit_ns: float
    compared: int = 1
    augment: str = "none"
    promise: tuple[float, float] = (1.0, 1.0)

    @property
    def label(self) -> str:
        """The name, with the views it learns from."""
        return self.name if self.augment == "none" else f"{self.name}, also {self.augment}"

    @property
    def two_by_two(self) -> bool:
        """Whether it tells every two classes apart, so that very many classes need very much memory and time."""
        return "KernelSVM" in self.classify

    def effort(self, n: int) -> float:
        """What fitting on n pictures takes: comparisons, and solving for those compared with."""
        return min(n, self.compared) * (n + 2.0 * min(n, self.compared))

    @property
    def identity(self) -> tuple[str, str]:
        """What is learned, and from which views: equal for candidates that learn the same, whatever they are called."""
        return canonical(self.spec), self.augment

    @property
    def spec(self) -> str:
        """The whole pipeline as text."""
        return f"{self.represent} > {self.classify}"

    def same_as(self, other: Candidate) -> bool:
        """Whether both learn the same from the same, whatever they are called."""
        return self.identity == other.identity

    def promise_for(self, side_px: float) -> float:
        """The prior for pictures whose longer sides have this median."""
        return self.promise[side_px > SMALL_PX]


def distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each of those that learn the same once, the last of them."""
    return list({candidate.identity: candidate for candidate in candidates}.values())


@functools.lru_cache(10_000)
def canonical(spec: str) -> str:
    """A pipeline as it is written when all that is at its default is left out."""
    return repr(parse(spec))


_HOG = "HOG(size_px=32, signed=True)"
_LAYOUT = "LocalBinaryPattern(rotation_invariant=False, grid=2) + ColorHistogram()"
_TEXTURE = (
    "LocalBinaryPattern(points=(8, 16), radius=(1, 3)) + Cooccurrence() + GaborBank() + LocalPhaseQuantization() + "
    "IntensityStatistics(grid=2) + ColorMoments(grid=2)"
)
_FISHER = "DenseSIFT(step_px=6, bin_px=(4, 8)) > PCA() > FisherVector(components=32, sample=30000)"
_PATCHES = (
    "Patches(patch_px=6, size_px=32) > PCA(components=None, whiten=True) > "
    "PatchDictionary(words=100, coding='rectified', grid=5, threshold=0.6, sample=50000) > "
    "PCA(components=384, standardize=True, length=1.0)"
)
_LINEAR = "LinearSVM(C=0.001, class_weight='balanced')"
_LINEAR_OF_UNITS = "LinearSVM(C=1.0, standardize=False, class_weight='balanced')"
_KERNEL = "KernelRidge(centers=8000, class_weight='balanced')"
_KERNEL_OF_FEW = "KernelRidge(standardize=True, class_weight='balanced')"
_SVM = "KernelSVM(standardize=False)"
_SVM_OF_UNITS = "KernelSVM(C=4.0, gamma=1.5, standardize=False)"
_TREES = "ExtraTrees(trees=300, class_weight='balanced')"


def _axes(count: int) -> str:
    return f"PCA(components={count}, standardize=True)"


def _kernel(name: str, represent: str) -> Candidate:
    return Candidate(f"{name} + kernel ridge", represent, _KERNEL, 0.12, compared=8000)


_SHAPE = "ContourShape(find='standout')"
_TEXTURE_LAYOUT = f"{_TEXTURE} + {_LAYOUT}"
_EVERYTHING = f"[{_FISHER}] + {_TEXTURE_LAYOUT}"
_SHAPES = f"[{_PATCHES}] + [PHOG() > PCA(components=384, length=1.0)]"
_PARTS = f"[{_SHAPES}] > PCA(components=512, length=1.0)"
_SURFACE = f"[{_TEXTURE_LAYOUT}] > PCA(components=128, standardize=True, length=0.5)"
_PARTS_AND_SURFACE = f"[{_SHAPES} + [{_SURFACE}]] > PCA(components=512, length=1.0)"

_PROMISES = {
    "HOG + linear SVM": (0.35, 0.02),
    "HOG + nearest neighbors": (0.39, 0.03),
    "layout + color + linear SVM": (0.27, 0.1),
    "HOG + RBF SVM": (0.49, 0.12),
    "shape + kernel ridge": (0.01, 0.01),
    "object moments + kernel ridge": (0.01, 0.09),
    "texture + linear SVM": (0.34, 0.15),
    "Fisher vector + linear SVM": (0.63, 0.53),
    "texture + layout + color + kernel ridge": (0.53, 0.38),
    "texture + layout + color + extra trees": (0.38, 0.21),
    "Fisher vector + texture + layout + color + linear SVM": (0.74, 0.63),
    "Fisher vector + texture + layout + color + kernel ridge": (0.78, 0.63),
    "patch dictionary + PHOG + linear SVM": (0.58, 0.18),
    "patch dictionary + PHOG + RBF SVM": (0.96, 0.15),
    "patch dictionary + PHOG + texture + layout + color + RBF SVM": (0.94, 0.2),
}
"""Near the best on sets of small pictures, and of larger ones: `benchmarks/portfolio.py` measured it; 0.01 at least."""

_LISTED: tuple[Candidate, ...] = (
    Candidate("HOG + linear SVM", _HOG, "LinearSVM()", 300),
    Candidate("HOG + nearest neighbors", _HOG, "KNearestNeighbors(standardize=False)", 10),
    Candidate("layout + color + linear SVM", _LAYOUT, _LINEAR, 300),
    Candidate("HOG + RBF SVM", _HOG, _SVM, 0.2, compared=10**9),
    Candidate("shape + kernel ridge", _SHAPE, _KERNEL_OF_FEW, 0.12, compared=4000),
    Candidate(
        "object moments + kernel ridge",
        "PrincipalMoments(find='standout')",
        _KERNEL_OF_FEW,
        0.12,
        compared=4000,
    ),
    Candidate("texture + linear SVM", _TEXTURE, _LINEAR, 300),
    Candidate("Fisher vector + linear SVM", _FISHER, _LINEAR_OF_UNITS, 900),
    _kernel("texture + layout + color", f"[{_TEXTURE_LAYOUT}] > {_axes(128)}"),
    Candidate("texture + layout + color + extra trees", _TEXTURE_LAYOUT, _TREES, 500),
    Candidate("Fisher vector + texture + layout + color + linear SVM", _EVERYTHING, _LINEAR, 900),
    _kernel("Fisher vector + texture + layout + color", f"[{_EVERYTHING}] > {_axes(256)}"),
    Candidate("patch dictionary + PHOG + linear SVM", _PARTS, _LINEAR, 900),
    Candidate("patch dictionary + PHOG + RBF SVM", _PARTS, _SVM_OF_UNITS, 0.2, compared=10**9),
    Candidate(
        "patch dictionary + PHOG + texture + layout + color + RBF SVM",
        _PARTS_AND_SURFACE,
        _SVM_OF_UNITS,
        0.2,
        compared=10**9,
    ),
)

PORTFOLIO = tuple(dataclasses.replace(one, promise=_PROMISES[one.name]) for one in _LISTED)
"""Chosen by cross-validation on digits and on the training parts of factory, texture, medical, satellite, flower,
clothing and natural pictures."""


def candidates(only: str | None = None) -> tuple[Candidate, ...]:
    """The portfolio; with `only`: "classical", a component ("HOG", "KernelSVM(C=1)"), or a whole pipeline with ">".

    Raises:
        InputError: "deep", or several components without a classifier.
        ComponentError: a pipeline that cannot be built, or a step that is given what it does not take.
    """
    if only is None or only == "classical":
        return PORTFOLIO
    if only == "deep":
        raise InputError("--only deep: this version has classical candidates only; allowed: classical, or a pipeline")
    if ">" in only:
        return (_custom(only),)
    node = parse(only if "(" in only else f"{only}()")
    chosen = tuple(one for one in PORTFOLIO if _holds(parse(one.spec), node, exact="(" in only))
    return chosen or (_custom(_around(node)),)


def _around(node: Node) -> str:
    """A usual pipeline with a component that the portfolio does not have.

    Raises:
        InputError: what is given is not one component.
    """
    match node:
        case LocalDescriptor():
            return f"{node!r} > SpatialPyramid() > {_LINEAR}"
        case Summary():
            return f"DenseSIFT() > {node!r} > {_LINEAR}"
        case GlobalDescriptor():
            return f"{node!r} > {_LINEAR}"
        case Projection():
            return f"{_HOG} > {node!r} > {_LINEAR}"
        case Classifier():
            return f"{_HOG} > {node!r}"
    raise InputError(f'"{node!r}" is neither one component nor a whole pipeline; allowed: "{node!r} > LinearSVM()"')


def _custom(text: str) -> Candidate:
    node = parse(text)
    if not isinstance(node, Chain) or not tree.is_classifier(node):
        raise InputError(f'"{text}" does not end in a classifier; allowed: "HOG() > LinearSVM()"')
    check_kinds(node)
    represent, classify = repr(Chain(node.steps[:-1])), repr(node.steps[-1])
    fit_ns, compared = (0.2, 10**9) if "Kernel" in classify else (300, 1)
    return Candidate(text, represent, classify, fit_ns, compared)


def _holds(pipeline: Node, wanted: Node, exact: bool) -> bool:
    found = [leaf for _, leaf in tree.leaves(pipeline)]
    inner = [part for leaf in found for _, part in leaf.inner()]
    if exact:
        return any(repr(leaf) == repr(wanted) for leaf in found + inner)
    return any(type(leaf) is type(wanted) for leaf in found + inner)
