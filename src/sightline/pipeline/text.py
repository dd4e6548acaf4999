"""A pipeline as one line of text: "HOG(size_px=64) + ColorHistogram() > LinearSVM(C=0.1)".

">" puts steps in order, "+" puts branches side by side and binds tighter, [ ] groups.
"""

from __future__ import annotations

from sightline.components import build
from sightline.errors import ComponentError
from sightline.pipeline.graph import Chain, Node, Union

MAX_TEXT = 10_000


def parse(text: str) -> Node:
    """The tree that `text` describes; a chain in brackets that is a step of a chain is that chain's steps.

    Raises:
        ComponentError: unbalanced brackets, an empty step, an unknown component or parameter.

    >>> parse("HOG() > LinearSVM()")
    HOG() > LinearSVM()
    """
    if len(text) > MAX_TEXT:
        raise ComponentError(f"a pipeline of {len(text):,} characters was given; allowed: {MAX_TEXT:,}")
    found = [_union(step) for step in _split(text, ">")]
    steps = [step for node in found for step in (node.steps if isinstance(node, Chain) else (node,))]
    return steps[0] if len(steps) == 1 else Chain(tuple(steps))


def _union(text: str) -> Node:
    branches = [_branch(branch.strip()) for branch in _split(text, "+")]
    return branches[0] if len(branches) == 1 else Union(tuple(branches))


def _branch(text: str) -> Node:
    if text.startswith("[") and text.endswith("]"):
        return parse(text[1:-1])
    return build(text)


def _split(text: str, separator: str) -> list[str]:
    parts, depth, start, quote = [], 0, 0, ""
    for position, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    if depth or quote or not all(part.strip() for part in parts):
        raise ComponentError(f'"{text}" is no pipeline; allowed: "HOG() + ColorHistogram() > LinearSVM(C=1.0)"')
    return parts
