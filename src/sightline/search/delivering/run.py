"""What a fit gives back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from sightline.evaluation.result import Evaluation
from sightline.findings import Finding
from sightline.pipeline.model import Model
from sightline.search.delivering.plan import Plan
from sightline.search.trying.trial import Trial


@dataclasses.dataclass(frozen=True, repr=False)
class Run:
    """The outcome of one fit.

    Attributes:
        leaderboard: every candidate, best first, with why it is not the winner.
        model: the winner, loaded back from its file.
        evaluation: of the loaded file on the test part, else out-of-fold and corrected for the choice.
        findings: of the audit and of the search.
        folder: where everything was written; None where nothing was.
        seconds: how long it took.
        budget_s: how long it was allowed to take.
        seed: the seed it was run with.
        plan: all that is needed to make the same model again.
        interrupted: whether it was stopped with Ctrl-C.
    """

    leaderboard: tuple[Trial, ...]
    model: Model
    evaluation: Evaluation
    findings: tuple[Finding, ...]
    folder: Path | None
    seconds: float
    budget_s: float
    seed: int
    plan: Plan
    interrupted: bool = False

    def __repr__(self) -> str:
        """One line: the model, how many candidates it was chosen among, and where everything is."""
        where = "nothing written" if self.folder is None else f"results in {self.folder}"
        return f"Run({self.model!r}; {len(self.leaderboard)} on the leaderboard; {self.seconds:.0f} s; {where})"

    @property
    def winner(self) -> Trial:
        """The trial that became the model."""
        return next(trial for trial in self.leaderboard if trial.status == "winner")

    def to_dict(self) -> dict[str, Any]:
        """What `sightline fit --json` prints."""
        return {
            "folder": None if self.folder is None else str(self.folder),
            "model": None if self.folder is None else str(self.folder / "model.sight"),
            "winner": self.winner.to_dict(),
            "leaderboard": [trial.to_dict() for trial in self.leaderboard],
            "evaluation": self.evaluation.to_dict(),
            "findings": [finding.to_dict() for finding in self.findings],
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
        }
