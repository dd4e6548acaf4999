from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sightline.data.out_of_fold import OutOfFold
from sightline.preparation.preparation import Preparation
from sightline.search.improving.blend import MOST_MEMBERS, ROUNDS, blends, greedy_weights, learned, mixed
from sightline.search.trying.attempt import attempt
from tests.search.comparisons import COLOR, LAYOUT, compared

N, K = 600, 3
TRUTH = np.arange(N) % K


def noisy(seed: int, signal: float) -> np.ndarray:
    """Probabilities that favor the truth by `signal`, with noise of their own."""
    scores = np.random.default_rng(seed).normal(size=(N, K))
    scores[np.arange(N), TRUTH] += signal
    shares = np.exp(scores)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def of(raw: np.ndarray) -> OutOfFold:
    rows = np.arange(N)
    return OutOfFold(rows, rows % 5, rows, TRUTH, raw, raw)


def loss(raw: np.ndarray) -> float:
    return float(-np.log(raw[np.arange(N), TRUTH]).mean())


def test_independent_answers_are_mixed_and_better_together() -> None:
    answers = np.stack([noisy(seed, 1.5) for seed in range(2)])
    weights = greedy_weights(answers, TRUTH)
    assert weights.sum() == pytest.approx(1) and weights.min() > 0.3
    assert loss(np.tensordot(weights, answers, 1)) < min(map(loss, answers))


def test_what_is_worse_and_says_nothing_new_has_no_weight() -> None:
    good = noisy(0, 3.0)
    flat = np.full_like(good, 1 / K)
    assert greedy_weights(np.stack([flat, good]), TRUTH).tolist() == [0, 1]


def test_no_more_members_than_allowed_and_weights_are_shares_of_rounds() -> None:
    weights = greedy_weights(np.stack([noisy(seed, 1.0) for seed in range(7)]), TRUTH)
    assert np.count_nonzero(weights) <= MOST_MEMBERS
    counts = weights / weights[weights > 0].min()
    assert weights.sum() == pytest.approx(1) and counts.max() <= ROUNDS


def test_answers_to_a_part_do_not_depend_on_its_truth() -> None:
    records = [of(noisy(seed, 1.5)) for seed in range(3)]
    turned = TRUTH.copy()
    inside = np.arange(N) % 5 == 0
    turned[inside] = (turned[inside] + 1) % K
    others = [dataclasses.replace(one, truth=turned) for one in records]
    one, other = (mixed(some, learned(some)[1]) for some in (records, others))
    assert np.array_equal(one[inside], other[inside])
    with pytest.raises(ValueError, match="zip"):
        mixed(records, learned(records)[1][:2])


def test_a_weighted_mean_says_how_it_was_judged() -> None:
    among = compared(120)
    trials = [attempt(among, one, Preparation(), 120) for one in (LAYOUT, COLOR)]
    # Where one knows the first half and the other the second, both count.
    half = np.arange(120) < 60
    sure = np.eye(2, dtype=np.float32)[among.folds.truth] * 0.8 + 0.1
    trials = [
        dataclasses.replace(one, record=among.rerecorded(one.record, np.where(knows[:, None], sure, np.float32(0.5))))
        for one, knows in zip(trials, (half, ~half), strict=True)
        if one.record is not None
    ]
    weighted = blends(among, trials)[-1]
    assert weighted.mixture is not None and weighted.record is not None
    assert len(weighted.mixture.weights) == 3 and set(weighted.mixture.members) <= {LAYOUT, COLOR}
    by_member = {one.members[0]: one for one in trials}
    judges = [by_member[one].record for one in weighted.mixture.members]
    again = mixed([one for one in judges if one is not None], np.asarray(weighted.mixture.weights))
    assert np.array_equal(again, weighted.record.raw)


def test_a_blend_is_a_trial_of_its_members() -> None:
    among = compared()
    trials = [attempt(among, one, Preparation(), 36) for one in (LAYOUT, COLOR)]
    found = blends(among, trials)
    assert found[0].weights == (0.5, 0.5) and found[0].name.startswith("mean of ")
    for one in found:  # the drawn mats decide whether weights are learned for both
        assert len(one.members) == len(one.weights) == len(one.costs) == 2
        assert sum(one.weights) == pytest.approx(1) and one.score is not None
        assert one.size_bytes == sum(trial.size_bytes or 0 for trial in trials)
    assert blends(among, trials[:1]) == blends(among, []) == []
