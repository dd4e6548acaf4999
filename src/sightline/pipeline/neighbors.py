"""The training pictures that a picture is most like."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from sightline.arrays import Matrix, generator
from sightline.data.catalog import Catalog
from sightline.errors import ArtifactError, InputError
from sightline.parallel import chunks
from sightline.pipeline.reference import Reference, kept_rows, projected
from sightline.pipeline.sketch import LEARNED_FROM, fit_projection


@dataclasses.dataclass(frozen=True, slots=True)
class Neighbor:
    """A training picture that is like another picture.

    Attributes:
        source: its path (or "bytes 3", "array 3"); None where the model stores no paths.
        label: its class; None where it had none.
        similarity: cosine between what the classifier sees of both, standardized and sketched; in [-1, 1]. 1 is the
            same, 0 no more alike than any two pictures.
    """

    source: str | None
    label: str | None
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable row."""
        return {"path": self.source, "label": self.label, "similarity": round(self.similarity, 6)}


@dataclasses.dataclass(frozen=True, slots=True)
class Neighborhood:
    """A picture and what it is most like.

    Attributes:
        source: the path, or "bytes 3" / "array 3" by position.
        neighbors: the most similar first; none where the picture could not be read.
        reason: why there are none.
    """

    source: str
    neighbors: tuple[Neighbor, ...] = ()
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable row."""
        return {"path": self.source, "neighbors": [one.to_dict() for one in self.neighbors], "reason": self.reason}


def checked(reference: Reference | None, k: int = 1) -> Reference:
    """The reference, where there is one and k neighbors can be asked for.

    Raises:
        InputError: there is none, or k is below 1.
    """
    if reference is None:
        raise InputError("this model holds no training pictures to compare with; fit it again, or use with_reference")
    if k < 1:
        raise InputError(f"k is {k}; allowed: 1 or more")
    return reference


def neighbors_of(reference: Reference, vector: Matrix, k: int, classes: tuple[str, ...]) -> list[Neighbor]:
    """The min(k, m) pictures of a reference nearest to one vector (1, d) that the classifier sees.

    Raises:
        ArtifactError: the reference is of another model.
    """
    if vector.shape[1] != reference.width:
        raise ArtifactError(
            f"the model sees {vector.shape[1]} numbers of a picture, its reference.safetensors is made of "
            f"{reference.width}; fit it again"
        )
    rows, cosines = reference.nearest(vector, k)
    return [
        Neighbor(
            None if reference.sources is None else reference.sources[row],
            None if reference.labels[row] < 0 else classes[reference.labels[row]],
            float(cosine),
        )
        for row, cosine in zip(rows[0].tolist(), cosines[0], strict=True)
    ]


def reference_to(
    catalog: Catalog, embed: Callable[[Catalog], Matrix], like: Reference | None, limit: int, seed: int
) -> Reference:
    """A reference to the pictures of a catalog, `LEARNED_FROM` in memory at a time.

    Args:
        catalog: its labels count in the order of the model's classes.
        embed: gives the (n, d) vectors of pictures.
        like: whose projections are used; None: they are fitted on some of the pictures.
        limit: pictures kept.
        seed: decides which.

    Raises:
        InputError: no pictures.
    """
    if not len(catalog):
        raise InputError(f"{catalog.origin} holds no pictures to compare with; give at least one")
    rows = kept_rows(catalog.labels, limit, seed)
    if like is None:
        some = embed(catalog.subset(generator(seed, "spread").permutation(rows)[:LEARNED_FROM]))
        projections = [fit_projection(some, np.arange(len(some), dtype=np.int64), seed)]
    else:
        projections = list(like.projections)
    blocks = (embed(catalog.subset(np.asarray(block))) for block in chunks(rows.tolist(), LEARNED_FROM))
    vectors = np.concatenate([projected(projections, block).astype(np.float16) for block in blocks])
    sources = tuple(catalog.source(row).uri for row in rows.tolist())
    return Reference(vectors, catalog.labels[rows].astype(np.int32), sources, len(catalog), tuple(projections))
