"""The winner of an earlier run again, by its plan."""

from __future__ import annotations

import dataclasses

from sightline.errors import InputError
from sightline.findings import Finding
from sightline.preparation.preparation import Preparation
from sightline.search.delivering.plan import Plan
from sightline.search.improving.blend import mean_of
from sightline.search.trying.attempt import attempt
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.trial import Trial


def replayed(among: Comparison, plan: Plan, preparation: Preparation) -> Trial:
    """The trial that a plan ends in, tried on the pictures that it was compared on.

    Raises:
        InputError: other pictures, labels or folds than the plan was made with, or a member that cannot be tried.
    """
    if among.content() != plan.content:
        raise InputError(
            "the plan was made with other pictures, labels, groups or parts; give the same DATA, --group and --metadata"
        )
    if plan.compared_on not in among.ladder.sizes or plan.learned_from > len(among.data.training):
        raise InputError(f"the plan compared on {plan.compared_on} pictures; this version does on {among.ladder.sizes}")
    prepared = dataclasses.replace(preparation, decode=plan.decode)
    trials = [attempt(among, one, prepared, plan.compared_on, sure=True) for one in plan.members]
    for trial in trials:
        if trial.record is None:
            raise InputError(f"{trial.name} of the plan could not be tried: {trial.why}")
    return trials[0] if len(trials) == 1 else mean_of(among, trials, plan.weights)


def told(plan: Plan, digest: str) -> Finding:
    """Whether the same model came out."""
    evidence = {"planned": plan.digest, "made": digest}
    if digest == plan.digest:
        return Finding("replayed", "info", "the plan gave the same model again", "nothing is left to do", evidence)
    message = "the plan gave another model: other versions of libraries or another machine round otherwise"
    return Finding("replay-differs", "warning", message, "compare the two on a test set: sightline evaluate", evidence)
