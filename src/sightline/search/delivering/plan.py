"""`plan.json`: what ran, and all that is needed to make the same model again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from sightline.data.views import VIEWS
from sightline.errors import InputError, SightlineError
from sightline.files import read_small
from sightline.inputs.raster import REDUCED
from sightline.pipeline import graph as tree
from sightline.pipeline.kinds import check_kinds
from sightline.pipeline.text import parse
from sightline.search.improving.blend import CONSIDERED, MOST_MEMBERS
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.chosen import Chosen, PackedRung
from sightline.search.trying.trial import Mixture, Trial
from sightline.task import Task

MAX_BYTES = 64_000_000
LONGEST_S = 30 * 86400
"""As long as a fit may take."""
SLOWEST_NS, MOST_COMPARED = 1e9, 10**9
"""What no candidate's prior is above; written so that a plan with infinite numbers is none."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """The part of a plan that decides the model, and what the figures of a replay need to be those of the first run.

    What has a default is not in plans of earlier versions.

    Attributes:
        members: the candidates whose mean the model is.
        weights: of the members.
        decode: at which fraction pictures were decoded.
        compared_on: pictures that candidates were compared on.
        learned_from: pictures that the model learned from.
        content: names the pictures, labels and folds.
        seed: that every choice followed from.
        time_s: the budget, which the seconds for measuring follow from.
        digest: of the model.
        rows_read: pictures that were read, in all parts, which a stopwatch may have decided.
        task: with its classes and with the limits that were in force.
        mixture: how a mean with learned weights was judged.
        chosen: what it was chosen among; empty where that is not known.
        target: name of the machine that the limit on latency is for, where it is another one.
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
    rows_read: int | None = None
    task: Task | None = None
    mixture: Mixture | None = None
    chosen: tuple[PackedRung, ...] = ()
    target: str | None = None

    @classmethod
    def of(
        cls,
        winner: Trial,
        chosen: Chosen,
        *,
        learned_from: int,
        content: str,
        seed: int,
        time_s: float,
        digest: str,
        rows_read: int | None,
        task: Task,
        target: str | None,
    ) -> Self:
        """The plan of a winner that was chosen among others."""
        return cls(
            winner.members, winner.weights, winner.preparation.decode, winner.pictures, learned_from, content, seed,
            time_s, digest, rows_read, task, winner.mixture, chosen.packed(), target,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form."""
        plain = dataclasses.asdict(dataclasses.replace(self, task=None))
        return {**plain, "task": None if self.task is None else self.task.to_dict()}

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the plan in a plan.json.

        Raises:
            InputError: no such file, or no plan that this version can follow.
        """
        try:
            data = read_small(path, MAX_BYTES)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}; give the plan.json that fit wrote") from None
        try:
            if len(data) > MAX_BYTES:
                raise ValueError("too large")
            return cls._from(json.loads(data)["replay"])
        except SightlineError as error:
            raise InputError(f"{path} cannot be followed by this version: {error}") from None
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise InputError(f"{path} is no plan ({reason}); give the plan.json that fit wrote") from None

    @classmethod
    def _from(cls, plain: Mapping[str, Any]) -> Self:
        rows_read, task, mixture = (plain.get(name) for name in ("rows_read", "task", "mixture"))
        plan = cls(
            members=tuple(_candidate(one) for one in plain["members"]),
            weights=tuple(float(weight) for weight in plain["weights"]),
            decode=int(plain["decode"]),
            compared_on=int(plain["compared_on"]),
            learned_from=int(plain["learned_from"]),
            content=str(plain["content"]),
            seed=int(plain["seed"]),
            time_s=float(plain["time_s"]),
            digest=str(plain["digest"]),
            rows_read=None if rows_read is None else int(rows_read),
            task=None if task is None else Task.from_dict(task),
            mixture=None if mixture is None else _mixture(mixture),
            chosen=tuple(_rung(one) for one in plain.get("chosen", ())),
            target=None if plain.get("target") is None else str(plain["target"]),
        )
        _check_shares(plan.weights, len(plan.members), MOST_MEMBERS)
        if plan.decode not in (1, *REDUCED) or min(plan.compared_on, plan.learned_from) < 1 or plan.seed < 0:
            raise ValueError("a number out of range")
        if not 1 <= plan.time_s <= LONGEST_S:
            raise ValueError(f"a time of {plan.time_s:g} s; allowed: 1 s to 30 days")
        if plan.rows_read is not None and plan.rows_read < plan.learned_from:
            raise ValueError(f"{plan.rows_read} pictures read and {plan.learned_from} learned from")
        return plan


def _check_shares(weights: tuple[float, ...], count: int, most: int) -> None:
    # Written so that NaN fails.
    if not 1 <= count <= most or len(weights) != count or not abs(sum(weights) - 1) <= 1e-6 or min(weights) < 0:
        raise ValueError(f"{count} members with the weights {weights}")


def _mixture(plain: Mapping[str, Any]) -> Mixture:
    members = tuple(_candidate(one) for one in plain["members"])
    weights = tuple(tuple(float(weight) for weight in part) for part in plain["weights"])
    if not weights:
        raise ValueError("a mixture without weights")
    for part in weights:
        _check_shares(part, len(members), CONSIDERED)
    return Mixture(members, weights)


def _rung(plain: Mapping[str, Any]) -> PackedRung:
    return PackedRung(
        candidates=int(plain["candidates"]),
        pictures=int(plain["pictures"]),
        rows=str(plain["rows"]),
        decisions=str(plain["decisions"]),
        became=tuple(int(place) for place in plain["became"]),
    )


def _candidate(plain: Mapping[str, Any]) -> Candidate:
    one = Candidate(
        name=str(plain["name"]),
        represent=str(plain["represent"]),
        classify=str(plain["classify"]),
        fit_ns=float(plain["fit_ns"]),
        compared=int(plain["compared"]),
        augment=str(plain["augment"]),
    )
    whole = parse(one.spec)
    check_kinds(whole)
    if one.augment not in VIEWS or not tree.is_classifier(whole):
        raise ValueError(f"no candidate: {one.spec}, {one.augment}")
    if not (0 < one.fit_ns <= SLOWEST_NS and 0 <= one.compared <= MOST_COMPARED):
        raise ValueError(f"no cost of fitting: {one.fit_ns:g} ns, compared {one.compared}")
    return one
