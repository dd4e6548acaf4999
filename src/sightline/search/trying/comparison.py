"""What candidates are compared with, on and by."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Sequence
from typing import cast

from sightline.arrays import Indices, Probabilities
from sightline.components import build
from sightline.contracts import Classifier
from sightline.data.out_of_fold import OutOfFold
from sightline.data.pictures import Pictures
from sightline.data.store import PixelStore
from sightline.data.views import Views
from sightline.decision.calibrate import cross_fitted
from sightline.evaluation.speed import machine
from sightline.metrics.classification import log_loss
from sightline.parallel import Progress
from sightline.pipeline import graph as tree
from sightline.pipeline.crew import Crew
from sightline.pipeline.graph import Node
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.collect import Collected
from sightline.search.collecting.cross_validate import Folds, parts_of
from sightline.search.collecting.journal import LONGEST_S, Journal
from sightline.search.collecting.ladder import Ladder
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.memory import Vectors, memory_limit
from sightline.search.trying.represent import Sample, of_folds
from sightline.search.trying.scorer import Scorer
from sightline.search.trying.trial import Trial, unheard
from sightline.version import made_with

MEASURED = "measured"
"""What the journal calls speed and size, beside the numbers of folds."""
SPEED = {"latency_ms": (0.0, 1e9), "describe_s": (0.0, LONGEST_S), "size_bytes": (0.0, 1e13)}
"""What it holds under that name, and what that can be."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """All that candidates are compared with and by.

    Attributes:
        data: the whole collection.
        ladder: the order of its pictures, and the rungs.
        folds: who is held out when, in the order of the ladder.
        vectors: what was described before, in the order of the ladder.
        journal: what was answered before.
        budget: the time.
        scorer: the task's score.
        seed: every random choice follows from it.
        workers: threads; None for the cores available.
        progress: told as work goes on.
        store: prepared pixels of the default preparation.
        told: hears of every trial when it is done.
        crew: processes that describe pictures and learn codebooks.
    """

    data: Collected
    ladder: Ladder
    folds: Folds
    vectors: Vectors
    journal: Journal
    budget: Budget
    scorer: Scorer
    seed: int
    workers: int | None
    progress: Progress
    store: PixelStore | None = None
    told: Callable[[Trial], None] = unheard
    crew: Crew = dataclasses.field(default_factory=Crew)
    _contents: dict[int, str] = dataclasses.field(init=False, default_factory=dict, repr=False, compare=False)

    def node(self, candidate: Candidate) -> Node:
        """Its descriptors and summaries, seeded, unfitted."""
        return seeded(parse(candidate.represent), self.seed)

    def classifier(self, candidate: Candidate) -> Classifier:
        """Its classifier, seeded, unfitted."""
        return cast(Classifier, seeded(build(candidate.classify), self.seed))

    def pictures(self, preparation: Preparation, n: int) -> Pictures:
        """The first n pictures of the ladder."""
        store = self.store if preparation.decode == 1 else None
        return cast(Pictures, self.data.pictures(preparation, store)[self.ladder.order[:n]])

    def unlabelled_pictures(self, preparation: Preparation) -> Pictures:
        """The pictures without a label."""
        return self.data.unlabelled_pictures(preparation, self.store if preparation.decode == 1 else None)

    def sample(self, preparation: Preparation, augment: str, n: int, folds: Sequence[int]) -> Sample:
        """The first n pictures of the ladder in all views, to be described for some of the folds."""
        among = self.folds.subset(slice(0, n))
        training: list[Indices] = [among.training(fold) for fold in folds]
        views = Views(self.pictures(preparation, n), augment)
        return Sample(
            views, preparation.key(), among.truth, training, of_folds(n, folds), self.unlabelled_pictures(preparation),
            self.unlabelled(),
        )  # fmt: skip

    def key(self, candidate: Candidate, preparation: Preparation, n: int) -> str:
        """What decides the answers of a candidate to the first n pictures of the ladder, as one name."""
        classes = "\0".join(self.data.task.classes)
        content = self.content(n) + (self.unlabelled() if candidate.sees_unlabelled else "")
        parts = (content, classes, *candidate.identity, preparation.key(), str(self.seed))
        return Journal.key(*parts, str(self._memory_limit), machine(), made_with())

    @functools.cached_property
    def _memory_limit(self) -> int:
        """Asked for once: it takes as long as all the rest of a key."""
        return memory_limit()

    def content(self, n: int | None = None) -> str:
        """A name for the first n pictures, their labels, folds and groups; None for all."""
        n = len(self.ladder.order) if n is None else n
        if n not in self._contents:  # asked for with every candidate; of 60,000 pictures it takes 5 ms
            self._contents[n] = self._content(n)
        return self._contents[n]

    def _content(self, n: int) -> str:
        digest = hashlib.sha256(b"".join(self.data.seen.digests[row] for row in self.ladder.order[:n].tolist()))
        for column in (self.folds.truth[:n], self.folds.fold[:n], self.folds.group[:n]):
            digest.update(column.tobytes())
        return digest.hexdigest()

    def unlabelled(self) -> str:
        """A name for the pictures without a label; "" where there are none."""
        digests = self.data.unlabelled_digests
        return hashlib.sha256(b"".join(digests)).hexdigest() if digests else ""

    def rerecorded(self, like: OutOfFold, raw: Probabilities) -> OutOfFold:
        """A record of other raw answers to the same pictures."""
        parts = parts_of(like.fold, like.group)
        return dataclasses.replace(like, raw=raw, probabilities=cross_fitted(raw, like.truth, parts))

    def remember_speed(self, trial: Trial) -> None:
        """Let the journal know a latency that was measured again."""
        key = Journal.key(self.key(trial.members[0], trial.preparation, trial.pictures), MEASURED)
        before = self.journal.get(key, SPEED)
        if before is not None and trial.latency_ms is not None:
            facts = {**before.facts, "latency_ms": trial.latency_ms}
            about = {"candidate": trial.members[0].label, "pictures": trial.pictures, "fold": MEASURED}
            self.journal.put(key, dataclasses.replace(before, facts=facts), about)

    def scored(self, trial: Trial) -> Trial:
        """The trial with the score and log loss of its record."""
        found = cast(OutOfFold, trial.record)
        loss = float(log_loss(found.probabilities, found.truth))
        return dataclasses.replace(trial, score=self.scorer.interval(found), log_loss=loss)


def seeded(node: Node, seed: int) -> Node:
    """The tree with the search's seed in every component that takes one and was given none of its own."""
    for _, leaf in tree.leaves(node):
        for part in (leaf, *(inner for _, inner in leaf.inner())):
            if part.get_params(deep=False).get("seed") == 0:
                part.set_params(seed=seed)
    return node
