"""Vectors of many pictures, each fold described by codebooks that saw only its training pictures.

Steps that learn nothing run once for all folds, rungs and fits. Where a codebook is learned, two passes suffice
whatever the number of folds: one collects a bounded pool of local vectors, one encodes every picture with the codebooks
of all folds at once. A descriptor that learns from whole pictures, as a network that is fine-tuned, is fitted for each
fold. What follows on whole vectors (`PCA`, ...) works on the matrices; no picture is described again for it.

When the time is over nothing further is begun: no batch of pictures, no codebook, no projection of another fold. The
codebooks and networks that were learned by then are kept, and found by the next run.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np

from sightline.arrays import Indices, Matrix, generator
from sightline.contracts import GlobalDescriptor, take
from sightline.data.views import Views
from sightline.deep.distilled import Distilled
from sightline.deep.learned_network import LearnedNetwork
from sightline.deep.self_trained import SelfTrained
from sightline.errors import InputError
from sightline.parallel import Progress, chunks, ordered_map, silent
from sightline.pipeline import graph as tree
from sightline.pipeline.batches import Pool, Steps, may_travel
from sightline.pipeline.crew import Crew
from sightline.pipeline.graph import Node, Union
from sightline.search.trying.memory import Vectors, check_memory, memory_limit
from sightline.search.trying.represented import Represented, at_vectors, divided, joined, projected, side_by_side
from sightline.search.trying.trainings import attended, watch
from sightline.search.trying.watched import Watched

CHUNK = 16
POOL_PICTURES = 5_000
POOL_VECTORS = 200_000
"""Pictures of the first pass, and local vectors kept from it: 100 MB of 128 dimensions."""

TWICE = 2
"""Vectors that are put together are held once as parts and once as a whole."""


@dataclasses.dataclass(frozen=True)
class Sample:
    """Pictures to describe, and who may learn from which.

    Attributes:
        views: n pictures from the beginning of the ladder, in all views.
        preparation: key of what the pictures went through.
        y: (n,) class numbers.
        training: the rows of pictures that each fold may learn from.
        name: of the rows and folds, for what is learned from them.
        unlabelled: pictures without a class, of no fold.
        besides: of these, for what is learned from them as well.
    """

    views: Views
    preparation: str
    y: Indices
    training: Sequence[Indices]
    name: str
    unlabelled: Sequence[Any] = ()
    besides: str = ""

    @property
    def truth(self) -> Indices:
        """(v n,) class numbers of all views."""
        return np.tile(self.y, self.views.copies)

    def rows(self) -> list[Indices]:
        """The rows of views that each fold may learn from."""
        return [self.views.rows(rows) for rows in self.training]


@dataclasses.dataclass(frozen=True)
class Describer:
    """How pictures are turned into vectors: seeds, workers, progress and when to stop.

    Attributes:
        vectors: what was made before.
        seed: decides which local vectors are pooled.
        workers: threads; None for the cores available.
        progress: told after each chunk.
        check: called after each chunk and before each fold; raises to stop.
        crew: processes that describe and learn codebooks.
    """

    vectors: Vectors
    seed: int = 0
    workers: int | None = None
    progress: Progress = silent
    check: Callable[[], None] = lambda: None
    crew: Crew = dataclasses.field(default_factory=Crew)

    def represent(self, node: Node, sample: Sample) -> Represented:
        """Vectors by `node`, unfitted, fitted once for each set of training rows; nothing known is made again."""
        # What other processes can do and what they cannot, apart: else all of it would be done here.
        for travels in (True, False):
            self._together([one for one in self._plain(node, sample) if may_travel(one) == travels], sample)
        return self._represented(node, sample)

    def _plain(self, node: Node, sample: Sample) -> Iterator[Node]:
        """The parts that learn nothing and that vectors by `node` are yet to be made of."""
        if isinstance(node, Union):
            for branch in node.branches:
                yield from self._plain(branch, sample)
            return
        head, tail = at_vectors(node)
        if tail is not None and self.vectors.learned(_learned_name(node, sample)) is None:
            yield from self._plain(head, sample)
        elif tail is None and not tree.learns(node):
            yield node

    def _represented(self, node: Node, sample: Sample) -> Represented:
        if isinstance(node, Union):
            parts = [self._represented(branch, sample) for branch in node.branches]
            return side_by_side(parts, len(sample.training))
        head, tail = at_vectors(node)
        if tail is None and not tree.learns(node):
            return Represented([self._fixed(node, sample)], [node])
        name = _learned_name(node, sample)
        with self.vectors.making(name):
            found = self.vectors.learned(name)
            if found is None:
                found = self._learned(node, sample) if tail is None else self._projected(head, tail, sample)
                self.vectors.keep_learned(name, found)
        return found

    def _together(self, nodes: Sequence[Node], sample: Sample) -> None:
        """Make what is not known of several that learn nothing in one pass: each picture is read and sent once.

        Left to one pass each where one refuses a picture, or all together would not be held until they are used.
        """
        if len(nodes) < 2:
            return
        for view, block, pictures in self._blocks(sample):
            names = {name_in_view(node, sample.preparation, view): node for node in nodes}
            with ExitStack() as stack:
                for name in sorted(names):  # in one order, so that two who want the same do not wait for each other
                    stack.enter_context(self.vectors.making(f"{name} {block}"))
                new = {name: node for name, node in names.items() if self.vectors.block(name, block) is None}
                if len(new) < 2:
                    continue
                try:
                    if not self._fit_in_memory(list(new.values()), sample.views):
                        return
                    made = self._made(list(new.values()), pictures)
                except InputError:
                    return
                for name, matrix in zip(new, made, strict=True):
                    self.vectors.keep_block(name, block, matrix)

    def _fit_in_memory(self, nodes: Sequence[Node], views: Views) -> bool:
        width = sum(tree.transform(node, [views[0]]).shape[1] for node in nodes)
        return bool(4 * width * len(views) * TWICE <= memory_limit())

    def _made(self, nodes: Sequence[Node], pictures: Sequence[Any]) -> list[Matrix]:
        """Vectors of all pictures by each of the nodes, which learn nothing or have learned."""
        return self._encoded(pictures, Steps(None, tuple(nodes)))

    def _encoded(self, pictures: Sequence[Any], steps: Steps) -> list[Matrix]:
        """What steps make of all pictures, unless there is no memory for it: known after the first batch."""
        rows: list[list[Matrix]] = []
        for made in self._pass(pictures, partial(self.crew.make, steps)):
            if not rows:
                check_memory(len(pictures), max(one.shape[1] for one in made), len(made))
            rows.append(made)
        return [np.concatenate(parts) for parts in zip(*rows, strict=True)]

    def _fixed(self, node: Node, sample: Sample) -> Matrix:
        """Vectors by what learns nothing: a block of pictures in one view after the other."""
        parts = []
        for view, block, pictures in self._blocks(sample):
            parts.append(self._block(node, name_in_view(node, sample.preparation, view), block, pictures))
        return np.concatenate(parts)

    def _blocks(self, sample: Sample) -> Iterator[tuple[str, tuple[int, int], Sequence[Any]]]:
        """Every view and block, with its pictures."""
        views = sample.views
        for number, view in enumerate(views.names):
            for block in self.vectors.blocks(len(views.pictures)):
                yield view, block, views[np.arange(*block) + number * len(views.pictures)]

    def _block(self, node: Node, name: str, block: tuple[int, int], pictures: Sequence[Any]) -> Matrix:
        with self.vectors.making(f"{name} {block}"):
            found = self.vectors.block(name, block)
            if found is None:
                (found,) = self._made([node], pictures)
                self.vectors.keep_block(name, block, found)
            return found

    def _projected(self, head: Node, tail: Node, sample: Sample) -> Represented:
        found = self._represented(head, sample)
        return projected(found, tail, sample.truth, sample.rows(), self.workers, self.check)

    def _learned(self, node: Node, sample: Sample) -> Represented:
        fixed, rest = divided(node)
        keys = codebook_keys(self.vectors, node, sample, self.seed)
        found = {number: self.vectors.codebooks.get(key, rest) for number, key in enumerate(keys)}
        known = {number: one for number, one in found.items() if one is not None}
        known |= self._codebooks(fixed, rest, sample, {n: key for n, key in enumerate(keys) if n not in known})
        fitted = [known[number][0] for number in range(len(keys))]
        matrices = self._encoded(sample.views, Steps(fixed, tuple(fitted)))
        took_s = float(np.mean([took_s for _, took_s in known.values()]))
        nodes = [tree.shipped(joined(fixed, one)) for one in fitted]
        return Represented(matrices, nodes, learned_s=took_s)

    def _codebooks(
        self, fixed: Node | None, rest: Node, sample: Sample, keys: Mapping[int, str]
    ) -> dict[int, tuple[Node, float]]:
        """`rest` as learned for some of the folds, with the seconds that took; kept as soon as it is there."""
        if not keys:
            return {}
        training = sample.rows()
        pooled = None if isinstance(rest, GlobalDescriptor) else self._pool(fixed, sample)

        def learn(fold: int) -> tuple[Node, float]:
            self.check()
            began = time.perf_counter()
            fitted = self._fitted(rest, sample, training[fold], pooled, keys[fold])
            took_s = time.perf_counter() - began
            self.vectors.codebooks.put(keys[fold], fitted, took_s)
            return fitted, took_s

        learned = dict(zip(keys, ordered_map(learn, keys, self.workers), strict=True))
        if pooled is not None:
            pooled[0].features.clear()
        self.check()
        return learned

    def _fitted(
        self, rest: Node, sample: Sample, rows: Indices, pooled: tuple[Pool, dict[int, int]] | None, key: str
    ) -> Node:
        """`rest` as learned from some views: from their pooled local features, or from the pictures themselves."""
        if pooled is not None:
            pool, place = pooled
            return self.crew.fit(tree.clone(rest), pool, [place[row] for row in rows.tolist() if row in place])
        seen = Watched(take(sample.views, rows), self.check, self.progress)
        node = tree.clone(rest)
        with attended(node, sample.unlabelled, watch(self.vectors.folder, key, self.progress, self.check)):
            tree.fit(node, seen, sample.truth[rows])
        if isinstance(node, LearnedNetwork):
            for line in node.remarks:
                self.progress(line, 0, None)
        return node

    def _pool(self, fixed: Node | None, sample: Sample) -> tuple[Pool, dict[int, int]]:
        """Some local features of some pictures, enough to learn a codebook from, and the places of their rows there."""
        rows = np.sort(generator(self.seed, "pool").permutation(len(sample.views))[:POOL_PICTURES])
        share = max(1, POOL_VECTORS // max(len(rows), 1))
        parts = self._pass(take(sample.views, rows), partial(self.crew.make, Steps(fixed, kept=(share, self.seed))))
        pool = Pool([one for part in parts for one in part], sample.truth[rows])
        return pool, {row: place for place, row in enumerate(rows.tolist())}

    def _pass(self, pictures: Sequence[Any], make: Callable[[list[Any]], Any]) -> Iterator[Any]:
        """`make(batch)` for each batch, in order."""

        def work(rows: list[int]) -> Any:
            return make([pictures[row] for row in rows])

        done = 0
        for result in ordered_map(work, chunks(range(len(pictures)), CHUNK), self.workers):
            yield result
            done = min(done + CHUNK, len(pictures))
            self.progress("describing pictures", done, len(pictures))
            self.check()


def codebook_keys(vectors: Vectors, node: Node, sample: Sample, seed: int) -> list[str]:
    """What the codebook of each fold is kept by."""
    pool = f"pool of {POOL_PICTURES}, {POOL_VECTORS}, seed {seed}"
    name = f"{node!r} {sample.preparation} {sample.views.augment} {pool}"
    name += sample.besides if isinstance(node, (Distilled, SelfTrained)) else ""
    n = len(sample.views.pictures)
    return [vectors.codebook_key(name, n, rows, sample.y[rows]) for rows in sample.training]


def name_in_view(node: Node, preparation: str, view: str) -> str:
    """What vectors by something that learns nothing are remembered by."""
    return f"{node!r} {preparation} {view}"


def _learned_name(node: Node, sample: Sample) -> str:
    return name_of(node, sample.preparation, sample.views.augment, sample.name)


def name_of(node: Node, preparation: str, augment: str, sample: str) -> str:
    """What vectors by something learned are remembered by."""
    return f"{node!r} {preparation} {augment} {sample}"


def of_folds(n: int, folds: Sequence[int]) -> str:
    """The name of a sample of the first n pictures where some folds are learned for."""
    return f"{n} {list(folds)}"
