"""Fine-tuning is chosen only where it is better beyond chance: it costs minutes, and a network of one task alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import cast

from sightline.data.out_of_fold import OutOfFold
from sightline.metrics.uncertainty import Interval
from sightline.search.trying.scorer import Scorer
from sightline.search.trying.trial import Trial


@dataclasses.dataclass(frozen=True)
class Proof:
    """What fine-tuning gains over the best without it.

    Attributes:
        plain: the best without fine-tuning; None where nobody was without, or nobody with.
        gains: paired, in units of the score, of each trial that is fine-tuned, by its place.
    """

    plain: Trial | None
    gains: dict[int, Interval]

    @classmethod
    def of(cls, trials: Sequence[Trial], scorer: Scorer) -> Proof:
        """Of trials on the same pictures, the best score first."""
        plain = next((trial for trial in trials if not fine_tuned(trial)), None)
        if plain is None:
            return cls(None, {})
        # What is lost by the plain one in place of the other is what the other gains.
        gains = {
            place: scorer.loss(cast(OutOfFold, plain.record), cast(OutOfFold, trial.record))
            for place, trial in enumerate(trials)
            if fine_tuned(trial)
        }
        return cls(plain, gains)

    def may_win(self, place: int) -> bool:
        """Whether a trial is not fine-tuned, or better than the best that is not, beyond the 95 % interval."""
        return place not in self.gains or self.gains[place].low > 0

    def told(self, place: int, scorer: Scorer) -> str:
        """What fine-tuning gained, for a person; "" where the trial is not fine-tuned, or gained nothing."""
        gain = self.gains.get(place)
        if gain is None or self.plain is None or gain.value <= 0:
            return ""
        value, low, high = scorer.amounts(gain.value, gain.low, gain.high)
        gained = f"gains {value} {scorer.measure} ({low} to {high}) over {self.plain.name}"
        if gain.low > 0:
            return f"{gained}, the best without fine-tuning"
        return f"{gained}, which is within chance; fine-tuning is chosen only beyond it"


def fine_tuned(trial: Trial) -> bool:
    """Whether a network was fine-tuned for a trial, or for a member of its mean."""
    return any(member.fine_tunes for member in trial.members)
