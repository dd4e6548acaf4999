"""Means of several candidates, their weights learned from held-out answers and judged on others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from sightline.arrays import Array, Indices, Probabilities
from sightline.data.out_of_fold import OutOfFold
from sightline.pipeline.quickness import median_ms
from sightline.search.collecting.cross_validate import parts_of
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.trial import Mixture, Trial

MOST_MEMBERS, CONSIDERED, ROUNDS = 3, 8, 12
"""Members of a blend, candidates that may become one, and picks with replacement: weights are twelfths."""


def greedy_weights(answers: Array, truth: Indices, most: int = MOST_MEMBERS, rounds: int = ROUNDS) -> Array:
    """(c,) weights summing to 1 of the mean with the least log loss, picking one candidate after the other.

    Every class weighs the same, as in balanced accuracy. The best prefix of the picks counts.

    R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes: Ensemble selection from libraries of models. ICML 2004.

    Args:
        answers: (c, n, k) probabilities of c candidates.
        truth: (n,) class numbers.
        most: different candidates at most.
        rounds: picks.
    """
    right = np.take_along_axis(answers, truth[None, :, None], axis=2)[:, :, 0].astype(np.float64)
    counts = np.bincount(truth)
    weights = 1.0 / counts[truth] / np.count_nonzero(counts)
    picked = np.zeros(len(answers))
    best, least, total = picked, np.inf, np.zeros(right.shape[1])
    for number in range(1, rounds + 1):
        allowed = np.ones(len(picked), bool) if np.count_nonzero(picked) < most else picked > 0
        losses = -np.log(np.maximum((total + right) / number, 1e-12)) @ weights
        choice = int(np.argmin(np.where(allowed, losses, np.inf)))
        picked = picked + (np.arange(len(picked)) == choice)
        total = total + right[choice]
        if losses[choice] < least - 1e-9:
            best, least = picked / number, float(losses[choice])
    return best


def learned(records: Sequence[OutOfFold]) -> tuple[Array, Array]:
    """(c,) weights learned from all answers, and for each part in its order (p, c) weights learned from the others."""
    first = records[0]
    answers = np.stack([one.raw for one in records])
    parts = parts_of(first.fold, first.group)
    others = [parts != part for part in np.unique(parts)]
    by_part = np.stack([greedy_weights(answers[:, one], first.truth[one]) for one in others])
    return greedy_weights(answers, first.truth), by_part


def mixed(records: Sequence[OutOfFold], by_part: Array) -> Probabilities:
    """The blend's answers to each part by its own (p, c) weights.

    Raises:
        ValueError: not as many rows of weights as there are parts.
    """
    first = records[0]
    parts = parts_of(first.fold, first.group)
    raw = np.empty_like(first.raw)
    for part, weights in zip(np.unique(parts), by_part, strict=True):
        inside = parts == part
        answers = np.stack([one.raw[inside].astype(np.float64) for one in records])
        raw[inside] = np.tensordot(weights, answers, 1)
    return raw


def blends(among: Comparison, trials: Sequence[Trial]) -> list[Trial]:
    """Means of trials on the same pictures that may be better than each of them.

    Equal weights of the best that describe pictures differently need nothing learned, which counts with few pictures;
    learned weights count with many.
    """
    able = [one for one in sorted(trials, key=among.scorer.order) if one.record is not None and len(one.members) == 1]
    able = [one for one in able if one.preparation == able[0].preparation]
    diverse = _diverse(able)
    plain = mean_of(among, diverse, [1 / len(diverse)] * len(diverse)) if len(diverse) > 1 else None
    return [one for one in (plain, _weighted(among, able[:CONSIDERED])) if one is not None]


def _diverse(trials: Sequence[Trial]) -> list[Trial]:
    """The best trials, no two of which see the same."""
    chosen: list[Trial] = []
    for trial in trials:
        if all(trial.members[0].represent != one.members[0].represent for one in chosen):
            chosen.append(trial)
    return chosen[:MOST_MEMBERS]


def _weighted(among: Comparison, chosen: Sequence[Trial]) -> Trial | None:
    if len(chosen) < 2:
        return None
    weights, by_part = learned([cast(OutOfFold, one.record) for one in chosen])
    kept = np.flatnonzero(weights).tolist()
    if len(kept) < 2:
        return None
    counting = np.flatnonzero(by_part.any(axis=0)).tolist()
    members = [chosen[number] for number in kept]
    judges = [chosen[number] for number in counting]
    return mean_of(among, members, weights[kept].tolist(), judges, by_part[:, counting])


def mean_of(
    among: Comparison,
    members: Sequence[Trial],
    weights: Sequence[float],
    judges: Sequence[Trial] = (),
    by_part: Array | None = None,
) -> Trial:
    """The trial of a mean of trials on the same pictures.

    Args:
        among: what they were compared with.
        members: trials of one candidate each.
        weights: of the members, summing to 1.
        judges: trials whose mean is judged in its place, with
        by_part: (p, c) weights for each part that were learned from the others; None: by these weights.
    """
    records = [cast(OutOfFold, one.record) for one in members]
    stacked = np.stack([one.raw.astype(np.float64) for one in records])
    pooled = np.tensordot(np.asarray(weights), stacked, 1).astype(np.float32)
    raw, mixture = pooled, None
    if by_part is not None:
        raw = mixed([cast(OutOfFold, one.record) for one in judges], by_part)
        mixture = Mixture(tuple(one.members[0] for one in judges), tuple(map(tuple, by_part.tolist())))
    preparation = members[0].preparation
    reading = median_ms(preparation.apply, among.data.training.items)  # done once for all members
    trial = Trial(
        tuple(one.members[0] for one in members),
        preparation,
        among.rerecorded(records[0], raw),
        latency_ms=reading + sum(max((one.latency_ms or 0.0) - reading, 0.0) for one in members),
        size_bytes=sum(one.size_bytes or 0 for one in members),
        costs=tuple(cost for one in members for cost in one.costs),
        pictures=members[0].pictures,
        weights=tuple(weights),
        pooled=pooled,
        mixture=mixture,
    )
    return among.scored(trial)
