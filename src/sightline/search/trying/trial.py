"""What became of one candidate."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from sightline.arrays import Probabilities
from sightline.data.out_of_fold import OutOfFold
from sightline.metrics.uncertainty import Interval
from sightline.pipeline.model import Model
from sightline.preparation.preparation import Preparation
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.chosen import Chosen

Status = Literal["tried", "winner", "over budget", "skipped", "failed"]


def unheard(trial: Trial) -> None:
    """Hears of a trial and does nothing."""


@dataclasses.dataclass(frozen=True)
class FitCost:
    """What describing pictures and fitting a classifier once took.

    Attributes:
        seconds: on one core.
        vectors: how many it was fitted on, all views of a picture counted.
        width: values of each vector.
        widest: values of a picture where there are most of them, on the way to that vector.
        describe_s: seconds to read and describe one picture, on one core.
        learned_s: seconds to learn the codebooks that describe it, on one core.
    """

    seconds: float
    vectors: int
    width: int
    describe_s: float
    widest: int = 0
    learned_s: float = 0.0


@dataclasses.dataclass(frozen=True)
class Mixture:
    """How a weighted mean was judged: each part of the pictures by weights that were learned from the others.

    Attributes:
        members: candidates that count in some part, be it not in the mean itself.
        weights: of the members, summing to 1, for each part in their order.
    """

    members: tuple[Candidate, ...]
    weights: tuple[tuple[float, ...], ...]


@dataclasses.dataclass(frozen=True)
class Trial:
    """One row of the leaderboard, with everything needed to make its model again.

    Attributes:
        members: the candidates whose mean it is; one for all but blends.
        preparation: what the pictures went through.
        record: held-out answers; None where it was not tried to the end.
        score: out-of-fold score with its interval, higher is better (a cost counts negative).
        log_loss: of the calibrated held-out answers.
        latency_ms: median for one picture file, one core, in a process that does nothing else; of a mean what its
            members take, the picture being read once.
        size_bytes: learned arrays.
        seconds: what trying it took.
        status: how it ended.
        why: why it is not the winner, or why it is.
        costs: what fitting each member took; empty where it was not tried to the end.
        pictures: how many it was tried on, held out in turn.
        weights: of the members of a blend, summing to 1.
        pooled: (m, k) float32, of a blend: raw answers by these weights, which its calibration is learned from.
        model: of one fold, while it is at hand.
        mixture: of a mean with learned weights, how it was judged; None: by its own weights.
        chosen: of a replayed winner, what it was chosen among in its first run.
        excess: how many times over a limit its measured file is; None while there is none.
    """

    members: tuple[Candidate, ...]
    preparation: Preparation
    record: OutOfFold | None = None
    score: Interval | None = None
    log_loss: float | None = None
    latency_ms: float | None = None
    size_bytes: int | None = None
    seconds: float = 0.0
    status: Status = "tried"
    why: str = ""
    costs: tuple[FitCost, ...] = ()
    pictures: int = 0
    weights: tuple[float, ...] = (1.0,)
    pooled: Probabilities | None = dataclasses.field(default=None, repr=False, compare=False)
    model: Model | None = dataclasses.field(default=None, repr=False, compare=False)
    mixture: Mixture | None = dataclasses.field(default=None, repr=False)
    chosen: Chosen | None = dataclasses.field(default=None, repr=False, compare=False)
    excess: float | None = None

    @property
    def name(self) -> str:
        """A short name."""
        names = " & ".join(member.label for member in self.members)
        equal = len(set(self.weights)) <= 1
        name = names if len(self.members) == 1 else f"{'mean' if equal else 'weighted mean'} of {names}"
        return name if self.preparation.decode == 1 else f"{name}, decoded at 1/{self.preparation.decode}"

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for trials of the same on whatever pictures: names are for people, and two may share one."""
        return (*(one.identity for one in self.members), self.preparation.decode, self.weights)

    @property
    def spec(self) -> str:
        """The pipeline as text."""
        specs = [member.spec for member in self.members]
        return specs[0] if len(specs) == 1 else "mean of (" + "; ".join(specs) + ")"

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form, without the held-out answers."""
        return {
            "name": self.name,
            "pipeline": self.spec,
            "learned_from": [member.augment for member in self.members],
            "status": self.status,
            "score": None if self.score is None else self.score.to_dict(),
            "log_loss": self.log_loss,
            "latency_ms": self.latency_ms,
            "size_bytes": self.size_bytes,
            "seconds": round(self.seconds, 3),
            "decode": self.preparation.decode,
            "pictures": self.pictures,
            "weights": [round(weight, 6) for weight in self.weights],
            "why": self.why,
        }
