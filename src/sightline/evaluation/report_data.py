"""What the report and the model card are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sightline.arrays import Picture
from sightline.evaluation.result import Evaluation
from sightline.findings import Finding
from sightline.metrics.uncertainty import Interval

Status: TypeAlias = Literal["winner", "tried", "over budget", "skipped", "failed"]


MAX_MISTAKES = 24
"""Shown in the gallery; the pictures of the worst pairs are taken from all that are given."""


@dataclass(frozen=True)
class LeaderboardRow:
    """One candidate of the search.

    Attributes:
        rank: 1 is the best score; None where it has none.
        name: short name.
        spec: its graph, as text.
        score: higher is better; NaN where it has none.
        log_loss: mean of -ln p(true class), in nats.
        latency_ms: one picture, median.
        seconds: what trying it took.
        status: what became of it.
        why: the reason, a short sentence.
        pictures: how many it was compared on; 0 where that is not known. Only equal numbers can be compared.
    """

    rank: int | None
    name: str
    spec: str
    score: Interval
    log_loss: float | None = None
    latency_ms: float | None = None
    seconds: float | None = None
    status: Status = "tried"
    why: str = ""
    pictures: int = 0


@dataclass(frozen=True)
class DataFacts:
    """What the pictures were.

    Attributes:
        n: pictures that were used.
        classes: name -> (pictures to learn from, pictures to test on).
        groups: number of groups; None where none are given.
        broken: files that could not be read.
        formats: kind of file -> number of files.
        sizes: their sizes in words ("640x480 to 1024x768").
        split: how they were divided, in words.
    """

    n: int
    classes: Mapping[str, tuple[int, int]]
    groups: int | None = None
    broken: int = 0
    formats: Mapping[str, int] = field(default_factory=dict)
    sizes: str = ""
    split: str = ""


@dataclass(frozen=True)
class Neighbor:
    """A training picture that looks to the model like another picture.

    Attributes:
        source: its path.
        label: the class it is labelled with.
        similarity: higher is more alike, at most 1.
        picture: (h, w, 3) uint8 RGB; None where it is not at hand.
    """

    source: str
    label: str
    similarity: float
    picture: Picture | None = None


@dataclass(frozen=True)
class Mistake:
    """One picture that was decided wrongly: its source, what it is, what the model said and how sure it was.

    `picture` is (h, w, 3) uint8 RGB; it is reduced to 96 px. `nearest` are the training pictures most like it.
    """

    source: str
    truth: str
    predicted: str
    confidence: float
    picture: Picture | None = None
    nearest: tuple[Neighbor, ...] = ()


@dataclass(frozen=True)
class ReportData:
    """Everything that the page shows.

    Attributes:
        title: name of the run, shown above the question.
        question: the question that one prediction answers; empty: the title stands in its place.
        created: ISO date and time.
        version: of this package.
        evaluation: what was measured.
        leaderboard: candidates in the order to show.
        findings: of all checks.
        data: what the pictures were.
        task: the task definition as plain values, with costs, target, conditions.
        preparation: how pictures are prepared, in words.
        model_spec: the graph of the winner, as text.
        chosen_because: why it won, a sentence.
        model_file: path or name of the model file.
        commands: (what it is for, command line).
        mistakes: worst first; the gallery shows `MAX_MISTAKES`, the worst pairs take their pictures from all.
        interrupted: the search did not come to its end.
        seconds: how long the fit took.
        budget_s: how long it was allowed to take.
        pictures: whether pictures may be embedded; without, the page holds no part of the data but names as text.
        trained_with: libraries that learned what the model holds, and their versions.
    """

    title: str
    question: str
    created: str
    version: str
    evaluation: Evaluation
    leaderboard: tuple[LeaderboardRow, ...]
    findings: tuple[Finding, ...]
    data: DataFacts
    task: Mapping[str, object]
    preparation: str
    model_spec: str
    chosen_because: str
    model_file: str
    commands: tuple[tuple[str, str], ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    interrupted: bool = False
    seconds: float | None = None
    budget_s: float | None = None
    pictures: bool = True
    trained_with: Mapping[str, str] = field(default_factory=dict)
