"""What the steps of a pipeline hand on to each other: checked before anything is read or fitted.

pictures        > GlobalDescriptor > vectors
pictures        > LocalDescriptor  > local features
local features  > Summary          > vectors
vectors, or local features > Projection > the same
vectors         > Classifier       > probabilities
"""

from __future__ import annotations

from sightline.contracts import Classifier, Component, GlobalDescriptor, LocalDescriptor, Projection, Summary
from sightline.errors import ComponentError
from sightline.pipeline.graph import Chain, Node, Union

PICTURES, LOCAL, VECTORS, PROBABILITIES = "pictures", "local features", "vectors", "probabilities"

_STEPS: tuple[tuple[type[Component], dict[str, str]], ...] = (
    (GlobalDescriptor, {PICTURES: VECTORS}),
    (LocalDescriptor, {PICTURES: LOCAL}),
    (Summary, {LOCAL: VECTORS}),
    (Projection, {VECTORS: VECTORS, LOCAL: LOCAL}),
    (Classifier, {VECTORS: PROBABILITIES}),
)
"""Contract -> what it takes: what it gives."""
_REMEDIES = {
    (PICTURES, LOCAL): "; let a local descriptor come before it, as in DenseSIFT()",
    (PICTURES, VECTORS): "; let a descriptor come before it, as in HOG()",
    (LOCAL, VECTORS): "; let a summary come before it, as in BagOfVisualWords()",
    (VECTORS, PICTURES): "; put descriptors side by side, as in HOG() + ColorHistogram()",
    (LOCAL, PICTURES): "; put descriptors side by side, as in HOG() + [SIFT() > BagOfVisualWords()]",
}
"""What is given, what is taken -> what to do."""


def check_kinds(node: Node) -> None:
    """Refuse a pipeline in which a step is given what it does not take.

    Raises:
        ComponentError: the message names the step, what it is given and what it takes.

    >>> from sightline.pipeline.text import parse
    >>> check_kinds(parse("HOG() + [DenseSIFT() > BagOfVisualWords()] > PCA() > LinearSVM()"))
    """
    given_to(node, PICTURES)


def given_to(node: Node, given: str) -> str:
    """What `node` gives where it is given `given`: "pictures", "local features", "vectors" or "probabilities".

    Raises:
        ComponentError: it does not take that.
    """
    if isinstance(node, Chain):
        for step in node.steps:
            given = given_to(step, given)
        return given
    if isinstance(node, Union):
        for branch in node.branches:
            if (found := given_to(branch, given)) != VECTORS:
                raise ComponentError(f"the branch {branch!r} gives {found}; allowed side by side: vectors")
        return VECTORS
    if not isinstance(node, Component):  # a blend: its members answer each for itself
        for member in node.members:
            given_to(member, given)
        return PROBABILITIES
    return _component(node, given)


def _component(component: Component, given: str) -> str:
    takes = next((takes for contract, takes in _STEPS if isinstance(component, contract)), None)
    if takes is None:
        raise ComponentError(f"{component!r} keeps none of the contracts; allowed: a descriptor, summary, projection")
    if given not in takes:
        remedy = "; a classifier is the last step" if given == PROBABILITIES else ""
        remedy = remedy or next((_REMEDIES[given, one] for one in takes if (given, one) in _REMEDIES), "")
        raise ComponentError(f"the step {component!r} is given {given}; it takes {' or '.join(takes)}{remedy}")
    return takes[given]
