"""What the guide to the classical components says that the code knows: a table of all, and the facts of each.

In the guide stand marks, `<!-- table -->` and `<!-- facts HOG -->`, each closed by `<!-- end -->`; what is between is
written by `scripts/docs`.
"""

from __future__ import annotations

import functools
import inspect
import re

import numpy as np

from docs.pictures.scenes import board
from sightline.components import known
from sightline.contracts import Component, GlobalDescriptor, LocalDescriptor, LocalFeatures, Projection, Summary

MARKED = re.compile(r"(<!-- (table|facts (\w+)) -->\n).*?(<!-- end -->)", re.DOTALL)
COLUMNS = ("component", "sees", "d at the defaults", "cost", "invariant to", "metric")
NOTHING = "\N{EN DASH}"
LENGTH = 128
"""Of the vectors that summaries and projections are given in the table."""


def fill(text: str) -> str:
    """A page with what stands between its marks written anew."""
    return MARKED.sub(lambda mark: f"{mark[1]}\n{facts(mark[3]) if mark[3] else table()}\n\n{mark[4]}", text)


def classical() -> list[str]:
    """The names of the components that the guide is about, in the order of the faces."""
    return [name for name, kind in known().items() if kind.__module__.startswith("sightline.classical.")]


@functools.cache
def table() -> str:
    """Every one of them, a line each."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(row(name) for name in classical())]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def row(name: str) -> tuple[str, ...]:
    """The cells of one component."""
    component = known()[name]()
    link = f"[{name}](#{name.lower()})"
    return link, first_paragraph(name), length(component), short_cost(name), invariances(component), metric(component)


def facts(name: str) -> str:
    """The list under the picture of one component."""
    component = known()[name]()
    lines = [f"d: {length(component)}; cost: {cost(name)}"]
    if isinstance(component, GlobalDescriptor):
        lines.append(f"invariant to: {invariances(component)}; metric: {metric(component)}")
    return "\n".join(f"- {line}" for line in [*lines, *papers(name)])


def invariances(component: Component) -> str:
    """What changes nothing, as `sightline.checks` proves."""
    return ", ".join(component.invariances()) or NOTHING if isinstance(component, GlobalDescriptor) else NOTHING


def metric(component: Component) -> str:
    """The distance that suits the vectors."""
    return component.metric if isinstance(component, GlobalDescriptor) else NOTHING


@functools.cache
def _vectors() -> LocalFeatures:
    """As many local features as the largest codebook has words."""
    random = np.random.default_rng(0)
    return LocalFeatures(random.random((1000, LENGTH), np.float32), random.random((1000, 2), np.float32))


def length(component: Component) -> str:
    """d of a color picture of 128 x 128 px, or for vectors of `LENGTH` values, found by trying."""
    match component:
        case GlobalDescriptor():
            return f"{len(component.describe(board())):,}"
        case LocalDescriptor():
            return f"m vectors of {component.describe(board()).vectors.shape[1]}"
        case Summary():
            return f"{len(component.fit([_vectors()]).encode(_vectors())):,}"
        case Projection():
            return f"{LENGTH} to {component.fit_transform(_vectors().vectors).shape[1]}"
    return "k classes"


def paragraphs(name: str) -> list[str]:
    """The docstring before its arguments, each paragraph on one line."""
    text = (inspect.getdoc(known()[name]) or "").partition("\nArgs:")[0].partition("\n>>>")[0]
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def first_paragraph(name: str) -> str:
    """What a component computes, for a cell of a table."""
    return paragraphs(name)[0].replace("|", "\\|")


def cost(name: str) -> str:
    """What the docstring says after "Cost:", without the last full stop."""
    found = [part.partition("Cost: ")[2] for part in paragraphs(name) if "Cost: " in part]
    return found[0].rstrip(".") if found else NOTHING


def short_cost(name: str) -> str:
    """Those parts of the cost that are orders of growth; the first part where none is."""
    parts = re.split(r"[,;:] (?![^(]*\))", cost(name))
    orders = [re.sub("^and ", "", part) for part in parts if "O(" in part and not part.startswith("with ")]
    return ", ".join(orders or parts[:1])


def papers(name: str) -> list[str]:
    """The paragraph that names the sources: authors start with initials."""
    return [part for part in paragraphs(name)[1:] if re.match(r"[A-Z]\.", part)]
