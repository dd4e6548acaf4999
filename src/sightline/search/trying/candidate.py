"""One thing to try, as plain data."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from sightline.pipeline.graph import leaves
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

    @property
    def fine_tunes(self) -> bool:
        """Whether it goes on training a network itself; a student of one that does is none."""
        return self._holds("FineTuned")

    @property
    def sees_unlabelled(self) -> bool:
        """Whether it learns from pictures without a label as well: of a teacher's answers to them, or of its own."""
        return self._holds("Distilled") or self._holds("SelfTrained")

    def _holds(self, name: str) -> bool:
        # Most candidates are told by their text alone, without being parsed.
        return f"{name}(" in self.represent and any(
            type(leaf).__name__ == name for _, leaf in leaves(parse(self.represent))
        )

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
