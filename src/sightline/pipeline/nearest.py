"""The nearest of many points of unit length: exactly, or through a graph of neighbors where there are very many."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix
from sightline.extras import need
from sightline.resources import available_cores
from sightline.threads import one_thread_each

Similarities = npt.NDArray[np.float32]
"""(n, k) float32 cosines in [-1, 1], falling in each row."""
CELLS = 4_000_000
"""Products held at once: 16 MB."""
SLACK = 2e-5
"""More than a float32 product of two unit vectors of 128 numbers is off (128 x 1.2e-7)."""
BLOCK = 4096


def nearest(points: Matrix, queries: Matrix, k: int) -> tuple[Indices, Similarities]:
    """The min(k, m) points of largest cosine to each query, nearest first, equal ones in the order of `points`.

    Exact: a float32 product finds all that may be among the nearest, float64 sums decide between them. So the answer
    to a query does not depend on the queries beside it.

    Args:
        points: (m, p) float32 of unit length (or 0, whose cosine is 0).
        queries: (n, p) float32 of unit length.
        k: at least 1.

    Returns:
        Rows of `points`, (n, min(k, m)) int64, and their cosines.
    """
    # 20,000 points, cores that others use too: 0.2 ms on one thread, 12 ms on two that wait for each other.
    with one_thread_each():
        return _stacked(_each(points, queries, min(k, len(points))), min(k, len(points)))


def _each(points: Matrix, queries: Matrix, k: int) -> Iterator[tuple[Indices, Similarities]]:
    rows = max(1, CELLS // len(points))
    for start in range(0, len(queries), rows):
        block = queries[start : start + rows]
        for query, rough in zip(block, block @ points.T, strict=True):
            least = np.partition(rough, -k)[-k] - SLACK
            yield _ranked(points, query, np.flatnonzero(rough >= least), k)


def _ranked(points: Matrix, query: Array, among: Indices, k: int) -> tuple[Indices, Similarities]:
    """The k nearest of the rows `among`, which rise."""
    wide = query.astype(np.float64)
    # Row sums, not a matrix product: equal rows give equal sums, whatever stands beside them.
    parts = [(points[among[at : at + BLOCK]] * wide).sum(axis=1) for at in range(0, len(among), BLOCK)]
    cosines = np.concatenate(parts)
    order = np.argsort(-cosines, kind="stable")[:k]
    return among[order], cosines[order].clip(-1, 1).astype(np.float32)


def _stacked(found: Iterator[tuple[Indices, Similarities]], k: int) -> tuple[Indices, Similarities]:
    pairs = list(found)
    rows = np.asarray([one for one, _ in pairs], np.int64).reshape(len(pairs), k)
    return rows, np.asarray([one for _, one in pairs], np.float32).reshape(len(pairs), k)


@dataclasses.dataclass(frozen=True, eq=False)
class NavigableSmallWorld:
    """A hierarchical navigable small world graph over points: answers in a time that hardly grows with their number.

    It finds nearly all of the nearest, not surely all. Building it is worth thousands of exact answers.

    Y. A. Malkov, D. A. Yashunin: Efficient and robust approximate nearest neighbor search using hierarchical navigable
    small world graphs. IEEE TPAMI 42, 2020.

    Attributes:
        points: (m, p) float32 of unit length.
        links: 16 on each layer, found among 128 candidates: recall@10 of 0.99 and more on drawn clusters.
        seed: of the layers; built on several cores, two graphs of the same points may differ all the same.
    """

    points: Matrix
    links: int = 16
    seed: int = 0
    _index: Any = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        voyager = need("voyager")
        index = voyager.Index(
            voyager.Space.InnerProduct, num_dimensions=self.points.shape[1], M=self.links,
            ef_construction=8 * self.links, random_seed=self.seed + 1, max_elements=len(self.points),
        )  # fmt: skip
        index.add_items(self.points, num_threads=available_cores())
        object.__setattr__(self, "_index", index)

    def nearest(self, queries: Matrix, k: int) -> tuple[Indices, Similarities]:
        """Nearly what `nearest` gives; the cosines are exact."""
        k = min(k, len(self.points))
        return _stacked((self._one(query, k) for query in queries), k)

    def _one(self, query: Array, k: int) -> tuple[Indices, Similarities]:
        try:
            keys, _ = self._index.query(query, k=k, query_ef=max(4 * self.links, 2 * k))
        except need("voyager").RecallError:  # points that nothing links to: fewer than k were reached
            rows, cosines = nearest(self.points, query[None], k)
            return rows[0], cosines[0]
        return _ranked(self.points, query, np.sort(keys.astype(np.int64)), k)
