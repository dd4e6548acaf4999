"""Who wins: the best score, unless a cheaper candidate loses less than a stated amount, beyond doubt."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import cast

from sightline.data.out_of_fold import OutOfFold
from sightline.metrics.uncertainty import Interval
from sightline.search.choosing.proof import Proof
from sightline.search.trying.limits import Limits
from sightline.search.trying.scorer import Scorer
from sightline.search.trying.trial import Trial

ALIKE = 7 / 6
"""Costs alike up to this factor are no reason to give up score: latencies of one pipeline differ by as much."""


def ranked(trials: Sequence[Trial], scorer: Scorer, limits: Limits, tolerance: float) -> list[Trial]:
    """The leaderboard: winner first, then by score, then what was not tried; each with why it is not the winner.

    Who is fine-tuned wins only if it is better than the best that is not, beyond the 95 % interval of the difference.

    Only trials on the same pictures are compared: those on most pictures first, then who was left behind on fewer. Of a
    candidate that was tried on several rungs the highest counts.
    """
    over = [_over(trial, limits) for trial in _highest(trials)]
    able = [trial for trial in over if trial.record is not None and trial.status == "tried"]
    if not able:
        return sorted(over, key=lambda trial: _place(trial, scorer))
    most = max(trial.pictures for trial in able)
    first = sorted((trial for trial in able if trial.pictures == most), key=scorer.order)
    proof = Proof.of(first, scorer)
    proven = [trial for place, trial in enumerate(first) if proof.may_win(place)]
    winner, loss = _cheapest(proven, scorer, tolerance * scorer.unit)
    rest = sorted((trial for trial in over if trial is not winner), key=lambda trial: _place(trial, scorer))
    gained = {id(trial): proof.told(place, scorer) for place, trial in enumerate(first)}
    why = (_why_winner(winner, proven[0], loss, scorer, tolerance), gained.pop(id(winner)))
    crowned = dataclasses.replace(winner, status="winner", why="; ".join(filter(None, why)))
    unproven = {id(trial) for place, trial in enumerate(first) if not proof.may_win(place)}
    references = {trial.pictures: trial for trial in sorted(trials, key=scorer.order, reverse=True) if trial.record}
    references[most] = winner
    return [
        crowned,
        *(
            dataclasses.replace(trial, why=gained[id(trial)])
            if id(trial) in unproven and gained[id(trial)]
            else _with_why(trial, references.get(trial.pictures, winner), winner, scorer, tolerance)
            for trial in rest
        ),
    ]


def _highest(trials: Sequence[Trial]) -> list[Trial]:
    """Of each candidate the trial on most pictures."""
    found: dict[object, Trial] = {}
    for trial in trials:
        before = found.get(trial.identity)
        if before is None or (trial.record is not None, trial.pictures) >= (before.record is not None, before.pictures):
            found[trial.identity] = trial
    return list(found.values())


def _place(trial: Trial, scorer: Scorer) -> tuple[int, float, float]:
    return (-trial.pictures if trial.record is not None else 1, *scorer.order(trial))


def _over(trial: Trial, limits: Limits) -> Trial:
    # A trial that was crowned before and fell at its file is marked already; one that won before may lose now.
    trial = dataclasses.replace(trial, status="tried", why="") if trial.status == "winner" else trial
    if trial.record is None or trial.status != "tried":
        return trial
    broken = limits.expected_over(trial)
    return trial if broken is None else dataclasses.replace(trial, status="over budget", why=broken)


def _cheapest(able: Sequence[Trial], scorer: Scorer, tolerance: float) -> tuple[Trial, Interval | None]:
    """The best of those that are as fast, and then as small, as can be without losing more than the tolerance.

    Args:
        able: the best score first.
        scorer: the task's score.
        tolerance: in units of the score.
    """
    best = able[0]
    losses: dict[int, Interval] = {}
    for number, trial in enumerate(able[1:], start=1):
        loss = scorer.loss(cast(OutOfFold, trial.record), cast(OutOfFold, best.record))
        if loss.high <= tolerance:
            losses[number] = loss
    good = [0, *losses]
    for costs in ([one.latency_ms or 0.0 for one in able], [one.size_bytes or 0 for one in able]):
        least, first = min(costs[number] for number in good), costs[good[0]]
        most = ALIKE * least if first <= ALIKE * least else min(ALIKE * least, first / ALIKE)
        good = [number for number in good if costs[number] <= most]
    return able[good[0]], losses.get(good[0])


def _why_winner(winner: Trial, best: Trial, loss: Interval | None, scorer: Scorer, tolerance: float) -> str:
    if loss is None:
        return "the best out-of-fold score"
    lost, allowed = scorer.amounts(max(loss.high, 0), tolerance * scorer.unit)
    return (
        f"cheaper than {best.name} ({_costs(winner)} against {_costs(best)}) "
        f"and loses at most {lost} {scorer.measure} against it (allowed: {allowed})"
    )


def _costs(trial: Trial) -> str:
    return f"{_three_digits(trial.latency_ms or 0)} ms and {_three_digits((trial.size_bytes or 0) / 1e6)} MB"


def _three_digits(number: float) -> str:
    return f"{number:.3g}" if number < 1000 else f"{number:.0f}"


def _with_why(trial: Trial, reference: Trial, winner: Trial, scorer: Scorer, tolerance: float) -> Trial:
    if trial.record is None or trial.status != "tried":
        return trial
    loss = scorer.loss(trial.record, cast(OutOfFold, reference.record))
    value, low, high = scorer.amounts(loss.value, loss.low, loss.high)
    behind = "" if trial.pictures == winner.pictures else f"left behind on {trial.pictures} pictures: "
    if loss.value > 0:
        against = "" if not behind else f" than {reference.name}"
        chance = "" if loss.low > 0 else ", which is within chance"
        return dataclasses.replace(
            trial, why=f"{behind}scores {value} {scorer.measure} ({low} to {high}) lower{against}{chance}"
        )
    if behind:
        return dataclasses.replace(trial, why=f"{behind}there was no time to try it on more")
    allowed = scorer.amounts(tolerance * scorer.unit)[0]
    if _dearer(trial, winner):
        but = f"costs more: {_costs(trial)} against {_costs(winner)}"
    elif loss.high > tolerance * scorer.unit and _dearer(winner, trial):
        but = f"may score {high} {scorer.measure} lower, by chance in these pictures (allowed: {allowed})"
    elif (trial.log_loss or 0.0) >= (winner.log_loss or 0.0):
        but = "has the higher log loss"
    else:
        but = f"is no cheaper: {_costs(trial)} against {_costs(winner)}"
    return dataclasses.replace(trial, why=f"scores no lower, but {but}")


def _dearer(one: Trial, other: Trial) -> bool:
    """Whether one takes more time, or as much and more room."""
    mine, theirs = one.latency_ms or 0.0, other.latency_ms or 0.0
    if max(mine, theirs) > ALIKE * min(mine, theirs):
        return mine > theirs
    return (one.size_bytes or 0) > ALIKE * (other.size_bytes or 0)
