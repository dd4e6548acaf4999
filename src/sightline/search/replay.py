"""The winner of an earlier run again, by its plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import cast

import numpy as np

from sightline.data.out_of_fold import OutOfFold
from sightline.errors import InputError
from sightline.evaluation.result import Evaluation
from sightline.evaluation.verdict import UNKNOWN_CHOICE
from sightline.findings import Finding
from sightline.preparation.preparation import Preparation
from sightline.search.delivering.plan import Plan
from sightline.search.improving.blend import mean_of
from sightline.search.trying.attempt import attempt
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.chosen import Chosen, unpacked
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.trial import Trial
from sightline.task import Task


def replayed(among: Comparison, plan: Plan, preparation: Preparation) -> Trial:
    """The trial that a plan ends in, tried and judged as it was, on the pictures that it was compared on.

    Raises:
        InputError: other pictures, labels or folds than the plan was made with, or a member that cannot be tried.
    """
    if among.content() != plan.content:
        raise InputError(
            "the plan was made with other pictures, labels, groups, parts or another seed; give the same DATA, --group "
            "and --metadata, and the plan as fit wrote it"
        )
    if plan.compared_on not in among.ladder.sizes or plan.learned_from > len(among.data.training):
        raise InputError(f"the plan compared on {plan.compared_on} pictures; this version does on {among.ladder.sizes}")
    judges = () if plan.mixture is None else plan.mixture.members
    prepared = dataclasses.replace(preparation, decode=plan.decode)
    trials = {one: _tried(among, one, prepared, plan.compared_on) for one in dict.fromkeys((*plan.members, *judges))}
    try:
        trial = _put_together(among, plan, trials)
        return dataclasses.replace(trial, chosen=_choice(among, plan, cast(OutOfFold, trial.record)))
    except ValueError as error:
        raise InputError(f"the plan is damaged or of other pictures ({error}); give what fit wrote") from None


def _tried(among: Comparison, candidate: Candidate, preparation: Preparation, n: int) -> Trial:
    trial = attempt(among, candidate, preparation, n, sure=True)
    if trial.record is None:
        raise InputError(f"{trial.name} of the plan could not be tried: {trial.why}")
    return trial


def _put_together(among: Comparison, plan: Plan, trials: dict[Candidate, Trial]) -> Trial:
    members = [trials[one] for one in plan.members]
    if len(members) == 1:
        return members[0]
    if plan.mixture is None:
        return mean_of(among, members, plan.weights)
    judges = [trials[one] for one in plan.mixture.members]
    return mean_of(among, members, plan.weights, judges, np.asarray(plan.mixture.weights))


def _choice(among: Comparison, plan: Plan, record: OutOfFold) -> Chosen:
    """What was chosen among in the first run; nothing where that is not known, or other costs decided."""
    task = among.data.task
    if plan.task is None or plan.task.to_dict().get("costs") != task.to_dict().get("costs"):
        return Chosen(())
    return unpacked(plan.chosen, len(record), len(task.classes))


def told(plan: Plan, digest: str, task: Task, evaluation: Evaluation) -> Iterator[Finding]:
    """Whether the same model came out, if not, why, and whether its figures can be compared with those of the run."""
    differing = _differing(plan, task)
    evidence = {"planned": plan.digest, "made": digest, "task": differing}
    if digest == plan.digest:
        yield Finding("replayed", "info", "the plan gave the same model again", "nothing is left to do", evidence)
    elif differing:
        message = f"the plan gave another model: the task is another one, by its {', '.join(differing)}"
        remedy = "give the task and the limits of the run that is replayed (--task, --max-latency, --max-size)"
        yield Finding("replay-differs", "warning", message, remedy, evidence)
    else:
        message = "the plan gave another model: other versions of libraries or another machine round otherwise"
        message += ", or the task, which this plan does not hold, is another one" if plan.task is None else ""
        remedy = "compare the two on a test set: sightline evaluate"
        yield Finding("replay-differs", "warning", message, remedy, evidence)
    if UNKNOWN_CHOICE in evaluation.notes:
        remedy = "replay the plan of a run with this version and the same costs, or give a test part (--test)"
        yield Finding("replay-uncorrected", "warning", UNKNOWN_CHOICE, remedy)


def _differing(plan: Plan, task: Task) -> list[str]:
    """The keys of the task that are not as the plan has them."""
    if plan.task is None:
        return []
    planned, now = plan.task.to_dict(), task.to_dict()
    return [key for key in {**planned, **now} if planned.get(key) != now.get(key)]
