"""What a model remembers of the pictures it learned from: a bounded sketch, to find the nearest of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from sightline.arrays import Array, Indices, Matrix, as_matrix, generator
from sightline.errors import InputError
from sightline.pipeline.nearest import NavigableSmallWorld, Similarities, nearest
from sightline.pipeline.sketch import Projection, check_array, fit_projection, unit

LIMIT = 20_000
"""Pictures kept: 5 MB of vectors, 8 MB of axes at most, the paths. One answer takes 0.2 ms on one core."""
EXACT_UP_TO = 100_000
"""Pictures up to which no graph is built. Of 200,000, an exact answer takes 8 ms and one through the graph 0.2 ms, but
building the graph took 94 s: it pays after 12,000 answers."""


@dataclasses.dataclass(frozen=True, eq=False)
class Reference:
    """Sketches of m pictures. Where a model has several members, their vectors stand side by side and weigh the same.

    Attributes:
        vectors: (m, p) float16; the p of the projections stand side by side.
        labels: (m,) int32 class numbers, -1 for a picture without a label.
        sources: m paths (or "bytes 3", "array 3"); None where they are not to be stored.
        pictures: the number of pictures that these m were drawn from, each class keeping its share.
        projections: what brings vectors of d numbers here, each its own consecutive part of the d.
        graph: for very many pictures; see `indexed`. It is not stored.

    Raises:
        InputError: arrays of other types or of shapes that do not fit, NaN, not as many sources as vectors.
    """

    vectors: Array
    labels: Array
    sources: tuple[str, ...] | None
    pictures: int
    projections: tuple[Projection, ...]
    graph: NavigableSmallWorld | None = dataclasses.field(default=None, repr=False)

    def __post_init__(self) -> None:
        m, width = len(self.vectors), sum(one.shape[1] for one in self.projections)
        check_array("vectors", self.vectors, np.float16, (m, width))
        check_array("labels", self.labels, np.int32, (m,))
        if not m or (self.labels < -1).any():
            raise InputError(f"a reference of {m} pictures, labels from {self.labels.min(initial=0)}; "
                             "allowed: at least one picture, labels from -1")  # fmt: skip
        if self.sources is not None and len(self.sources) != m:
            raise InputError(f"{len(self.sources)} sources and {m} vectors were given; give one for each picture")
        if self.pictures < m:
            raise InputError(f"{m} of {self.pictures} pictures were given; allowed: not more than all")

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def width(self) -> int:
        """d: the numbers of a vector before it is projected."""
        return sum(one.shape[0] for one in self.projections)

    @cached_property
    def points(self) -> Matrix:
        """(m, p) float32 of unit length."""
        return unit(self.vectors.astype(np.float32))

    def nearest(self, vectors: Matrix, k: int) -> tuple[Indices, Similarities]:
        """The min(k, m) nearest pictures, nearest first, equally near ones in the order of the reference.

        Exact, unless the reference is `indexed`. Each row is answered as it would be alone.

        Args:
            vectors: (n, d) float32, as `Model.embed` gives them.
            k: at least 1.

        Returns:
            Row numbers (n, min(k, m)) int64, and cosines of the sketches, float32 in [-1, 1].

        Raises:
            InputError: k below 1, vectors of another length, NaN.
        """
        if k < 1:
            raise InputError(f"{k} neighbors were asked for; allowed: 1 or more")
        queries = self.project(vectors)
        return nearest(self.points, queries, k) if self.graph is None else self.graph.nearest(queries, k)

    def project(self, vectors: Matrix) -> Matrix:
        """(n, p) float32 of unit length.

        Raises:
            InputError: not (n, d), NaN.
        """
        rows = as_matrix(vectors, "vectors")
        if rows.shape[1] != self.width:
            raise InputError(f"vectors of {rows.shape[1]} numbers were given; the reference has {self.width}")
        return projected(self.projections, rows)

    def indexed(self) -> Reference:
        """With a graph over more than `EXACT_UP_TO` pictures, which pays where thousands of questions follow.

        Raises:
            MissingExtraError: the extra "neighbors" is not installed; without this, answers are exact.
        """
        graph = NavigableSmallWorld(self.points) if len(self) > EXACT_UP_TO else None
        return dataclasses.replace(self, graph=graph)

    def without_sources(self) -> Reference:
        """The same, but no path is stored; neighbors are told by their labels alone."""
        return dataclasses.replace(self, sources=None)

    def state(self) -> dict[str, Array]:
        """Everything as named arrays."""
        arrays = {"vectors": self.vectors, "labels": self.labels, "pictures": np.asarray([self.pictures], np.int64)}
        if self.sources is not None:
            arrays["sources"] = np.frombuffer("\0".join(self.sources).encode(), np.uint8)
        for number, one in enumerate(self.projections):
            arrays |= {f"{number}/center": one.center, f"{number}/scale": one.scale, f"{number}/axes": one.axes}
        return arrays

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array]) -> Reference:
        """What `state` gave.

        Raises:
            InputError: arrays that no reference has.
        """
        try:
            return cls(
                arrays["vectors"],
                arrays["labels"],
                tuple(arrays["sources"].tobytes().decode().split("\0")) if "sources" in arrays else None,
                int(arrays["pictures"].item()),
                tuple(_projections(arrays)),
            )
        except KeyError as error:
            raise InputError(f"{error.args[0]} is missing") from None
        except (UnicodeDecodeError, IndexError, TypeError, ValueError):
            raise InputError("arrays of other shapes than a reference has") from None


def _projections(arrays: Mapping[str, Array]) -> Sequence[Projection]:
    numbers = range(max(1, sum(name.endswith("/axes") for name in arrays)))
    return [Projection(*(arrays[f"{number}/{name}"] for name in ("center", "scale", "axes"))) for number in numbers]


def build_reference(
    vectors: Matrix, labels: Indices, sources: Sequence[str] | None, seed: int = 0, limit: int = LIMIT
) -> Reference:
    """A sketch of n pictures from the vectors that the classifier saw of them.

    Args:
        vectors: (n, d) float32.
        labels: (n,) class numbers, -1 where there is none.
        sources: n paths; None to store none.
        seed: decides which pictures are kept beyond the limit, and what the axes are learned from.
        limit: pictures kept.

    Raises:
        InputError: no pictures, NaN, not one label and source for each.
    """
    if len(vectors) != len(labels) or not len(labels):
        raise InputError(f"{len(vectors)} vectors and {len(labels)} labels were given; give one for each picture")
    rows = kept_rows(labels, limit, seed)
    return put_together([sketched(as_matrix(vectors, "vectors"), rows, seed)], labels, sources, rows)


def projected(projections: Sequence[Projection], vectors: Matrix) -> Matrix:
    """(n, p) float32 of unit length: what each projection makes of its part of (n, d), side by side."""
    ends = np.cumsum([one.shape[0] for one in projections])[:-1]
    parts = np.split(vectors, ends, axis=1)
    return unit(np.hstack([one.apply(part) for one, part in zip(projections, parts, strict=True)]))


def kept_rows(labels: Indices, limit: int, seed: int) -> Indices:
    """At most `limit` rows, rising, each class keeping its share as far as whole pictures allow.

    Raises:
        InputError: a limit below 1.
    """
    if limit < 1:
        raise InputError(f"a reference of at most {limit} pictures was asked for; allowed: 1 or more")
    if len(labels) <= limit:
        return np.arange(len(labels), dtype=np.int64)
    shuffled = generator(seed, "reference").permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    counts = np.unique(labels, return_counts=True)[1]
    # The place of a picture in its class, from 0 to 1: the first places of all classes are kept.
    places = np.concatenate([(np.arange(count) + 0.5) / count for count in counts])
    kept: Indices = np.sort(by_class[np.argsort(places, kind="stable")[:limit]])
    return kept


def sketched(vectors: Matrix, rows: Indices, seed: int = 0, share: int = 1) -> tuple[Projection, Array]:
    """A projection fitted on some rows of vectors (n, d), and what it makes of them, (m, p) float16."""
    projection = fit_projection(vectors, rows, seed, share)
    return projection, projection.apply_rows(vectors, rows)


def put_together(
    sketches: Sequence[tuple[Projection, Array]], labels: Indices, sources: Sequence[str] | None, rows: Indices
) -> Reference:
    """The reference of n pictures of which some rows were sketched, by each member of a model."""
    if sources is not None and len(sources) != len(labels):
        raise InputError(f"{len(sources)} sources and {len(labels)} labels were given; give one for each picture")
    return Reference(
        np.hstack([vectors for _, vectors in sketches]),
        np.asarray(labels, np.int32)[rows],
        None if sources is None else tuple(_plain(sources[row]) for row in rows.tolist()),
        len(labels),
        tuple(projection for projection, _ in sketches),
    )


def _plain(source: str) -> str:
    """A source as text that can be stored; no path holds a null character."""
    return source.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
