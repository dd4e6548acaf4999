"""What the search may try: pipelines as plain data, cheap first."""

from __future__ import annotations

import dataclasses

from sightline.contracts import Classifier, GlobalDescriptor, LocalDescriptor, Projection, Summary
from sightline.deep.fine_tuned import FineTuned
from sightline.deep.setting import Setting
from sightline.errors import InputError
from sightline.networks.embedding import Embedding
from sightline.networks.network import Network
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain, Node
from sightline.pipeline.kinds import check_kinds
from sightline.pipeline.text import parse
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.parts import LAYOUT, LINEAR_OF_UNITS, SVM_OF_UNITS, TAMED, TEXTURE
from sightline.search.trying.transfer import fine_tuned, transfer
from sightline.task import Conditions

_HOG = "HOG(size_px=32, signed=True)"
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
_TREES = "ExtraTrees(trees=300, class_weight='balanced')"


def _axes(count: int) -> str:
    return f"PCA(components={count}, standardize=True)"


def _kernel(name: str, represent: str) -> Candidate:
    return Candidate(f"{name} + kernel ridge", represent, _KERNEL, 0.12, compared=8000)


_SHAPE = "ContourShape(find='standout')"
_TEXTURE_LAYOUT = f"{TEXTURE} + {LAYOUT}"
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
    Candidate("layout + color + linear SVM", LAYOUT, _LINEAR, 300),
    Candidate("HOG + RBF SVM", _HOG, _SVM, 0.2, compared=10**9),
    Candidate("shape + kernel ridge", _SHAPE, _KERNEL_OF_FEW, 0.12, compared=4000),
    Candidate(
        "object moments + kernel ridge",
        "PrincipalMoments(find='standout')",
        _KERNEL_OF_FEW,
        0.12,
        compared=4000,
    ),
    Candidate("texture + linear SVM", TEXTURE, _LINEAR, 300),
    Candidate("Fisher vector + linear SVM", _FISHER, _LINEAR_OF_UNITS, 900),
    _kernel("texture + layout + color", f"[{_TEXTURE_LAYOUT}] > {_axes(128)}"),
    Candidate("texture + layout + color + extra trees", _TEXTURE_LAYOUT, _TREES, 500),
    Candidate("Fisher vector + texture + layout + color + linear SVM", _EVERYTHING, _LINEAR, 900),
    _kernel("Fisher vector + texture + layout + color", f"[{_EVERYTHING}] > {_axes(256)}"),
    Candidate("patch dictionary + PHOG + linear SVM", _PARTS, _LINEAR, 900),
    Candidate("patch dictionary + PHOG + RBF SVM", _PARTS, SVM_OF_UNITS, 0.2, compared=10**9),
    Candidate(
        "patch dictionary + PHOG + texture + layout + color + RBF SVM",
        _PARTS_AND_SURFACE,
        SVM_OF_UNITS,
        0.2,
        compared=10**9,
    ),
)

PORTFOLIO = tuple(dataclasses.replace(one, promise=_PROMISES[one.name]) for one in _LISTED)
"""Chosen by cross-validation on digits and on the training parts of factory, texture, medical, satellite, flower,
clothing and natural pictures."""


NONE = Conditions()


def candidates(only: str | None = None, network: Network | None = None, asked: bool = False) -> tuple[Candidate, ...]:
    """What is tried: the classical portfolio, and what is made of a trained network where there is one.

    Args:
        only: "classical", "deep", a component ("HOG", "KernelSVM(C=1)"), or a whole pipeline with ">".
        network: whose embedding is tried; an `Embedding()` or `FineTuned()` that names none means this one.
        asked: the user named the network: the first candidate, which is tried however little time there is, has it.

    Raises:
        InputError: "deep" without a network, or several components without a classifier.
        ComponentError: a pipeline that cannot be built, or a step that is given what it does not take.
    """
    deep = () if network is None else tuple(transfer(network))
    if only is None:
        return (*deep, *PORTFOLIO) if asked else (*PORTFOLIO, *deep)
    if only == "classical":
        return PORTFOLIO
    if only == "deep":
        if not deep:
            raise InputError(
                "--only deep was given and no trained network is at hand; give --backbone: a .onnx or .safetensors "
                'file, or a name of timm; for thousands of small pictures --only "Trained(px=32)"'
            )
        return deep
    if ">" in only:
        return (_custom(only, network),)
    node = parse(only if "(" in only else f"{only}()")
    chosen = tuple(one for one in (*PORTFOLIO, *deep) if _holds(parse(one.spec), node, exact="(" in only))
    return chosen or (_custom(_around(node), network),)


def late_candidates(
    only: str | None = None, network: Network | None = None, conditions: Conditions = NONE
) -> tuple[Candidate, ...]:
    """What is tried after all others, if time is left: a network that goes on training.

    Args:
        only: as `candidates` takes it; whoever asks for one component or pipeline gets nothing besides.
        network: where training begins.
        conditions: of the task.
    """
    return tuple(fine_tuned(network, conditions)) if network is not None and only in (None, "deep") else ()


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
        case Setting():
            return f"Trained({type(node).__name__.lower()}={node!r}) > {TAMED} > {LINEAR_OF_UNITS}"
    raise InputError(f'"{node!r}" is neither one component nor a whole pipeline; allowed: "{node!r} > LinearSVM()"')


def _custom(text: str, network: Network | None) -> Candidate:
    node = parse(text)
    for _, leaf in tree.leaves(node):
        if isinstance(leaf, (Embedding, FineTuned)) and not leaf.network:
            if network is None:
                raise InputError(f'"{text}" names no network; give --backbone: a .onnx or .safetensors file, or a name')
            leaf.set_params(network=network.key)
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
