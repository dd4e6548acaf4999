"""`plan.json`: what ran, and all that is needed to make the same model again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from sightline.data.views import VIEWS
from sightline.errors import InputError, SightlineError
from sightline.inputs.raster import REDUCED
from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse
from sightline.search.improving.blend import MOST_MEMBERS
from sightline.search.trying.candidates import Candidate
from sightline.search.trying.trial import Trial

MAX_BYTES = 64_000_000


@dataclasses.dataclass(frozen=True)
class Plan:
    """The part of a plan that decides the model.

    Attributes:
        members: the candidates whose mean the model is.
        weights: of the members.
        decode: at which fraction pictures were decoded.
        compared_on: pictures that candidates were compared on.
        learned_from: pictures that the model learned from.
        content: names the pictures, labels and folds.
        seed: that every choice followed from.
        time_s: the budget, which decides how many pictures were read.
        digest: of the model.
        candidates: how many it was chosen among.
    """

    members: tuple[Candidate, ...]
    weights: tuple[float, ...]
    decode: int
    compared_on: int
    learned_from: int
    content: str
    seed: int
    time_s: float
    digest: str
    candidates: int

    @classmethod
    def of(
        cls, winner: Trial, *, learned_from: int, content: str, seed: int, time_s: float, digest: str, candidates: int
    ) -> Self:
        """The plan of a winner."""
        return cls(
            winner.members, winner.weights, winner.preparation.decode, winner.pictures, learned_from, content, seed,
            time_s, digest, candidates,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form."""
        plain = dataclasses.asdict(self)
        return {**plain, "members": [dataclasses.asdict(one) for one in self.members], "weights": list(self.weights)}

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the plan in a plan.json.

        Raises:
            InputError: no such file, or no plan that this version can follow.
        """
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}; give the plan.json that fit wrote") from None
        try:
            if len(data) > MAX_BYTES:
                raise ValueError("too large")
            return cls._from(json.loads(data)["replay"])
        except SightlineError as error:
            raise InputError(f"{path} cannot be followed by this version: {error}") from None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise InputError(f"{path} is no plan ({reason}); give the plan.json that fit wrote") from None

    @classmethod
    def _from(cls, plain: Mapping[str, Any]) -> Self:
        members = tuple(_candidate(one) for one in plain["members"])
        weights = tuple(float(weight) for weight in plain["weights"])
        plan = cls(
            members, weights, int(plain["decode"]), int(plain["compared_on"]), int(plain["learned_from"]),
            str(plain["content"]), int(plain["seed"]), float(plain["time_s"]), str(plain["digest"]),
            int(plain["candidates"]),
        )  # fmt: skip
        if not 1 <= len(members) <= MOST_MEMBERS or len(weights) != len(members) or abs(sum(weights) - 1) > 1e-6:
            raise ValueError(f"{len(members)} members with the weights {weights}")
        if plan.decode not in (1, *REDUCED) or min(plan.compared_on, plan.learned_from) < 1 or plan.seed < 0:
            raise ValueError("a number out of range")
        return plan


def _candidate(plain: Mapping[str, Any]) -> Candidate:
    one = Candidate(
        name=str(plain["name"]),
        represent=str(plain["represent"]),
        classify=str(plain["classify"]),
        fit_ns=float(plain["fit_ns"]),
        compared=int(plain["compared"]),
        augment=str(plain["augment"]),
    )
    if one.augment not in VIEWS or not tree.is_classifier(parse(one.spec)):
        raise ValueError(f"no candidate: {one.spec}, {one.augment}")
    return one
